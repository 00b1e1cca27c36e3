"""`take_in` for a single row: the whole batch of a quiet hour, which needs neither arrays nor a list of its tenants.

The same promises as `take_in` (0010): the row is written under its tenant's row level security, its work is armed in
the same statement, and the tenant is forgotten with it.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TAKE_ONE_IN = """
CREATE FUNCTION take_one_in(
    id uuid, tenant_id uuid, connection_id uuid, source text, dedupe_key text, entity_key text,
    occurred_at timestamptz, body bytea, wait_s double precision, lane uuid)
RETURNS SETOF uuid LANGUAGE plpgsql SET search_path = leadcore AS $$
DECLARE
    present timestamptz := leadcore_now();
    ripe timestamptz := present + make_interval(secs => wait_s);
BEGIN
    PERFORM set_config('app.tenant', $2::text, true);
    RETURN QUERY
        WITH fresh AS (
            INSERT INTO inbox (id, tenant_id, connection_id, source, dedupe_key, entity_key, occurred_at,
                received_at, body, state, tries, error)
            VALUES ($1, $2, $3, $4, $5, $6, $7, present, $8, 'new', 0, '')
            ON CONFLICT ON CONSTRAINT inbox_tenant_id_connection_id_source_dedupe_key_key DO NOTHING
            RETURNING inbox.id),
        armed AS (
            INSERT INTO due (kind, item_id, tenant_id, due_at, visible_at, lane)
            SELECT 'inbox', fresh.id, $2, ripe, ripe, $10 FROM fresh)
        SELECT fresh.id FROM fresh;
    PERFORM set_config('app.tenant', '', true);
END $$"""


def upgrade() -> None:
    op.execute(TAKE_ONE_IN)


def downgrade() -> None:
    op.execute("DROP FUNCTION take_one_in")
