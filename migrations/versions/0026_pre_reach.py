"""Erasing a person: hashes of contacts, seals of consents; and contact points that cannot be reached.

The runtime role may neither change nor delete what is append-only. The two functions here may, as the owner of the
tables, and only within the tenant of the transaction: row level security is forced on the owner, too.
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"

ERASE_PAST = f"""
CREATE FUNCTION erase_past(leads uuid[], messages uuid[], touches uuid[], named text[])
RETURNS TABLE (what text, erased bigint) LANGUAGE plpgsql SECURITY DEFINER SET search_path = leadcore, pg_temp AS $$
DECLARE
    owner uuid := {TENANT};
BEGIN
    DELETE FROM decision d WHERE d.tenant_id = owner
        AND (d.lead_id = ANY(leads) OR d.message_id = ANY(messages) OR d.touch_id = ANY(touches));
    what := 'decision'; GET DIAGNOSTICS erased = ROW_COUNT; RETURN NEXT;
    DELETE FROM delivery_report r WHERE r.tenant_id = owner AND r.message_id = ANY(messages);
    what := 'delivery_report'; GET DIAGNOSTICS erased = ROW_COUNT; RETURN NEXT;
    DELETE FROM outbox o WHERE o.tenant_id = owner AND (o.lead_id = ANY(leads)
        OR EXISTS (SELECT FROM unnest(named) AS name WHERE position(name IN o.body::text) > 0));
    what := 'outbox'; GET DIAGNOSTICS erased = ROW_COUNT; RETURN NEXT;
END $$"""
SEAL_CONSENT = f"""
CREATE FUNCTION seal_consent(ids uuid[], seals bytea[])
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = leadcore, pg_temp AS $$
    UPDATE consent c SET evidence = '{{}}', seal = given.seal FROM unnest(ids, seals) AS given (id, seal)
    WHERE c.tenant_id = {TENANT} AND c.id = given.id AND EXISTS (
        SELECT FROM erased_contact e WHERE e.tenant_id = c.tenant_id AND e.contact_point_id = c.contact_point_id)
$$"""

UP = (
    """
        CREATE TABLE erased_contact (tenant_id uuid NOT NULL REFERENCES tenant, contact_point_id uuid,
        digest bytea NOT NULL, erased_at timestamptz NOT NULL, PRIMARY KEY (tenant_id, contact_point_id),
        FOREIGN KEY (tenant_id, contact_point_id) REFERENCES contact_point)""",
    "CREATE INDEX erased_contact_by_digest ON erased_contact (tenant_id, digest)",
    "ALTER TABLE erased_contact ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE erased_contact FORCE ROW LEVEL SECURITY",
    f"CREATE POLICY tenant ON erased_contact USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})",
    "ALTER TABLE consent ADD COLUMN seal bytea",
    """
        ALTER TABLE contact_point ADD COLUMN unreachable_at timestamptz,
        ADD COLUMN unreachable_why text NOT NULL DEFAULT ''""",
    """
        ALTER TABLE delivery_report ADD COLUMN trouble text NOT NULL DEFAULT ''
        CHECK (trouble IN ('', 'not_now', 'never'))""",
    "ALTER TABLE message ADD COLUMN released_at timestamptz",
    "CREATE INDEX message_stuck ON message (tenant_id, id DESC) WHERE state IN ('failed', 'held')",
    ERASE_PAST,
    SEAL_CONSENT,
    "REVOKE ALL ON FUNCTION erase_past(uuid[], uuid[], uuid[], text[]) FROM PUBLIC",
    "REVOKE ALL ON FUNCTION seal_consent(uuid[], bytea[]) FROM PUBLIC",
)
DOWN = (
    "DROP FUNCTION seal_consent(uuid[], bytea[])",
    "DROP FUNCTION erase_past(uuid[], uuid[], uuid[], text[])",
    "DROP INDEX message_stuck",
    "ALTER TABLE message DROP COLUMN released_at",
    "ALTER TABLE delivery_report DROP COLUMN trouble",
    "ALTER TABLE contact_point DROP COLUMN unreachable_at, DROP COLUMN unreachable_why",
    "ALTER TABLE consent DROP COLUMN seal",
    "DROP TABLE erased_contact",
)


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
