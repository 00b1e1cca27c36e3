"""HubSpot's objects in the port's words. All property values are strings or null (providers.md 7.1)."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from leadcore.kernel.money import Money
from leadcore.ports.crm import CrmCustomer, CrmOrder, CrmPhone, CrmService, CrmVehicle
from leadcore_httpkit.fields import Fields, instant, number, rows, text, whole
from leadcore_hubspot.settings import HubSpotSettings

_YES = frozenset({"true", "yes", "1", "checked"})
_MOST_CENTS = 10**12


class Stage(NamedTuple):
    """A column of a pipeline. `won` is None while deals in it are open."""

    label: str
    pipeline_id: str
    pipeline_label: str
    won: bool | None


def stages_of(pipelines: list[Fields]) -> dict[str, Stage]:
    """Return the stages of all pipelines by their ids."""
    return {
        text(stage, "id"): Stage(text(stage, "label"), text(pipeline, "id"), text(pipeline, "label"), _outcome(stage))
        for pipeline in pipelines
        for stage in rows(pipeline.get("stages"))
    }


def crm_order(
    record: Fields, *, stages: dict[str, Stage], services: list[str], settings: HubSpotSettings
) -> CrmOrder | None:
    """Return the deal as an order, None when it has no id or no date: those are never made up.

    A deal is an estimate until its stage is closed. Lost deals and those outside the tenant's pipeline are archived.
    """
    found = properties(record)
    created_at = instant(record.get("createdAt")) or instant(found.get("createdate"))
    external_id = text(record, "id")
    if created_at is None or not external_id:
        return None
    stage_id = text(found, "dealstage")
    stage = stages.get(stage_id, Stage("", text(found, "pipeline"), "", None))
    status = {None: "Estimate", True: "Won", False: "Lost"}[stage.won]
    return CrmOrder(
        external_id=external_id,
        name=text(found, "dealname"),
        status=status,
        column_id=stage_id,
        column_name=stage.label,
        customer_id=next(iter(associated(record, "contacts")), None),
        vehicle_id=external_id if any(text(found, name) for name in vehicle_names(settings)) else None,
        service_text="; ".join(services),
        note=text(found, settings.note_property),
        source=text(found, "hs_analytics_source"),
        authorized=stage.won is True,
        archived=stage.won is False or record.get("archived") is True or not is_here(stage, settings.pipeline),
        created_at=created_at,
        updated_at=instant(record.get("updatedAt")) or instant(found.get("hs_lastmodifieddate")) or created_at,
    )


def crm_customer(record: Fields, settings: HubSpotSettings) -> CrmCustomer:
    """Return the contact; the mobile phone first, and the opt-in only for that one: a text goes to no other."""
    found = properties(record)
    answer = text(found, settings.opt_in_property) if settings.opt_in_property else ""
    opted_in = _is_yes(answer)
    at = _since(record, settings.opt_in_property) if opted_in else None
    mobile, phone = text(found, "mobilephone"), text(found, "phone")
    first = CrmPhone(
        number=mobile or phone, primary=True, opt_in=opted_in, opt_out=bool(answer) and not opted_in, opt_in_at=at
    )
    phones = [first] if mobile or phone else []
    if mobile and phone and phone != mobile:
        phones.append(CrmPhone(number=phone, kind="other"))
    emails = [text(found, "email"), *text(found, "hs_additional_emails").split(";")]
    return CrmCustomer(
        external_id=text(record, "id"),
        first_name=text(found, "firstname"),
        last_name=text(found, "lastname"),
        emails=tuple(dict.fromkeys(each.strip() for each in emails if each.strip())),
        phones=tuple(phones),
        state=text(found, "state"),
        postal_code=text(found, "zip"),
        updated_at=instant(record.get("updatedAt")) or instant(record.get("createdAt")),
    )


def crm_vehicle(record: Fields, settings: HubSpotSettings) -> CrmVehicle | None:
    """Return the vehicle that a deal describes in its properties, None when it describes none."""
    found = properties(record)
    year, make, model, body = vehicle_names(settings)
    if not any(text(found, name) for name in (year, make, model, body)):
        return None
    return CrmVehicle(
        external_id=text(record, "id"),
        year=whole(found, year),
        make=text(found, make),
        model=text(found, model),
        body=text(found, body),
        updated_at=instant(record.get("updatedAt")) or instant(record.get("createdAt")),
    )


def crm_service(record: Fields, settings: HubSpotSettings) -> CrmService | None:
    """Return the product, None when it has no name or no price we can read."""
    found = properties(record)
    name, price = text(found, "name"), _cents(text(found, "price"))
    if not name or not text(record, "id") or price is None or record.get("archived") is True:
        return None
    return CrmService(
        external_id=text(record, "id"),
        name=name,
        price=Money(minor=price),
        note=text(found, "description"),
        labor_hours=number(found, settings.hours_property),
    )


def properties(record: Fields) -> Fields:
    """Return the object's properties."""
    found = record.get("properties")
    return found if isinstance(found, dict) else {}


def associated(record: Fields, kind: str) -> list[str]:
    """Return the ids of associated objects; the vendor writes "line items" where its paths say `line_items`."""
    all_kinds = record.get("associations")
    if not isinstance(all_kinds, dict):
        return []
    found = all_kinds.get(kind) or all_kinds.get(kind.replace("_", " "))
    links = rows(found.get("results")) if isinstance(found, dict) else []
    return list(dict.fromkeys(ref for link in links if (ref := text(link, "id"))))


def vehicle_names(settings: HubSpotSettings) -> tuple[str, str, str, str]:
    """Return the names of the deal properties for year, make, model and body; a missing one is empty."""
    names = [name.strip() for name in settings.vehicle_properties.split(",")] + [""] * 4
    return names[0], names[1], names[2], names[3]


def is_here(stage: Stage, pipeline: str) -> bool:
    """Whether the stage belongs to the tenant's pipeline, named by its id or its label; none named means any."""
    return not pipeline or pipeline.casefold() in {stage.pipeline_id.casefold(), stage.pipeline_label.casefold()}


def _outcome(stage: Fields) -> bool | None:
    metadata = stage.get("metadata")
    found = metadata if isinstance(metadata, dict) else {}
    if not _is_yes(found.get("isClosed")):
        return None
    return number(found, "probability") >= 1


def _is_yes(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.strip().casefold() in _YES)


def _since(record: Fields, name: str) -> datetime | None:
    """Return when the property got the value it has; the vendor lists the newest change first."""
    history = record.get("propertiesWithHistory")
    changes = rows(history.get(name)) if isinstance(history, dict) else []
    found = None
    for change in changes:
        if not _is_yes(change.get("value")):
            break
        found = instant(change.get("timestamp")) or found
    return found


def _cents(price: str) -> int | None:
    try:
        cents = (Decimal(price) * 100).quantize(Decimal(1))
        return int(cents) if 0 <= cents < _MOST_CENTS else None
    except InvalidOperation:  # no number, or NaN, which cannot even be compared
        return None
