"""`leadcore api-keys`: keys for the HTTP APIs."""

from typing import Annotated

from cyclopts import App, Parameter

from leadcore.flows.api_keys import USUAL_SCOPES, Scope, create_api_key, list_api_keys, revoke_api_key
from leadcore.ports.storage import ApiKey
from leadcore_cli.options import HERE, Json, Place, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_json, print_table, say

app = App(name="api-keys", help="Make and revoke keys for the HTTP APIs.")


@app.command
def create(
    label: str,
    /,
    *,
    scope: Annotated[list[Scope] | None, Parameter(negative=())] = None,
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Make a key and print it. This is the only time it is shown: only its digest is kept.

    Example: `leadcore api-keys create "website widget" --scope chat`

    Parameters
    ----------
    label
        Who will use it; stands beside what they do.
    scope
        What it may do, once per scope (default: everything). chat speaks for a customer, operate is for staff.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        text, key = await create_api_key(
            session.seams.store,
            session.seams.chance,
            tenant_id=shop.id,
            label=label,
            scopes=tuple(scope or USUAL_SCOPES),
        )
        if json:
            print_json({**_document(key), "key": text})
            return
        print(text)
        say("Keep it now: it is not shown again. Send it as `Authorization: Bearer <key>`.")

    return within(place, work)


@app.command(name="list")
def list_keys(*, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """List keys, newest first, revoked ones too. Secrets are not stored, so none are shown.

    Example: `leadcore api-keys list --tenant hill-country`
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        keys = await list_api_keys(session.seams.store, tenant_id=shop.id)
        if json:
            print_json([_document(key) for key in keys])
            return
        rows = [(key.key_id, key.label, ", ".join(key.scopes), key.created_at, key.revoked_at) for key in keys]
        print_table(("key", "label", "scopes", "made", "revoked"), rows, empty="no keys: `leadcore api-keys create`")

    return within(place, work)


@app.command
def revoke(key_id: str, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Make a key worthless from the next request on.

    Example: `leadcore api-keys revoke 4fKz81Qa`

    Parameters
    ----------
    key_id
        The eight characters after `lc_live_`.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        key = await revoke_api_key(session.seams.store, key_id, tenant_id=shop.id)
        if json:
            print_json(_document(key))
        else:
            say(f"{key.key_id} ({key.label}) is revoked")

    return within(place, work)


def _document(key: ApiKey) -> dict[str, object]:
    return {
        "key_id": key.key_id,
        "label": key.label,
        "scopes": key.scopes,
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }
