"""One statement that makes what came in durable, for many requests and tenants at once.

A commit costs a flush of the log; requests that arrive while one is under way share the next. The function belongs to
nobody but the caller's rights: each tenant's rows are written under that tenant's row level security.

Keys are written in one order always, so that two commits never wait for each other in a circle; work is armed in the
order in which it came, which is that of its lane.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TAKE_IN = """
CREATE FUNCTION take_in(
    ids uuid[], tenant_ids uuid[], connection_ids uuid[], sources text[], dedupe_keys text[], entity_keys text[],
    occurred timestamptz[], bodies bytea[], waits_s double precision[], lanes uuid[])
RETURNS SETOF uuid LANGUAGE plpgsql SET search_path = leadcore AS $$
DECLARE
    present timestamptz := leadcore_now();
    owner uuid;
BEGIN
    FOR owner IN SELECT DISTINCT each FROM unnest(tenant_ids) AS each ORDER BY each LOOP
        PERFORM set_config('app.tenant', owner::text, true);
        RETURN QUERY
            WITH fresh AS (
                INSERT INTO inbox (id, tenant_id, connection_id, source, dedupe_key, entity_key, occurred_at,
                    received_at, body, state, tries, error)
                SELECT g.id, g.tenant_id, g.connection_id, g.source, g.dedupe_key, g.entity_key, g.occurred_at,
                    present, g.body, 'new', 0, ''
                FROM unnest(ids, tenant_ids, connection_ids, sources, dedupe_keys, entity_keys, occurred, bodies)
                    WITH ORDINALITY
                    AS g (id, tenant_id, connection_id, source, dedupe_key, entity_key, occurred_at, body, n)
                WHERE g.tenant_id = owner
                ORDER BY g.connection_id, g.source COLLATE "C", g.dedupe_key COLLATE "C", g.n
                ON CONFLICT (tenant_id, connection_id, source, dedupe_key) DO NOTHING
                RETURNING inbox.id),
            armed AS (
                INSERT INTO due (kind, item_id, tenant_id, due_at, visible_at, lane)
                SELECT 'inbox', w.id, owner, present + make_interval(secs => w.wait_s),
                    present + make_interval(secs => w.wait_s), w.lane
                FROM unnest(ids, waits_s, lanes) WITH ORDINALITY AS w (id, wait_s, lane, n) JOIN fresh USING (id)
                ORDER BY w.n)
            SELECT fresh.id FROM fresh;
    END LOOP;
    PERFORM set_config('app.tenant', '', true);
END $$"""


def upgrade() -> None:
    op.execute(TAKE_IN)


def downgrade() -> None:
    op.execute("DROP FUNCTION take_in")
