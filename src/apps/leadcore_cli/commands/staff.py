"""`leadcore staff`: the shop's people whom leads are given to."""

from cyclopts import App

from leadcore.flows.opening_hours import DAYS, day_of, read_spans, written
from leadcore.flows.staff_members import put_member, switch_member
from leadcore.tenants.values import StaffMember
from leadcore_cli.options import HERE, Json, Place, Shop
from leadcore_cli.session import Session, pairs, within
from leadcore_cli.terminal import print_json, print_table, say

app = App(name="staff", help="The shop's people whom leads are given to.")


@app.command(name="list")
def list_staff(*, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """List the shop's people.

    Example: `leadcore staff list`
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        if json:
            print_json(shop.staff)
            return
        rows = [
            (each.key, each.name, each.active, each.phone or "-", each.email or "-", _hours(each))
            for each in shop.staff
        ]
        print_table(("key", "name", "active", "phone", "e-mail", "hours"), rows, empty="nobody: `leadcore staff add`")

    return within(place, work)


@app.command
def add(
    key: str,
    /,
    *,
    name: str,
    phone: str = "",
    email: str = "",
    hours: list[str] | None = None,
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Add somebody, or replace who has this key.

    Example: `leadcore staff add dana --name "Dana Reyes" --phone +15125550143 --hours mon=09:00-13:00`

    Parameters
    ----------
    key
        What assignments remember them by: a-z, 0-9 and -. It never changes.
    name
        What people call them.
    phone
        Where they are texted when one of their leads needs a person.
    email
        Where they are mailed.
    hours
        When they are in, `mon=09:00-13:00`, once per day (default: whenever the shop is open).
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        member = StaffMember(
            key=key,
            name=name,
            phone=phone,
            email=email,
            hours={
                day_of(day, field=f"hours.{day}"): read_spans(text, field=f"hours.{day}")
                for day, text in pairs(hours or [], flag="--hours").items()
            },
        )
        changed = await put_member(session.seams.store, shop.id, member)
        if json:
            print_json(changed.staff)
        else:
            say(f"{key} is there; {changed.slug} is at version {changed.version}")

    return within(place, work)


@app.command
def on(key: str, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Let somebody get leads again.

    Example: `leadcore staff on dana`
    """
    return _switch(key, active=True, tenant=tenant, json=json, place=place)


@app.command
def off(key: str, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Give somebody no more leads and no notices; what they have stays theirs until it is moved.

    Example: `leadcore staff off dana`
    """
    return _switch(key, active=False, tenant=tenant, json=json, place=place)


def _switch(key: str, *, active: bool, tenant: str, json: bool, place: Place) -> int:
    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        changed = await switch_member(session.seams.store, shop.id, key, active=active)
        if json:
            print_json(changed.staff)
        else:
            say(f"{key} {'gets leads' if active else 'gets no more leads'}")

    return within(place, work)


def _hours(member: StaffMember) -> str:
    spans = [f"{DAYS[day]} {written(each)}" for day, each in sorted(member.hours.items())]
    return "; ".join(spans) or "as the shop"
