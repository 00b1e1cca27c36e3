"""What the poll of each tenant's CRM remembers, and the index by which it goes round the open leads."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"


def upgrade() -> None:
    # No reference to the lead a cursor stands at: it is only a place in the order of ids.
    op.execute("""
        CREATE TABLE poll_state (tenant_id uuid NOT NULL, passes int NOT NULL, pause_s double precision NOT NULL,
        budget int NOT NULL, lead_cursor uuid, customer_cursor uuid, listed_at timestamptz, trouble text NOT NULL,
        PRIMARY KEY (tenant_id), FOREIGN KEY (tenant_id) REFERENCES tenant) WITH (fillfactor = 50)""")
    op.execute("ALTER TABLE poll_state ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE poll_state FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON poll_state USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})")
    op.execute("CREATE INDEX lead_open_of_source ON lead (tenant_id, source, id) WHERE status NOT IN ('won', 'lost')")


def downgrade() -> None:
    op.execute("DROP INDEX lead_open_of_source")
    op.execute("DROP TABLE poll_state")
