"""Evidence of where a recipient may be; what replaying decisions and counting a month's messages look up.

New columns have defaults: the version before this one writes contact points without them.
"""

from alembic import op

revision = "0020"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE contact_point
            ADD COLUMN state text NOT NULL DEFAULT '', ADD COLUMN postal_code text NOT NULL DEFAULT '',
            ADD COLUMN browser_zone text NOT NULL DEFAULT '', ADD COLUMN browser_zone_at timestamptz""")
    op.execute("CREATE INDEX decision_in_order ON decision (tenant_id, at, id)")
    op.execute("CREATE INDEX attempt_in_order ON attempt (tenant_id, started_at)")


def downgrade() -> None:
    op.execute("DROP INDEX attempt_in_order, decision_in_order")
    op.execute("""
        ALTER TABLE contact_point
            DROP COLUMN state, DROP COLUMN postal_code, DROP COLUMN browser_zone, DROP COLUMN browser_zone_at""")
