"""The key of a marketing text on its attempts: the same text once per contact and local day. START on suppressions.

A touch says whether a person put it off; senders have a bucket for their slots.
Attempts of the version before this one have no key and bind nobody.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"
UP = (
    """
        ALTER TABLE attempt ADD COLUMN contact_hash bytea NOT NULL DEFAULT '', ADD COLUMN content_hash bytea NOT NULL
        DEFAULT '', ADD COLUMN local_day text NOT NULL DEFAULT ''""",
    """
        CREATE UNIQUE INDEX one_text_a_day ON attempt (tenant_id, contact_hash, content_hash, local_day)
        WHERE local_day <> '' AND state IN ('started', 'unknown', 'accepted')""",
    "ALTER TABLE suppression ADD COLUMN restarted_at timestamptz",
    "ALTER TABLE touch ADD COLUMN by_hand boolean NOT NULL DEFAULT false",
    "ALTER TABLE message ADD COLUMN slot_at timestamptz",
    """
        CREATE TABLE sender_bucket (tenant_id uuid NOT NULL, sender text NOT NULL, tat timestamptz,
        PRIMARY KEY (tenant_id, sender), FOREIGN KEY (tenant_id) REFERENCES tenant) WITH (fillfactor = 50)""",
    "ALTER TABLE sender_bucket ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE sender_bucket FORCE ROW LEVEL SECURITY",
    f"CREATE POLICY tenant ON sender_bucket USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})",
)
DOWN = (
    "DROP TABLE sender_bucket",
    "ALTER TABLE message DROP COLUMN slot_at",
    "DELETE FROM due WHERE kind = 'replan'",
    "ALTER TABLE touch DROP COLUMN by_hand",
    "ALTER TABLE suppression DROP COLUMN restarted_at",
    "DROP INDEX one_text_a_day",
    "ALTER TABLE attempt DROP COLUMN contact_hash, DROP COLUMN content_hash, DROP COLUMN local_day",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
