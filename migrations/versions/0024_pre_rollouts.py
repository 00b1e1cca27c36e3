"""Rolling out a new version of a cadence: where it stands, whom it moved, and whose step a touch is."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"
OF_CADENCE = "REFERENCES cadence (tenant_id, name, version)"

# name -> columns and constraints after tenant_id
TABLES = {
    "rollout": f"""
        id uuid, shared_id uuid NOT NULL, locations jsonb NOT NULL, cadence text NOT NULL, old_version text NOT NULL,
        new_version text NOT NULL, state text NOT NULL
        CHECK (state IN ('waiting', 'canary', 'promoted', 'halted', 'rolled_back', 'done')),
        percent int NOT NULL CHECK (percent BETWEEN 0 AND 100), moves jsonb NOT NULL, thresholds jsonb NOT NULL,
        started_at timestamptz NOT NULL, started_by text NOT NULL, is_moving boolean NOT NULL, decided_at timestamptz,
        decided_by text NOT NULL, reason text NOT NULL, figures jsonb NOT NULL, PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, cadence, old_version) {OF_CADENCE},
        FOREIGN KEY (tenant_id, cadence, new_version) {OF_CADENCE}""",
    "rollout_move": """
        rollout_id uuid, enrollment_id uuid, from_version text NOT NULL, from_step text NOT NULL,
        from_due_at timestamptz NOT NULL, from_not_after timestamptz NOT NULL, to_step text NOT NULL,
        to_due_at timestamptz NOT NULL, moved_at timestamptz NOT NULL, undone_at timestamptz,
        PRIMARY KEY (tenant_id, rollout_id, enrollment_id), FOREIGN KEY (tenant_id, rollout_id) REFERENCES rollout,
        FOREIGN KEY (tenant_id, enrollment_id) REFERENCES enrollment""",
}
# A touch without a version is one that an older program planned: it is of its enrollment's version, as all were.
COLUMNS = ("ALTER TABLE touch ADD COLUMN version text NOT NULL DEFAULT ''",)
INDEXES = (
    """
        CREATE UNIQUE INDEX rollout_open ON rollout (tenant_id, cadence)
        WHERE state IN ('waiting', 'canary', 'promoted')""",
    "CREATE INDEX rollout_newest ON rollout (tenant_id, cadence, started_at DESC)",
    "CREATE INDEX enrollment_in_flight ON enrollment (tenant_id, cadence, id) WHERE state = 'active'",
    "CREATE INDEX enrollment_of_cadence ON enrollment (tenant_id, cadence, ended_at)",
)


def upgrade() -> None:
    for statement in COLUMNS:
        op.execute(statement)
    for name, columns in TABLES.items():
        op.execute(
            f"CREATE TABLE {name} (tenant_id uuid NOT NULL, {columns}, FOREIGN KEY (tenant_id) REFERENCES tenant)"
        )
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {name} USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})")
    for statement in INDEXES:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DELETE FROM due WHERE kind = 'rollout'")
    op.execute("DROP INDEX enrollment_in_flight, enrollment_of_cadence")
    op.execute("DROP TABLE rollout_move, rollout")
    op.execute("ALTER TABLE touch DROP COLUMN version")
