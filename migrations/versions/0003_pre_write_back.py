"""What was and is to be told to the shop's CRM.

Runs as `leadcore_owner` with `search_path = leadcore`.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# NULLIF: after a transaction that set it, the setting is '' and not NULL on the reused connection.
TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"
STORAGE = (
    "fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 200,"
    " autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05"
)


def upgrade() -> None:
    op.execute(f"""
        CREATE TABLE write_back (tenant_id uuid NOT NULL, lead_id uuid NOT NULL,
        what text NOT NULL CHECK (what IN ('note', 'message', 'column')), version int NOT NULL,
        started_at timestamptz NOT NULL, not_before timestamptz NOT NULL, target text NOT NULL,
        state text NOT NULL CHECK (state IN ('trying', 'waiting', 'unknown', 'done', 'refused', 'dropped')),
        tries int NOT NULL, failures int NOT NULL, unsure boolean NOT NULL, error text NOT NULL, fix text NOT NULL,
        PRIMARY KEY (tenant_id, lead_id, what, version), FOREIGN KEY (tenant_id, lead_id) REFERENCES lead,
        FOREIGN KEY (tenant_id) REFERENCES tenant) WITH ({STORAGE})""")
    op.execute("ALTER TABLE write_back ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE write_back FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON write_back USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})")
    op.execute("CREATE INDEX write_back_newest ON write_back (tenant_id, started_at DESC)")


def downgrade() -> None:
    op.execute("DELETE FROM due WHERE kind = 'write_back'")
    op.execute("DROP TABLE write_back")
