"""`leadcore write-backs`: what the shop's CRM was and is to be told, and another try of what it refused."""

from uuid import UUID

from cyclopts import App

from leadcore.flows.write_back import retry_writes, writes_of
from leadcore.kernel.ids import LeadId
from leadcore.write_back.model import WriteBack
from leadcore.write_back.values import WriteState
from leadcore_cli.options import HERE, Json, Limit, Place, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_json, print_table, say

app = App(name="write-backs", help="See what the CRM is told about leads, and try again what it refused.")


@app.command(name="list")
def list_writes(
    *, state: WriteState | None = None, limit: Limit = 50, tenant: Shop = "", json: Json = False, place: Place = HERE
) -> int:
    """List writes to the CRM, the most recently tried first.

    Example: `leadcore write-backs list --state refused`

    Parameters
    ----------
    state
        Only writes in this state.
    limit
        At most this many (default: 50).
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        found = await writes_of(session.seams, shop.id, state=state, limit=limit)
        if json:
            print_json(found)
            return
        rows = [_row(each) for each in found]
        heads = ("lead", "what", "column", "state", "tries", "last tried", "why", "what to do")
        print_table(heads, rows, empty="the CRM was told nothing yet")

    return within(place, work)


@app.command
def retry(lead_id: UUID, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Tell the CRM again what it refused about a lead, after what was wrong is mended. It is looked up first.

    Example: `leadcore write-backs retry 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11`
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        again = await retry_writes(session.seams, LeadId(lead_id), tenant_id=shop.id)
        if json:
            print_json(again)
        else:
            say(f"{len(again)} refused writes are tried again; the scheduler looks what else the CRM lacks")

    return within(place, work)


def _row(each: WriteBack) -> tuple[object, ...]:
    why = each.error or "-"
    return each.lead_id, each.what, each.target or "-", each.state, each.tries, each.started_at, why, each.fix or "-"
