"""Notes on pictures that the shop's CRM is told.

Runs as `leadcore_owner` with `search_path = leadcore`.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _allow("'note', 'message', 'picture', 'column'")


def downgrade() -> None:
    op.execute("DELETE FROM write_back WHERE what = 'picture'")
    _allow("'note', 'message', 'column'")


def _allow(kinds: str) -> None:
    op.execute("ALTER TABLE write_back DROP CONSTRAINT write_back_what_check")
    op.execute(f"ALTER TABLE write_back ADD CONSTRAINT write_back_what_check CHECK (what IN ({kinds}))")
