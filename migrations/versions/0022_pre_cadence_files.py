"""Cadences that shops publish: their text, arms and ending; enrollments that pause; touches that are skipped."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

UP = (
    """
        ALTER TABLE cadence ADD COLUMN arms jsonb NOT NULL DEFAULT '[]', ADD COLUMN ending jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN source text NOT NULL DEFAULT '', ADD COLUMN published_at timestamptz""",
    "ALTER TABLE enrollment ADD COLUMN paused_at timestamptz",
    "ALTER TABLE touch DROP CONSTRAINT touch_state_check",
    """
        ALTER TABLE touch ADD CONSTRAINT touch_state_check
        CHECK (state IN ('due', 'decided', 'expired', 'cancelled', 'skipped'))""",
    "CREATE INDEX cadence_present ON cadence (tenant_id, name, published_at DESC) WHERE published_at IS NOT NULL",
    "CREATE INDEX touch_waiting ON touch (tenant_id, due_at, id) WHERE state = 'due'",
)
DOWN = (
    "DROP INDEX touch_waiting",
    "DROP INDEX cadence_present",
    "ALTER TABLE touch NO FORCE ROW LEVEL SECURITY",  # the owner of the table changes it, once, for all tenants
    "UPDATE touch SET state = 'decided' WHERE state = 'skipped'",
    "ALTER TABLE touch FORCE ROW LEVEL SECURITY",
    "ALTER TABLE touch DROP CONSTRAINT touch_state_check",
    """
        ALTER TABLE touch ADD CONSTRAINT touch_state_check
        CHECK (state IN ('due', 'decided', 'expired', 'cancelled'))""",
    "ALTER TABLE enrollment DROP COLUMN paused_at",
    """
        ALTER TABLE cadence DROP COLUMN arms, DROP COLUMN ending, DROP COLUMN source, DROP COLUMN published_at""",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
