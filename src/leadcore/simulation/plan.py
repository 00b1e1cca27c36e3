"""What shall be simulated."""

from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from leadcore.cadences.model import CadenceVersion
from leadcore.compliance.policies.area_codes import STATE_OF_AREA_CODE
from leadcore.kernel.errors import InvalidInputError
from leadcore.simulation.faults import NONE, Faults
from leadcore.simulation.mix import LeadMix, codes_of
from leadcore.tenants.model import Tenant

Progress = Callable[[datetime, int], None]
"""Hears the virtual instant a run has come to, and how many leads have come in."""
MOST_DAYS = 730
MOST_LEADS = 200_000


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A shop, a version its leads enter, who comes, and for how long.

    `start` is an instant at which a local day of the shop begins; leads come from then on, for all of `days` (or the
    first `arriving_days` of them). `cadences` are others that may follow: the nurture and win-back ones. `chat` is the
    origin of chat links, which stand in texts and so cost segments. `settle_window_s` is the deployment's.
    """

    tenant: Tenant
    cadence: CadenceVersion
    mix: LeadMix
    start: datetime
    days: int = 90
    arriving_days: int | None = None
    leads: int
    seed: int = 0
    cadences: tuple[CadenceVersion, ...] = ()
    chat: str = "https://chat.example.com"
    settle_window_s: float = 900.0
    faults: Faults = NONE


def checked(plan: Plan) -> Plan:
    """Return the plan. Raises `InvalidInputError` naming the option."""
    if not 1 <= plan.days <= MOST_DAYS:
        raise InvalidInputError(f"{plan.days} days", field="days", fix=f"1 to {MOST_DAYS}")
    if not 1 <= plan.leads <= MOST_LEADS:
        raise InvalidInputError(f"{plan.leads} leads", field="leads", fix=f"1 to {MOST_LEADS}")
    return plan


def as_if_ready(tenant: Tenant) -> tuple[Tenant, tuple[str, ...]]:
    """Return the tenant as it would be if it could send, and what had to be assumed for that."""
    assumed: list[str] = []
    senders = tenant.senders
    if tenant.paused:
        assumed.append("the shop is paused: simulated as if it were not")
    if not senders.sms:
        state = tenant.state or "TX"
        code = (codes_of(state) or tuple(STATE_OF_AREA_CODE))[0]
        senders = replace(senders, sms=f"+1{code}5550100")
        assumed.append("no number texts come from (senders.sms): simulated with one")
    if senders.sms_registration in {"pending", "rejected"}:
        assumed.append(f"the 10DLC registration is {senders.sms_registration}: simulated as verified")
        senders = replace(senders, sms_registration="verified")
    if not senders.email:
        senders = replace(senders, email="shop@example.com")
        assumed.append("no address e-mails come from (senders.email): simulated with one")
    return replace(tenant, paused=False, senders=senders), tuple(assumed)
