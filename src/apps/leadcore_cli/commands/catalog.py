"""`leadcore catalog`: what the shop sells, as the CRM has it."""

from cyclopts import App

from leadcore.catalog.model import Service
from leadcore_cli.options import HERE, Json, Place, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_json, print_table

app = App(name="catalog", help="Read the price list from the CRM.")


@app.command
def sync(*, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Read services and prices from the CRM now; the next answer uses them, nothing needs a restart.

    Example: `leadcore catalog sync --tenant hill-country`
    """

    async def work(session: Session) -> None:
        from leadcore.flows.catalog_sync import sync_catalog

        shop = await session.tenant(tenant)
        diff = await sync_catalog(session.seams, shop.id)
        if json:
            print_json(diff)
            return
        for name in diff.__struct_fields__:
            found = getattr(diff, name)
            if isinstance(found, tuple | list):
                print(f"{name.replace('_', ' ')}: {len(found)}")
                for each in found:
                    print(f"  {each}")
            else:
                print(f"{name.replace('_', ' ')}: {found}")

    return within(place, work)


@app.command(name="list")
def list_services(*, inactive: bool = False, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """List services with their prices by vehicle class.

    Example: `leadcore catalog list`

    Parameters
    ----------
    inactive
        Also what is no longer sold.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        async with session.seams.store.begin(shop.id) as uow:
            services = await uow.catalog.services(shop.id, include_inactive=inactive)
        if json:
            print_json(services)
            return
        rows = [(each.slug, each.name, each.category, _prices(each), each.active) for each in services]
        print_table(("service", "name", "kind", "prices", "sold"), rows, empty="empty: `leadcore catalog sync`")

    return within(place, work)


def _prices(service: Service) -> str:
    return ", ".join(
        price.display if kind == "any" else f"{kind} {price.display}" for kind, price in service.prices.items()
    )
