"""Lanes of due work, what the inbox forgets, refused webhooks, and the backfill's progress."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"
OF_CONNECTION = "FOREIGN KEY (tenant_id, connection_id) REFERENCES connection"

TENANT_TABLES = {
    "refused_hook": f"""
            connection_id uuid, day date, reason text, count bigint NOT NULL, last_at timestamptz NOT NULL,
            detail text NOT NULL, fix text NOT NULL, PRIMARY KEY (tenant_id, connection_id, day, reason),
            {OF_CONNECTION}""",
    "backfill_run": f"""
            id uuid, connection_id uuid NOT NULL, since timestamptz NOT NULL, follow_up boolean NOT NULL,
            started_at timestamptz NOT NULL, state text NOT NULL CHECK (state IN ('listing', 'applying', 'done')),
            finished_at timestamptz, found int NOT NULL, known int NOT NULL, not_leads jsonb NOT NULL,
            PRIMARY KEY (tenant_id, id), {OF_CONNECTION}""",
}

UP = (
    # Which entity a piece of work is about (a digest), and in which order it was armed.
    "CREATE SEQUENCE due_place",
    "ALTER TABLE due ADD lane uuid, ADD place bigint NOT NULL DEFAULT nextval('due_place')",
    "CREATE INDEX due_lane ON due (tenant_id, lane, place) WHERE lane IS NOT NULL",
    # The lock behind the order: of a lane one item is in work.
    """
            CREATE UNIQUE INDEX due_lane_held ON due (tenant_id, lane)
            WHERE lane IS NOT NULL AND generation <> 0""",
    "ALTER TABLE inbox ADD blanked_at timestamptz, ADD digest bytea NOT NULL DEFAULT '', ADD run_id uuid",
    """
            CREATE INDEX inbox_bodies ON inbox (tenant_id, received_at)
            WHERE blanked_at IS NULL AND state <> 'new'""",
    "CREATE INDEX inbox_of_run ON inbox (tenant_id, run_id, state) WHERE run_id IS NOT NULL",
    "CREATE INDEX inbox_of_entity ON inbox (tenant_id, entity_key, received_at) WHERE entity_key IS NOT NULL",
    "CREATE INDEX inbox_polled ON inbox (tenant_id, received_at) WHERE source = 'poll'",
    "CREATE INDEX inbox_accepted ON inbox (tenant_id, connection_id, received_at)",
    "CREATE UNIQUE INDEX backfill_unfinished ON backfill_run (tenant_id) WHERE state <> 'done'",
    # Shops that exist already forget, too; new ones arm it themselves.
    """
            INSERT INTO due (kind, item_id, tenant_id, due_at, visible_at)
            SELECT 'retention', tenant_id, tenant_id, now(), now() FROM tenant_route""",
)

DOWN = (
    # The older release works off no bulk: what still waits must not look as if somebody were about to apply it.
    "ALTER TABLE inbox NO FORCE ROW LEVEL SECURITY",
    """
            UPDATE inbox SET state = 'dead', error = 'not applied before this release was taken back: bring it in again'
            WHERE state = 'new' AND (run_id IS NOT NULL OR id IN (SELECT item_id FROM due WHERE kind = 'bulk'))""",
    "ALTER TABLE inbox FORCE ROW LEVEL SECURITY",
    "DELETE FROM due WHERE kind IN ('retention', 'bulk')",
    "ALTER TABLE due DROP lane, DROP place",
    "DROP SEQUENCE due_place",
    "DROP INDEX inbox_of_entity, inbox_polled, inbox_accepted",
    "ALTER TABLE inbox DROP blanked_at, DROP digest, DROP run_id",
)


def upgrade() -> None:
    for name, columns in TENANT_TABLES.items():
        op.execute(
            f"CREATE TABLE {name} (tenant_id uuid NOT NULL, {columns}, FOREIGN KEY (tenant_id) REFERENCES tenant)"
        )
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {name} USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})")
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
    op.execute(f"DROP TABLE {', '.join(TENANT_TABLES)}")
