"""`leadcore catalog`: what the shop sells, as the CRM has it and as the shop corrected it."""

import sys
from asyncio import to_thread
from typing import Annotated

from cyclopts import App, Parameter

from leadcore.catalog.model import Service
from leadcore.catalog.policies.differences import CatalogDiff, priced
from leadcore.kernel.errors import InvalidInputError
from leadcore_cli.options import HERE, Json, Place, Shop
from leadcore_cli.session import Session, pairs, within
from leadcore_cli.terminal import print_fields, print_json, print_table, progress, say

app = App(name="catalog", help="Read the price list from the CRM, look at it, correct it.")
Yes = Annotated[bool, Parameter(name=["--yes", "-y"], help="Do not ask before the first import.")]
Slug = Annotated[str, Parameter(help="The service, as `leadcore catalog list` calls it.")]
By = Annotated[str, Parameter(help="Who sets it; shown beside the value.")]
_HEADINGS = {
    "added": "new",
    "removed": "no longer sold",
    "repriced": "other prices",
    "changed": "other facts",
    "held": "held until you accept: not quoted",
    "unseen": "not shown by the CRM this time, still sold",
    "left_out": "left out by the shop's rules",
}


@app.command
def sync(
    *,
    yes: Yes = False,
    accept: bool = False,
    dry_run: bool = False,
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Read services and prices from the CRM now; the next answer uses them, nothing needs a restart.

    Example: `leadcore catalog sync --tenant hill-country`

    The first import shows what will be quoted and asks. Later ones print what changed. Prices that changed by more
    than half, and the end of half the catalog, are held until `--accept`.

    Parameters
    ----------
    accept
        Believe changes that are held because they are larger than usual.
    dry_run
        Say what would change, change nothing.
    """

    async def work(session: Session) -> int:
        from leadcore.flows.catalog_sync import read_listing, take_listing

        shop = await session.tenant(tenant)
        progress(quiet=json)("reading the price list from the CRM")
        listing = await read_listing(session.seams, shop.id)
        diff = await take_listing(
            session.seams, shop.id, listing, dry_run=dry_run, accept=accept, may_begin=yes or accept
        )
        if diff.first and not diff.applied and not dry_run and not json and sys.stdin.isatty():
            _print_diff(diff)
            if not await to_thread(_agrees):
                say("nothing was imported")
                return 1
            diff = await take_listing(session.seams, shop.id, listing)
            say(f"{diff.total} services are quoted from now on")
            return 0
        print_json(diff) if json else _print_diff(diff)
        if diff.first and not diff.applied and not dry_run:
            say("nothing was imported yet; to quote these prices: `leadcore catalog sync --yes`")
            return 1
        if diff.held and not accept:
            say("held: the old prices are quoted; to believe the CRM: `leadcore catalog sync --accept`")
        return 0

    return within(place, work)


@app.command(name="list")
def list_services(*, inactive: bool = False, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """List services with their prices by vehicle class; what was set by hand has a star.

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
        rows = [
            (each.slug, each.name, each.category, priced(each), _hours(each), each.bookable, each.active, _hand(each))
            for each in services
        ]
        headers = ("service", "name", "kind", "prices", "hours", "bookable", "sold", "by hand")
        print_table(headers, rows, empty="empty: `leadcore catalog sync`")

    return within(place, work)


@app.command(name="set")
def set_values(
    slug: Slug,
    values: list[str],
    /,
    *,
    by: By = "the shop",
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Set values of a service by hand; syncs leave them alone, the next answer uses them.

    Example: `leadcore catalog set ceramic-tint-full-vehicle price.suv=599 --by Sam`

    Parameters
    ----------
    values
        key=value: `name`, `category`, `price` or `price.CLASS`, `hours`, `bookable`, `sold`.
    """

    async def work(session: Session) -> None:
        from leadcore.flows.catalog_by_hand import set_by_hand

        shop = await session.tenant(tenant)
        service = await set_by_hand(session.seams.store, shop.id, slug, pairs(values), by=by)
        print_json(service) if json else _print_service(service)

    return within(place, work)


@app.command(name="unset")
def unset_values(
    slug: Slug,
    keys: list[str] | None = None,
    /,
    *,
    every: Annotated[bool, Parameter(name="--all")] = False,
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Let the CRM decide again about values that were set by hand.

    Example: `leadcore catalog unset ceramic-tint-full-vehicle price.suv`

    Parameters
    ----------
    keys
        What was set: `price.suv`, `name` …
    every
        All of them.
    """

    async def work(session: Session) -> None:
        from leadcore.flows.catalog_by_hand import unset

        if bool(keys) == every:
            raise InvalidInputError("say what to unset", field="keys", fix="name keys such as price.suv, or --all")
        shop = await session.tenant(tenant)
        service = await unset(session.seams.store, shop.id, slug, keys or ())
        print_json(service) if json else _print_service(service)

    return within(place, work)


@app.command
def explain(name: str, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Say which rule gave a service its category and its vehicle classes, and where its prices come from.

    Example: `leadcore catalog explain "Ceramic Tint - SUV"`

    Parameters
    ----------
    name
        A service (slug or name), an entry of the CRM, or any name to try the rules on.
    """

    async def work(session: Session) -> None:
        from leadcore.flows.catalog_by_hand import explain as explained

        shop = await session.tenant(tenant)
        found = await explained(session.seams.store, shop.id, name)
        if json:
            print_json(found)
            return
        if found.service is not None:
            _print_service(found.service)
        for each in found.readings:
            print(f"\nentry {each.entry!r}" + (f" ({each.state}, {each.external_id})" if each.state else ""))
            print_fields(
                (
                    ("service", each.service or "-"),
                    ("category", f"{each.category}: {each.category_because}"),
                    ("classes", f"{', '.join(each.classes) or '-'}: {each.classes_because or '-'}"),
                    *((("price", each.price.display), ("hours", f"{each.hours:g}")) if each.price is not None else ()),
                    *((("not sold", each.left_out_because),) if each.left_out_because else ()),
                )
            )

    return within(place, work)


def _agrees() -> bool:
    return input("Quote these prices to customers from now on? [y/N] ").strip().casefold() in {"y", "yes"}


def _print_diff(diff: CatalogDiff) -> None:
    for name, heading in _HEADINGS.items():
        lines: tuple[str, ...] = getattr(diff, name)
        if lines:
            print(f"{heading}: {len(lines)}")
            for line in lines:
                print(f"  {line}")
    if not diff.complete:
        print("the CRM's list did not settle: nothing was taken out of the catalog")
    print(f"services {'in the catalog' if diff.applied else 'there would be'}: {diff.total}")


def _print_service(service: Service) -> None:
    listed = service.listed
    print_fields(
        (
            ("service", service.slug),
            ("name", service.name),
            ("category", service.category),
            ("prices", priced(service)),
            ("hours", _hours(service)),
            ("bookable", service.bookable),
            ("sold", service.active),
        )
    )
    for key, one in sorted(service.by_hand.items()):
        kind = key.partition(".")[2]
        crm = next((price.display for each, price in listed.prices.items() if each == kind), "") if listed else ""
        print(
            f"by hand  {key} = {one.value}, by {one.by}, {one.at:%Y-%m-%d}" + (f"; the CRM says {crm}" if crm else "")
        )
    for one_class, price in sorted(service.held.items()):
        print(f"held     {one_class}: the CRM says {price.display}")


def _hours(service: Service) -> str:
    if not service.hours_by_class or len(set(service.hours_by_class.values())) == 1:
        return f"{service.hours:g}"
    return ", ".join(f"{kind} {hours:g}" for kind, hours in sorted(service.hours_by_class.items()))


def _hand(service: Service) -> str:
    return ", ".join(sorted(service.by_hand)) or "-"
