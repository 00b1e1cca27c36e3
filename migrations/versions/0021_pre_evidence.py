"""A decision names the line of the consent ledger it rested on, so that every marketing attempt can be proved."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE decision ADD COLUMN consent_id uuid")
    op.execute(
        "ALTER TABLE decision ADD FOREIGN KEY (tenant_id, consent_id) REFERENCES consent DEFERRABLE INITIALLY DEFERRED"
    )
    op.execute("CREATE INDEX decision_of_message ON decision (tenant_id, message_id, at, id)")


def downgrade() -> None:
    op.execute("DROP INDEX decision_of_message")
    op.execute("ALTER TABLE decision DROP COLUMN consent_id")
