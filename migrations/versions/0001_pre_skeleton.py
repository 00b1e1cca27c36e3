"""Every table of the first release.

Runs as `leadcore_owner` with `search_path = leadcore`. Each tenant table: `tenant_id` first in every key, references
that carry it (foreign keys are checked outside row level security), forced row level security.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# NULLIF: after a transaction that set it, the setting is '' and not NULL on the reused connection.
TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"

HOT = (
    "fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 200,"
    " autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05"
)

CHANNEL = "text NOT NULL CHECK (channel IN ('sms', 'email', 'web'))"
OF_POINT = "FOREIGN KEY (tenant_id, contact_point_id) REFERENCES contact_point"
OF_ENTRY = "FOREIGN KEY (tenant_id, entry_id) REFERENCES entry"
OF_LEAD = "FOREIGN KEY (tenant_id, lead_id) REFERENCES lead"

# name -> (columns and constraints after tenant_id, storage options)
TENANT_TABLES = {
    "tenant": ("doc jsonb NOT NULL, version int NOT NULL, PRIMARY KEY (tenant_id)", ""),
    "connection": (
        """
            id uuid, port text NOT NULL, plugin text NOT NULL, settings jsonb NOT NULL, sealed bytea NOT NULL,
            version int NOT NULL, PRIMARY KEY (tenant_id, id)""",
        "",
    ),
    "api_key": ("key_id text, label text NOT NULL, PRIMARY KEY (tenant_id, key_id)", ""),
    "inbox": (
        """
            id uuid, connection_id uuid NOT NULL, source text NOT NULL, dedupe_key text NOT NULL, entity_key text,
            occurred_at timestamptz, received_at timestamptz NOT NULL, body bytea NOT NULL,
            state text NOT NULL CHECK (state IN ('new', 'done', 'ignored', 'dead')), tries int NOT NULL,
            error text NOT NULL, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, connection_id, source, dedupe_key),
            FOREIGN KEY (tenant_id, connection_id) REFERENCES connection""",
        "",
    ),
    "outbox": (
        """
            id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, type text NOT NULL, lead_id uuid,
            body jsonb NOT NULL, PRIMARY KEY (tenant_id, id)""",
        "",
    ),
    "contact_point": (
        """
            id uuid, kind text NOT NULL CHECK (kind IN ('phone', 'email')), value text NOT NULL, zones text[] NOT NULL,
            last_inbound_at timestamptz, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, kind, value)""",
        HOT,
    ),
    "ledger_head": ("digest bytea NOT NULL, PRIMARY KEY (tenant_id)", ""),
    "consent": (
        f"""
            id uuid, line bigint GENERATED ALWAYS AS IDENTITY, contact_point_id uuid NOT NULL, channel {CHANNEL},
            scope text NOT NULL CHECK (scope IN ('conversational', 'marketing')), wording text NOT NULL,
            source text NOT NULL, obtained_at timestamptz NOT NULL, evidence jsonb NOT NULL, previous bytea NOT NULL,
            digest bytea NOT NULL, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, previous), {OF_POINT}""",
        "",
    ),
    "suppression": (
        f"""
            contact_point_id uuid NOT NULL, line bigint GENERATED ALWAYS AS IDENTITY, channel {CHANNEL},
            reason text NOT NULL, since timestamptz NOT NULL, words text NOT NULL, lifted_at timestamptz,
            PRIMARY KEY (tenant_id, contact_point_id, line), {OF_POINT}""",
        "",
    ),
    "person": (
        """
            id uuid, first_name text NOT NULL, last_name text NOT NULL, phone_id uuid, email_id uuid,
            PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, phone_id), UNIQUE (tenant_id, email_id),
            FOREIGN KEY (tenant_id, phone_id) REFERENCES contact_point,
            FOREIGN KEY (tenant_id, email_id) REFERENCES contact_point""",
        "",
    ),
    "lead": (
        """
            id uuid, person_id uuid NOT NULL, source text NOT NULL, external_ref text NOT NULL,
            requested_at timestamptz NOT NULL, created_at timestamptz NOT NULL, vehicle jsonb NOT NULL,
            interest text NOT NULL, note text NOT NULL, status text NOT NULL CHECK (status IN
            ('new', 'contacted', 'engaged', 'quoted', 'booked', 'won', 'lost')), lost_reason text,
            first_response_at timestamptz, version int NOT NULL, PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, source, external_ref), CHECK ((status = 'lost') = (lost_reason IS NOT NULL)),
            FOREIGN KEY (tenant_id, person_id) REFERENCES person""",
        HOT,
    ),
    "service": (
        """
            id uuid, slug text NOT NULL, name text NOT NULL, category text NOT NULL, prices jsonb NOT NULL,
            external_ids text[] NOT NULL, hours double precision NOT NULL, bookable boolean NOT NULL,
            note text NOT NULL, active boolean NOT NULL, synced_at timestamptz, PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, slug)""",
        "",
    ),
    "cadence": (
        "name text, version text, steps jsonb NOT NULL, PRIMARY KEY (tenant_id, name, version)",
        "",
    ),
    "enrollment": (
        f"""
            id uuid, lead_id uuid NOT NULL, cadence text NOT NULL, version text NOT NULL, zone text NOT NULL,
            enrolled_at timestamptz NOT NULL, rotation int NOT NULL,
            state text NOT NULL CHECK (state IN ('active', 'stopped', 'finished')), ended_by text,
            ended_at timestamptz, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, lead_id, cadence, rotation),
            {OF_LEAD}, FOREIGN KEY (tenant_id, cadence, version) REFERENCES cadence""",
        HOT,
    ),
    "touch": (
        f"""
            id uuid, enrollment_id uuid NOT NULL, lead_id uuid NOT NULL, step text NOT NULL,
            due_at timestamptz NOT NULL, not_after timestamptz NOT NULL, planned_at timestamptz NOT NULL,
            state text NOT NULL CHECK (state IN ('due', 'decided', 'expired', 'cancelled')), reason text NOT NULL,
            decided_at timestamptz, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, enrollment_id, step), {OF_LEAD},
            FOREIGN KEY (tenant_id, enrollment_id) REFERENCES enrollment""",
        HOT,
    ),
    "conversation": (
        f"""
            id uuid, person_id uuid NOT NULL, lead_id uuid NOT NULL,
            speaker text NOT NULL CHECK (speaker IN ('assistant', 'staff')), taken_by text NOT NULL,
            handoff_reason text NOT NULL, disclosed_at timestamptz, last_seq int NOT NULL, PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, person_id), {OF_LEAD}, FOREIGN KEY (tenant_id, person_id) REFERENCES person""",
        HOT,
    ),
    "turn": (
        f"""
            id uuid, conversation_id uuid NOT NULL, channel {CHANNEL}, client_ref text NOT NULL,
            upto_seq int NOT NULL, created_at timestamptz NOT NULL, answers_at timestamptz NOT NULL,
            state text NOT NULL CHECK (state IN ('pending', 'running', 'done', 'dropped')), gen int NOT NULL,
            entry_id uuid, finished_at timestamptz, PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, conversation_id, client_ref),
            FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversation""",
        HOT,
    ),
    "entry": (
        f"""
            id uuid, conversation_id uuid NOT NULL, seq int NOT NULL,
            author text NOT NULL CHECK (author IN ('customer', 'assistant', 'staff', 'shop')),
            channel {CHANNEL}, text text NOT NULL, at timestamptz NOT NULL, source_ref text NOT NULL, turn_id uuid,
            metadata jsonb, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, conversation_id, seq),
            UNIQUE (tenant_id, conversation_id, source_ref),
            FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversation,
            FOREIGN KEY (tenant_id, turn_id) REFERENCES turn DEFERRABLE INITIALLY DEFERRED""",
        "",
    ),
    "segment": (
        """
            turn_id uuid, gen int, seq int, text text NOT NULL, PRIMARY KEY (tenant_id, turn_id, gen, seq),
            FOREIGN KEY (tenant_id, turn_id) REFERENCES turn""",
        "",
    ),
    "message": (
        f"""
            id uuid, channel text NOT NULL CHECK (channel IN ('sms', 'email')), purpose text NOT NULL,
            contact_point_id uuid NOT NULL, recipient text NOT NULL, body text NOT NULL,
            decided_at timestamptz NOT NULL, not_after timestamptz NOT NULL, subject text NOT NULL, html text NOT NULL,
            lead_id uuid, touch_id uuid, conversation_id uuid, answers timestamptz, requested_at timestamptz,
            thread_ref text NOT NULL, state text NOT NULL CHECK (state IN ('pending', 'dispatching', 'unknown',
            'accepted', 'failed', 'suppressed', 'expired', 'cancelled', 'held')), reason text NOT NULL,
            attempts int NOT NULL, provider_id text NOT NULL, delivery text, PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, touch_id, channel), {OF_POINT}, {OF_LEAD},
            FOREIGN KEY (tenant_id, touch_id) REFERENCES touch,
            FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversation""",
        HOT,
    ),
    "attempt": (
        """
            id uuid, message_id uuid NOT NULL, n int NOT NULL, state text NOT NULL CHECK (state IN
            ('started', 'unknown', 'accepted', 'rejected', 'not_sent', 'abandoned')), started_at timestamptz NOT NULL,
            sender text NOT NULL, recipient text NOT NULL, body_digest bytea NOT NULL, rules_version text NOT NULL,
            settled_at timestamptz, provider_id text NOT NULL, how text NOT NULL, error text NOT NULL,
            looks int NOT NULL, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, message_id, n),
            FOREIGN KEY (tenant_id, message_id) REFERENCES message""",
        HOT,
    ),
    "delivery_report": (
        """
            message_id uuid, status text, error_code text, provider_id text NOT NULL, detail text NOT NULL,
            PRIMARY KEY (tenant_id, message_id, status, error_code),
            FOREIGN KEY (tenant_id, message_id) REFERENCES message""",
        "",
    ),
    # Its references are checked late: it is recorded before the message it allowed, in the same transaction.
    "decision": (
        """
            id uuid, facts jsonb NOT NULL, decision jsonb NOT NULL, at timestamptz NOT NULL,
            rules_version text NOT NULL, touch_id uuid, message_id uuid, lead_id uuid, PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, lead_id) REFERENCES lead DEFERRABLE INITIALLY DEFERRED,
            FOREIGN KEY (tenant_id, touch_id) REFERENCES touch DEFERRABLE INITIALLY DEFERRED,
            FOREIGN KEY (tenant_id, message_id) REFERENCES message DEFERRABLE INITIALLY DEFERRED""",
        "",
    ),
}

# Read before a tenant is known, written only inside that tenant's unit of work. Ids, digests and instants.
ROUTING_TABLES = {
    "tenant_route": "tenant_id uuid PRIMARY KEY REFERENCES tenant, slug text NOT NULL UNIQUE",
    "connection_route": """
            connection_id uuid PRIMARY KEY, tenant_id uuid NOT NULL,
            FOREIGN KEY (tenant_id, connection_id) REFERENCES connection""",
    "api_key_route": """
            key_id text PRIMARY KEY, tenant_id uuid NOT NULL, digest bytea NOT NULL,
            scopes text[] NOT NULL, created_at timestamptz NOT NULL, last_used_at timestamptz, revoked_at timestamptz,
            FOREIGN KEY (tenant_id, key_id) REFERENCES api_key""",
    "chat_token": """
            digest bytea PRIMARY KEY, tenant_id uuid NOT NULL, target_id uuid NOT NULL,
            expires_at timestamptz""",
}

INDEXES = (
    "CREATE INDEX inbox_newest ON inbox (tenant_id, received_at DESC, id DESC)",
    "CREATE INDEX outbox_of_lead ON outbox (tenant_id, lead_id, at, id) WHERE lead_id IS NOT NULL",
    "CREATE INDEX consent_of_point ON consent (tenant_id, contact_point_id, line)",
    """
            CREATE UNIQUE INDEX suppression_open ON suppression (tenant_id, contact_point_id, channel)
            WHERE lifted_at IS NULL""",
    "CREATE INDEX lead_of_person ON lead (tenant_id, person_id, id)",
    "CREATE INDEX lead_by_status ON lead (tenant_id, status, id)",
    "CREATE UNIQUE INDEX enrollment_active ON enrollment (tenant_id, lead_id) WHERE state = 'active'",
    "CREATE INDEX touch_of_lead ON touch (tenant_id, lead_id, id)",
    "CREATE INDEX conversation_for_staff ON conversation (tenant_id, id) WHERE speaker = 'staff'",
    "CREATE INDEX turn_open ON turn (tenant_id, conversation_id, id) WHERE state IN ('pending', 'running')",
    "CREATE INDEX turn_of_conversation ON turn (tenant_id, conversation_id, id)",
    "CREATE INDEX message_of_lead ON message (tenant_id, lead_id, id)",
    "CREATE INDEX message_of_point ON message (tenant_id, contact_point_id, channel, purpose)",
    # The safety lock: a message has at most one attempt that was or may have been accepted.
    """
            CREATE UNIQUE INDEX one_open_attempt ON attempt (tenant_id, message_id)
            WHERE state IN ('started', 'unknown', 'accepted')""",
    "CREATE UNIQUE INDEX attempt_by_provider_id ON attempt (tenant_id, provider_id) WHERE provider_id <> ''",
    "CREATE INDEX decision_of_lead ON decision (tenant_id, lead_id, at, id)",
    "CREATE INDEX chat_token_target ON chat_token (tenant_id, target_id)",
    "CREATE INDEX connection_route_tenant ON connection_route (tenant_id)",
    "CREATE INDEX api_key_route_tenant ON api_key_route (tenant_id)",
    "CREATE INDEX due_next ON due (kind, visible_at)",
)

SHARED = (
    """
            CREATE TABLE deployment (one boolean PRIMARY KEY DEFAULT true CHECK (one), environment text NOT NULL,
            clock_offset_s double precision NOT NULL DEFAULT 0, held boolean NOT NULL DEFAULT false,
            held_because text NOT NULL DEFAULT '')""",
    "INSERT INTO deployment (environment) VALUES ('development')",
    # The clock that decides. Callers wrap it in a scalar subquery so that it is read once and indexes can be used.
    """
            CREATE FUNCTION leadcore_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
            SET search_path = leadcore
            AS 'SELECT clock_timestamp() + make_interval(secs => (SELECT clock_offset_s FROM deployment))'""",
    # Ids and instants of all tenants: stands outside row level security. Generation 0: nobody holds it.
    f"""
            CREATE TABLE due (kind text, item_id uuid, tenant_id uuid NOT NULL, due_at timestamptz NOT NULL,
            visible_at timestamptz NOT NULL, generation bigint NOT NULL DEFAULT 0, tries int NOT NULL DEFAULT 0,
            PRIMARY KEY (kind, item_id)) WITH ({HOT})""",
    # Never used twice, so a claim that outlived its item cannot fit the item's successor.
    "CREATE SEQUENCE due_generation",
)


def upgrade() -> None:
    for name, (columns, storage) in TENANT_TABLES.items():
        options = f" WITH ({storage})" if storage else ""
        owner = "" if name == "tenant" else ", FOREIGN KEY (tenant_id) REFERENCES tenant"
        op.execute(f"CREATE TABLE {name} (tenant_id uuid NOT NULL, {columns}{owner}){options}")
        _isolate(name)
        op.execute(f"CREATE POLICY tenant ON {name} USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})")
    op.execute(f"ALTER TABLE turn ADD {OF_ENTRY} DEFERRABLE INITIALLY DEFERRED")
    for name, columns in ROUTING_TABLES.items():
        op.execute(f"CREATE TABLE {name} ({columns})")
        _isolate(name)
        op.execute(f"CREATE POLICY read ON {name} FOR SELECT USING (true)")
        op.execute(f"CREATE POLICY added ON {name} FOR INSERT WITH CHECK (tenant_id = {TENANT})")
        op.execute(f"CREATE POLICY changed ON {name} FOR UPDATE USING (tenant_id = {TENANT})")
        op.execute(f"CREATE POLICY removed ON {name} FOR DELETE USING (tenant_id = {TENANT})")
    for statement in (*SHARED, *INDEXES):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP FUNCTION leadcore_now()")
    op.execute("DROP SEQUENCE due_generation")
    tables = ", ".join(("due", "deployment", *ROUTING_TABLES, *TENANT_TABLES))
    op.execute(f"DROP TABLE {tables}")


def _isolate(name: str) -> None:
    op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
