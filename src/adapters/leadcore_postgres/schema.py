"""What the schema is called and made of, for those who must not pay for loading alembic."""

import re
from pathlib import Path

OWNER, RUNTIME = "leadcore_owner", "leadcore_app"
ROUTING_TABLES = frozenset({"tenant_route", "connection_route", "api_key_route", "chat_token"})
"""Read before a tenant is known (ids, digests, instants); written only inside their tenant's unit of work."""
SHARED_TABLES = frozenset({"due", "deployment", "hold_history"})
"""Outside row level security: the due queue (ids and instants of all tenants), the deployment's own row, its holds."""
APPEND_ONLY = ("consent", "decision", "outbox", "delivery_report", "hold_history")
_REVISION = re.compile(r'^(down_)?revision\b[^=]*= "(\w+)"', re.MULTILINE)


def migrations_folder() -> Path:
    """Return where alembic's scripts are: beside this file in an installed wheel, else at the checkout's root."""
    here = Path(__file__).resolve()
    installed, checkout = here.parent / "migrations", here.parents[3] / "migrations"
    return installed if (installed / "env.py").exists() else checkout


def newest_revision() -> str | None:
    """Return the revision that this program was written for: the one no other script builds on."""
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for script in (migrations_folder() / "versions").glob("*.py"):
        for is_earlier, name in _REVISION.findall(script.read_text()):
            found[bool(is_earlier)].add(name)
    heads = found[False] - found[True]
    return max(heads, default=None)
