"""A lead's score, its advisor, whose turn it is, who answered first, and how often it was lost."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"
OF_LEAD = "FOREIGN KEY (tenant_id, lead_id) REFERENCES lead"
HOT = "fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 200"

# name -> (columns and constraints after tenant_id, storage options)
TABLES = {
    "lead_score": (
        f"""
            lead_id uuid, total int NOT NULL CHECK (total BETWEEN 0 AND 100), reasons jsonb NOT NULL,
            scored_at timestamptz NOT NULL, PRIMARY KEY (tenant_id, lead_id), {OF_LEAD}""",
        f" WITH ({HOT})",
    ),
    # The advisor is one of the tenant's document, so nothing can be referenced: who has left keeps the past.
    "assignment": (
        f"""
            lead_id uuid, staff text NOT NULL, how text NOT NULL
            CHECK (how IN ('round_robin', 'on_duty', 'sticky', 'by_hand')), at timestamptz NOT NULL, by text NOT NULL,
            PRIMARY KEY (tenant_id, lead_id), {OF_LEAD}""",
        "",
    ),
    "rotation": ("turns bigint NOT NULL, last_turn jsonb NOT NULL, PRIMARY KEY (tenant_id)", f" WITH ({HOT})"),
}
COLUMNS = (
    """
        ALTER TABLE lead ADD COLUMN first_automated_at timestamptz, ADD COLUMN first_human_at timestamptz,
        ADD COLUMN moved_at timestamptz, ADD COLUMN losses int NOT NULL DEFAULT 0""",
    """
        ALTER TABLE message ADD COLUMN spoken_by text NOT NULL DEFAULT 'automation'
        CHECK (spoken_by IN ('automation', 'staff'))""",
)
# Until now nothing told the two first answers apart; the automatic one was first wherever nobody took over at once.
BACKFILL = (
    "UPDATE lead SET first_automated_at = first_response_at WHERE first_response_at IS NOT NULL",
    "UPDATE lead SET losses = 1 WHERE status = 'lost'",
)
INDEXES = (
    "CREATE INDEX lead_by_score ON lead_score (tenant_id, total DESC, lead_id DESC)",
    "CREATE INDEX lead_by_request ON lead (tenant_id, requested_at)",
)


def upgrade() -> None:
    for statement in COLUMNS:
        op.execute(statement)
    op.execute("ALTER TABLE lead NO FORCE ROW LEVEL SECURITY")  # the owner of the table fills it, once, for all tenants
    for statement in BACKFILL:
        op.execute(statement)
    op.execute("ALTER TABLE lead FORCE ROW LEVEL SECURITY")
    for name, (columns, options) in TABLES.items():
        op.execute(
            f"CREATE TABLE {name} (tenant_id uuid NOT NULL, {columns},"
            f" FOREIGN KEY (tenant_id) REFERENCES tenant){options}"
        )
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {name} USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})")
    for statement in INDEXES:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DELETE FROM due WHERE kind IN ('score', 'win_back')")
    op.execute("DROP INDEX lead_by_request")
    op.execute(f"DROP TABLE {', '.join(TABLES)}")
    op.execute("ALTER TABLE message DROP COLUMN spoken_by")
    op.execute(
        "ALTER TABLE lead DROP COLUMN first_automated_at, DROP COLUMN first_human_at, DROP COLUMN moved_at,"
        " DROP COLUMN losses"
    )
