"""What a catalog sync remembers: the CRM's entries, what it says, what waits, and what was set by hand.

Revision: 0009, after 0001. `pre_` runs before new code, `post_` after the old is gone.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"
MAPS = ("lowest", "hours_by_class", "held", "by_hand")


def upgrade() -> None:
    # the defaults let programs of the release before go on writing
    added = ", ".join(f"ADD {name} jsonb NOT NULL DEFAULT '{{}}'" for name in MAPS)
    op.execute(f"ALTER TABLE service {added}, ADD listed jsonb")
    op.execute(
        """
            CREATE TABLE catalog_entry (tenant_id uuid NOT NULL, external_id text, listed jsonb NOT NULL,
            seen_at timestamptz NOT NULL, state text NOT NULL CHECK (state IN ('live', 'missed', 'retired')),
            PRIMARY KEY (tenant_id, external_id), FOREIGN KEY (tenant_id) REFERENCES tenant)"""
    )
    op.execute("ALTER TABLE catalog_entry ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE catalog_entry FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON catalog_entry USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})")


def downgrade() -> None:
    op.execute("DROP TABLE catalog_entry")
    op.execute(f"ALTER TABLE service {', '.join(f'DROP {name}' for name in (*MAPS, 'listed'))}")
