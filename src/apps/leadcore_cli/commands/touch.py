"""`leadcore touch`: why one went as it did, what one would say, and trying it on the shop's own people."""

import getpass
from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter

from leadcore.kernel.ids import LeadId, TouchId
from leadcore_cli.options import HERE, Json, Place, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_fields, print_json, print_table

app = App(name="touch", help="Explain one touch of a cadence; see one before it is sent; send it to your own people.")
By = Annotated[str, Parameter(name="--by", help="Who does this (default: the user of this machine).")]


@app.command
def why(touch_id: UUID, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Tell every decision about a touch, with its inputs (--json), reason, rules version, message and delivery.

    Example: `leadcore touch why 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 --json`
    """

    async def work(session: Session) -> None:
        from leadcore.flows.explain_touch import why_touch

        shop = await session.tenant(tenant)
        found = await why_touch(session.seams, TouchId(touch_id), tenant_id=shop.id)
        if json:
            print_json(found)
            return
        print_fields(
            [
                ("cadence", f"{found.cadence}@{found.version}"),
                ("step", found.step.id),
                ("arm", found.arm or "-"),
                ("due", found.touch.due_at),
                ("useful until", found.touch.not_after),
                ("state", found.touch.state),
                ("reason", found.reason),
            ]
        )
        rows = [
            (
                each.at,
                each.facts.channel,
                type(each.decision).__name__.lower(),
                each.decision.reason,
                each.rules_version,
            )
            for each in found.decisions
        ]
        print("\ndecisions")
        print_table(("at", "channel", "verdict", "reason", "rules"), rows, empty="the gate was not asked")
        print("\nmessages")
        told = [
            (each.channel, each.state, each.delivery or "-", each.reason or "-", each.body) for each in found.messages
        ]
        print_table(("channel", "state", "delivery", "reason", "text"), told, empty="none was written")

    return within(place, work)


@app.command
def preview(lead_id: UUID, step: str, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Show what a step would send to a lead now, and what the rules say of it. Nothing is sent or changed.

    Example: `leadcore touch preview 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 day-3`

    The chat link's secret is made when it is sent; zeros of the same length stand for it here.
    """

    async def work(session: Session) -> None:
        from leadcore.flows.explain_touch import preview_touch

        shop = await session.tenant(tenant)
        found = await preview_touch(session.seams, LeadId(lead_id), step, tenant_id=shop.id)
        if json:
            print_json(found)
            return
        print(f"{found.cadence}@{found.version} {found.step}{f': skipped, {found.skipped}' if found.skipped else ''}")
        for each in found.messages:
            print_fields(
                [
                    ("channel", f"{each.channel}, instead of a text" if each.instead else each.channel),
                    ("to", each.recipient or "-"),
                    ("verdict", f"{each.verdict}: {each.reason}"),
                    ("segments", each.segments or "-"),
                    ("subject", each.subject or "-"),
                ]
            )
            print(f"{each.body}\n")

    return within(place, work)


@app.command(name="test-send")
def send_test(
    lead_id: UUID, step: str, /, *, to: str = "", by: By = "", tenant: Shop = "", json: Json = False,
    place: Place = HERE,
) -> int:  # fmt: skip
    """Send a step, as a lead would get it now, to the shop's own people instead; marked [TEST].

    Example: `leadcore touch test-send 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 day-3 --to staff@example.com`

    It goes through the gate as everything does, and counts apart from customers' messages.

    Parameters
    ----------
    to
        A phone number or an address of the shop's people (default: staff_phone and staff_email, else the first staff).
    """

    async def work(session: Session) -> None:
        from leadcore.flows.try_step import try_step

        shop = await session.tenant(tenant)
        report = await try_step(
            session.seams, LeadId(lead_id), step, to=to, tenant_id=shop.id, by=by or getpass.getuser()
        )
        if json:
            print_json(report)
            return
        rows = [(each.channel, each.recipient, each.message_id) for each in report.sent]
        print_table(("channel", "to", "message"), rows, empty="nothing was sent")
        for channel, why in report.left_out.items():
            print(f"{channel}: left out, {why}")
        print(f"tests before this one this month: {report.tests_this_month}")

    return within(place, work)
