"""Pictures that customers send, and the shelf for their bytes.

Runs as `leadcore_owner` with `search_path = leadcore`.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"

TENANT_TABLES = {
    "picture": """
            id uuid, lead_id uuid NOT NULL, conversation_id uuid NOT NULL, connection_id uuid NOT NULL,
            channel text NOT NULL CHECK (channel IN ('sms', 'email', 'web')), source_ref text NOT NULL,
            number int NOT NULL CHECK (number > 0), received_at timestamptz NOT NULL, entry_id uuid, url text NOT NULL,
            name text NOT NULL, state text NOT NULL CHECK (state IN ('waiting', 'kept', 'refused')),
            reason text NOT NULL, digest text NOT NULL, media_type text NOT NULL, size bigint NOT NULL,
            PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, source_ref, number),
            CHECK ((state = 'kept') = (digest <> '')),
            FOREIGN KEY (tenant_id, lead_id) REFERENCES lead,
            FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversation,
            FOREIGN KEY (tenant_id, connection_id) REFERENCES connection,
            FOREIGN KEY (tenant_id, entry_id) REFERENCES entry""",
    # No reference from picture: the shelf may be somewhere else altogether.
    "picture_content": "digest text, content bytea NOT NULL, PRIMARY KEY (tenant_id, digest)",
}


def upgrade() -> None:
    for name, columns in TENANT_TABLES.items():
        op.execute(f"CREATE TABLE {name} (tenant_id uuid NOT NULL REFERENCES tenant, {columns})")
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {name} USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})")
    # Pictures are compressed already.
    op.execute("ALTER TABLE picture_content ALTER content SET STORAGE EXTERNAL")
    op.execute("CREATE INDEX picture_of_lead ON picture (tenant_id, lead_id, received_at)")


def downgrade() -> None:
    op.execute("DELETE FROM due WHERE kind = 'picture'")
    op.execute(f"DROP TABLE {', '.join(TENANT_TABLES)}")
