"""Whose database this is, who stopped sending and when, and how far it had come: what a restored one is known by."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

UP = (
    """
        ALTER TABLE deployment
        ADD COLUMN held_by text NOT NULL DEFAULT '' CHECK (held_by IN ('', 'operator', 'witness')),
        ADD COLUMN held_at timestamptz, ADD COLUMN deployment_id text NOT NULL DEFAULT '',
        ADD COLUMN system_id text NOT NULL DEFAULT '', ADD COLUMN timeline int NOT NULL DEFAULT 0,
        ADD COLUMN adopted_at timestamptz, ADD COLUMN ticks bigint NOT NULL DEFAULT 0,
        ADD COLUMN epoch bigint NOT NULL DEFAULT 1, ADD COLUMN gap_until timestamptz""",
    "UPDATE deployment SET held_by = 'operator', held_at = leadcore_now() WHERE held",
    """
        CREATE TABLE hold_history (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL,
        what text NOT NULL CHECK (what IN ('adopted', 'held', 'released')), by text NOT NULL, because text NOT NULL,
        epoch bigint NOT NULL)""",
)
DOWN = (
    "DROP TABLE hold_history",
    """
        ALTER TABLE deployment DROP COLUMN held_by, DROP COLUMN held_at, DROP COLUMN deployment_id,
        DROP COLUMN system_id, DROP COLUMN timeline, DROP COLUMN adopted_at, DROP COLUMN ticks, DROP COLUMN epoch,
        DROP COLUMN gap_until""",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
