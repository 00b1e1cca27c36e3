"""What is known of records elsewhere: one row per (tenant, source, kind, id), joined from every version seen."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE entity_version (tenant_id uuid NOT NULL REFERENCES tenant, source text,
        kind text CHECK (kind IN ('order', 'customer', 'vehicle', 'appointment', 'thread')), external_id text,
        at timestamptz NOT NULL, weight int NOT NULL, body bytea NOT NULL, order_ref text NOT NULL,
        customer_ref text NOT NULL, vehicle_ref text NOT NULL, gone_at timestamptz, marks jsonb NOT NULL,
        PRIMARY KEY (tenant_id, source, kind, external_id))
        WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 200,
        autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05)""")
    for ref in ("order", "customer", "vehicle"):
        op.execute(f"""
            CREATE INDEX entity_version_of_{ref} ON entity_version (tenant_id, source, kind, {ref}_ref)
            WHERE {ref}_ref <> ''""")
    op.execute("ALTER TABLE entity_version ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE entity_version FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON entity_version USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})")


def downgrade() -> None:
    op.execute("DROP TABLE entity_version")
