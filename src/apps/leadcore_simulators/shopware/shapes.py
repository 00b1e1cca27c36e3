"""Which resources there are, which fields a partner may write, and what a new record looks like."""

from msgspec import Struct

from leadcore_simulators.wire.http import Fields


class Shape(Struct, frozen=True, kw_only=True):
    """A resource: its path, its name in events, required and writable fields, defaults, filters by equality."""

    path: str
    kind: str
    writable: frozenset[str] = frozenset()
    required: tuple[str, ...] = ()
    defaults: Fields = {}
    filters: tuple[str, ...] = ()
    deletable: bool = False
    in_v2: bool = False


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


CUSTOMER = Shape(
    path="customers",
    kind="customer",
    writable=_names(
        """first_name last_name email phone phones detail address city state zip marketing_ok shop_ids shop_id
        customer_type business_name fleet_id"""
    ),
    defaults={
        "first_name": None, "last_name": None, "email": None, "phone": None, "phones": [], "detail": None,
        "address": None, "city": None, "state": None, "zip": None, "marketing_ok": False, "shop_ids": [],
        "customer_type": "individual", "business_name": None, "fleet_id": None, "contacts": [],
        "integrator_tags": [],
    },
    filters=("last_name", "email"),
)  # fmt: skip
VEHICLE = Shape(
    path="vehicles",
    kind="vehicle",
    writable=_names("plate vin year make model engine color fleet_number detail customer_ids"),
    required=("make",),
    defaults={
        "plate": None, "vin": None, "year": None, "model": None, "engine": None, "color": None, "fleet_number": None,
        "detail": None, "customer_ids": [],
    },
)  # fmt: skip
REPAIR_ORDER = Shape(
    path="repair_orders",
    kind="repair_order",
    writable=_names(
        """status_id customer_id vehicle_id shop_id technician_id advisor_id detail preferred_contact_type
        customer_concern customer_source due_in_at due_out_at"""
    ),
    required=("customer_id", "shop_id"),
    defaults={
        "state": "estimate", "status_id": None, "vehicle_id": None, "technician_id": None, "advisor_id": None,
        "detail": None, "preferred_contact_type": None, "customer_concern": None, "customer_source": None,
        "due_in_at": None, "due_out_at": None, "started_at": None, "closed_at": None, "picked_up_at": None,
        "label": None, "services": [], "payments": [],
    },
    filters=("number", "customer_id", "vehicle_id", "shop_id", "technician_id"),
    in_v2=True,
)  # fmt: skip
APPOINTMENT = Shape(
    path="appointments",
    kind="appointment",
    writable=_names("start_at end_at shop_id staff_id repair_order_id title description"),
    required=("start_at", "shop_id"),
    defaults={
        "end_at": None, "staff_id": None, "repair_order_id": None, "title": None, "description": "",
        "integrator_tags": [],
    },
    filters=("shop_id", "repair_order_id"),
    deletable=True,
    in_v2=True,
)  # fmt: skip
NOTE = Shape(
    path="notes",
    kind="note",
    writable=_names("repair_order_id description"),
    required=("repair_order_id", "description"),
    filters=("repair_order_id",),
)
CANNED_JOB = Shape(path="canned_jobs", kind="canned_job", required=("title",), defaults={
    "category_id": None, "all_vehicles": True, "auto_applied": False, "fixed_price_cents": None,
    "labor_rate_cents": None, "is_fixed_price_service": False, "labors": [], "parts": [], "hazmats": [], "sublets": [],
    "inspections": [], "vehicles": [], "integrator_tags": [],
})  # fmt: skip
STATUS = Shape(path="statuses", kind="status")
SHOP = Shape(path="shops", kind="shop")
SHAPES = (CUSTOMER, VEHICLE, REPAIR_ORDER, APPOINTMENT, NOTE, CANNED_JOB, STATUS, SHOP)
