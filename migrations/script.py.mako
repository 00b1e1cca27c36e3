"""${message}

Revision: ${up_revision}, after ${down_revision | comma,n}. `pre_` runs before new code, `post_` after the old is gone.
"""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "op.execute(\"\")"}


def downgrade() -> None:
    ${downgrades if downgrades else "op.execute(\"\")"}
