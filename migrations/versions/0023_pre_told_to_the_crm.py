"""Appointments that people book here, what the shop's CRM is told of them and of pictures, and since when it is read.

Runs as `leadcore_owner` with `search_path = leadcore`.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"


def upgrade() -> None:
    _allow("'note', 'message', 'picture', 'appointment', 'column'")
    # a poll that ran before goes on as it did: what it finds late is an outage's, not the past of a new CRM
    op.execute("ALTER TABLE poll_state ADD COLUMN source text NOT NULL DEFAULT '', ADD COLUMN began_at timestamptz")
    op.execute("""
        CREATE TABLE appointment (tenant_id uuid NOT NULL, lead_id uuid NOT NULL, starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL CHECK (ends_at > starts_at), service text NOT NULL,
        booked_at timestamptz NOT NULL, booked_by text NOT NULL, PRIMARY KEY (tenant_id, lead_id),
        FOREIGN KEY (tenant_id, lead_id) REFERENCES lead, FOREIGN KEY (tenant_id) REFERENCES tenant)""")
    op.execute("""
        CREATE TABLE write_block (tenant_id uuid NOT NULL, source text NOT NULL, what text NOT NULL,
        since timestamptz NOT NULL, until timestamptz NOT NULL, error text NOT NULL, fix text NOT NULL,
        tries int NOT NULL, PRIMARY KEY (tenant_id, source, what), FOREIGN KEY (tenant_id) REFERENCES tenant)""")
    for name in ("appointment", "write_block"):
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {name} USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})")


def downgrade() -> None:
    op.execute("DROP TABLE appointment, write_block")
    op.execute("ALTER TABLE poll_state DROP COLUMN source, DROP COLUMN began_at")
    op.execute("ALTER TABLE write_back NO FORCE ROW LEVEL SECURITY")  # the owner takes them away, for all tenants
    op.execute("DELETE FROM write_back WHERE what IN ('picture', 'appointment')")
    op.execute("ALTER TABLE write_back FORCE ROW LEVEL SECURITY")
    _allow("'note', 'message', 'column'")


def _allow(kinds: str) -> None:
    op.execute("ALTER TABLE write_back DROP CONSTRAINT write_back_what_check")
    op.execute(f"ALTER TABLE write_back ADD CONSTRAINT write_back_what_check CHECK (what IN ({kinds}))")
