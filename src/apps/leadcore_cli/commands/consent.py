"""`leadcore consent`: the evidence about a phone number or an address, and whether the ledger is intact."""

from cyclopts import App

from leadcore.flows.evidence import Evidence, evidence_about, verify_ledger
from leadcore.kernel.errors import RefusedError
from leadcore_cli.options import HERE, Json, Place, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_fields, print_json, print_table

app = App(name="consent", help="Show who agreed to what, who revoked it, and prove it.")
_BODY_SHOWN = 60


class BrokenLedgerError(RefusedError):
    """The consent ledger is not as it was written."""

    code = "broken_ledger"


@app.command
def show(contact: str, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Show the evidence about a phone number or an e-mail address: consents, revocations, what was sent on which.

    Example: `leadcore consent show +15125550142`
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        found = await evidence_about(session.seams, contact, tenant_id=shop.id)
        if json:
            print_json(found)
        else:
            _print(found)

    return within(place, work)


@app.command
def verify(*, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Check the hash chain of the whole consent ledger; exit code 1 when a line was changed, removed or added.

    Example: `leadcore consent verify`
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        check = await verify_ledger(session.seams, tenant_id=shop.id)
        if json:
            print_json({"intact": check.is_intact, "check": check})
        elif check.is_intact:
            print(f"intact: {check.lines} lines, each bound to the one before it")
        if not check.is_intact:
            raise BrokenLedgerError(
                f"line {check.lines} ({check.broken_at or 'the end'}): {check.problem}",
                fix="restore the ledger from a backup, and find out who could write to the table `consent`",
            )

    return within(place, work)


def _print(found: Evidence) -> None:
    check = found.chain
    print_fields(
        [
            ("contact", found.point.value),
            ("last wrote", found.point.last_inbound_at or "-"),
            ("ledger", f"intact, {check.lines} lines" if check.is_intact else f"BROKEN: {check.problem}"),
        ]
    )
    print_table(
        ("consent", "obtained", "channel", "scope", "where", "wording shown", "proof"),
        [
            (each.id, each.obtained_at, each.channel, each.scope, each.source, each.wording, _proof(each.evidence))
            for each in found.consents
        ],
        empty="no consent on record",
    )
    _print_revocations(found)
    print_table(
        ("when", "channel", "what opened or closed it", "detail"),
        [(each.at, each.channel, each.what, each.detail) for each in found.sequence],
        empty="nothing opened or closed it",
    )
    _print_sent(found)


def _print_revocations(found: Evidence) -> None:
    print_table(
        ("revoked", "channel", "read as", "decided by", "words", "ended"),
        [
            (
                each.suppression.since,
                each.suppression.channel,
                each.read_as,
                each.decided_by,
                each.suppression.words or "-",
                each.suppression.lifted_at or "-",
            )
            for each in found.revocations
        ],
        empty="no revocation on record",
    )


def _print_sent(found: Evidence) -> None:
    print_table(
        ("sent", "channel", "purpose", "state", "on consent", "text"),
        [
            (
                each.started_at,
                each.channel,
                each.purpose,
                each.state,
                each.consent_id or "none needed or none on record",
                each.body[:_BODY_SHOWN],
            )
            for each in found.sent
        ],
        empty="nothing was sent",
    )


def _proof(evidence: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(evidence.items())) or "-"
