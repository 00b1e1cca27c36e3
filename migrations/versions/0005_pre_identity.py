"""One lead per person and vehicle, more than one source naming it, and merges that can be taken back."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"

TENANT_TABLES = {
    "lead_reference": """
            id uuid, lead_id uuid NOT NULL, source text NOT NULL, external_ref text NOT NULL,
            added_at timestamptz NOT NULL, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, source, external_ref),
            FOREIGN KEY (tenant_id, lead_id) REFERENCES lead""",
    "person_merge": """
            id uuid, keep_id uuid NOT NULL, other_id uuid NOT NULL, merged_at timestamptz NOT NULL,
            merged_by text NOT NULL, changes jsonb NOT NULL, undone_at timestamptz, undone_by text NOT NULL,
            PRIMARY KEY (tenant_id, id), CHECK (keep_id <> other_id),
            FOREIGN KEY (tenant_id, keep_id) REFERENCES person, FOREIGN KEY (tenant_id, other_id) REFERENCES person""",
}

ADDED = (
    "ALTER TABLE person ADD COLUMN merged_into uuid",
    "ALTER TABLE person ADD FOREIGN KEY (tenant_id, merged_into) REFERENCES person",
    "CREATE INDEX person_merged ON person (tenant_id, merged_into) WHERE merged_into IS NOT NULL",
    "ALTER TABLE conversation ADD COLUMN merged_into uuid",
    "ALTER TABLE conversation ADD FOREIGN KEY (tenant_id, merged_into) REFERENCES conversation",
    "CREATE INDEX conversation_merged ON conversation (tenant_id, merged_into) WHERE merged_into IS NOT NULL",
    # Leads that are older than this have no key: they are found by their vehicle, and nothing is unique about them.
    "ALTER TABLE lead ADD COLUMN vehicle_key text NOT NULL DEFAULT ''",
    """
            CREATE UNIQUE INDEX lead_open_wish ON lead (tenant_id, person_id, vehicle_key)
            WHERE vehicle_key <> '' AND status NOT IN ('won', 'lost')""",
    "CREATE INDEX lead_reference_of_lead ON lead_reference (tenant_id, lead_id)",
    "CREATE INDEX person_merge_keep ON person_merge (tenant_id, keep_id)",
    "CREATE INDEX person_merge_other ON person_merge (tenant_id, other_id)",
)


def upgrade() -> None:
    for name, columns in TENANT_TABLES.items():
        op.execute(
            f"CREATE TABLE {name} (tenant_id uuid NOT NULL, {columns}, FOREIGN KEY (tenant_id) REFERENCES tenant)"
        )
    for statement in ADDED:
        op.execute(statement)
    # Row level security hides every row from its own owner until a tenant is named: read and filled without it.
    op.execute("ALTER TABLE lead NO FORCE ROW LEVEL SECURITY")
    op.execute("""
            INSERT INTO lead_reference (tenant_id, id, lead_id, source, external_ref, added_at)
            SELECT tenant_id, id, id, source, external_ref, created_at FROM lead""")
    op.execute("ALTER TABLE lead FORCE ROW LEVEL SECURITY")
    for name in TENANT_TABLES:
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {name} USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})")


def downgrade() -> None:
    op.execute("DROP INDEX lead_open_wish")
    op.execute("ALTER TABLE lead DROP COLUMN vehicle_key")
    op.execute("ALTER TABLE conversation DROP COLUMN merged_into")
    op.execute("ALTER TABLE person DROP COLUMN merged_into")
    op.execute("DROP TABLE person_merge, lead_reference")
