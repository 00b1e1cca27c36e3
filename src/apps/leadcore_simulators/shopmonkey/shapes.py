"""Which fields each resource knows. Everything else in a body is swallowed with a 200."""

from typing import Any

from msgspec import Struct

Fields = dict[str, Any]


class Shape(Struct, frozen=True, kw_only=True):
    """A resource: its webhook table and trigger, fields a client may write, defaults, owner field."""

    table: str
    trigger: str | None
    writable: frozenset[str]
    required: tuple[str, ...] = ()
    defaults: Fields = {}
    owner: str | None = None


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


ORDER = Shape(
    table="order",
    trigger="Order",
    owner="customerId",
    writable=_names(
        """name complaint recommendation status workflowStatusId workflowStatusPosition authorized authorizedDate
        invoiced invoicedDate paid archived customerId vehicleId locationId emailId phoneNumberId serviceWriterId
        assignedTechnicianIds requestedDepositCents dueDate completedDate purchaseOrderNumber externalNumber
        labels metadata customFields discountCents discountPercent"""
    ),
    defaults={
        "name": None, "complaint": None, "recommendation": None, "status": "Estimate", "authorized": False,
        "authorizedDate": None, "invoiced": False, "invoicedDate": None, "paid": False, "fullyPaidDate": None,
        "archived": False, "deleted": False, "imported": False, "readOnly": False, "customerId": None,
        "vehicleId": None,
        "conversationId": None, "emailId": None, "phoneNumberId": None, "serviceWriterId": None,
        "assignedTechnicianIds": [], "appointmentDates": [], "messageCount": 0, "messagedDate": None,
        "shopUnreadMessageCount": 0, "inspectionCount": 0, "inspectionStatus": "None", "totalCostCents": 0,
        "paidCostCents": 0, "remainingCostCents": 0, "laborCents": 0, "partsCents": 0, "taxCents": 0,
        "discountCents": 0,
        "discountPercent": 0, "totalLaborHours": 0, "requestedDepositCents": 0, "depositFullyPaid": False,
        "attributionSource": "Manual", "attributionMessageId": None, "labels": [], "metadata": None,
        "customFields": None, "dueDate": None, "completedDate": None, "repairOrderDate": None,
        "purchaseOrderNumber": None,
    },
)  # fmt: skip

CUSTOMER = Shape(
    table="customer",
    trigger="Customer",
    writable=_names(
        """customerType firstName lastName companyName address1 address2 city state postalCode country note
        locationIds preferredContactMethod marketingOptIn referralSourceId externalId fleetId discountPercent
        taxExempt customFields metadata"""
    ),
    defaults={
        "customerType": "Customer", "firstName": None, "lastName": None, "companyName": None, "address1": None,
        "city": None, "state": None, "postalCode": None, "country": None, "note": None, "emails": [],
        "phoneNumbers": [], "preferredContactMethod": "SMS", "marketingOptIn": False, "referralSourceId": None,
        "externalId": None, "fleetId": None, "discountPercent": 0, "taxExempt": False, "messageCount": 0,
        "appointmentCount": 0, "transactionCount": 0, "deferredServiceCount": 0, "lastTimeOrderWorked": None,
        "customFields": None, "metadata": None,
    },
)  # fmt: skip

VEHICLE = Shape(
    table="vehicle",
    trigger="Vehicle",
    owner="_owner",
    required=("size",),
    writable=_names(
        """year make makeId model modelId submodel vin licensePlate licensePlateState licensePlateCountry color size
        type drivetrain transmission engine mileage mileageUnit unit note"""
    ),
    defaults={
        "year": None, "make": None, "model": None, "submodel": None, "vin": None, "licensePlate": None,
        "licensePlateState": None, "color": None, "type": None, "mileage": None, "mileageUnit": "Mile", "note": None,
    },
)  # fmt: skip

APPOINTMENT = Shape(
    table="appointment",
    trigger="Appointment",
    owner="customerId",
    required=("name", "color", "startDate", "endDate"),
    writable=_names(
        """name startDate endDate allDay color note customerId vehicleId orderId locationId confirmationStatus
        cancellationNote sendConfirmation sendReminder useEmail useSMS customerEmailId customerPhoneNumberId
        confirmationSubject confirmationText reminderSubject reminderText rruleset metadata"""
    ),
    defaults={
        "allDay": False, "note": None, "customerId": None, "vehicleId": None, "orderId": None,
        "confirmationStatus": "NoResponse", "cancellationNote": None, "sendConfirmation": False, "sendReminder": False,
        "useEmail": False, "useSMS": False, "origin": "Shop", "attributionSource": "Manual", "metadata": None,
    },
)  # fmt: skip

CANNED_SERVICE = Shape(
    table="canned_service",
    trigger=None,
    required=("name",),
    writable=_names(
        """name note pricing fixedPriceCents bookable bookableOrdinal recommended express lumpSum labels locationId
        labors parts fees"""
    ),
    defaults={
        "note": None, "pricing": "FixedPrice", "fixedPriceCents": 0, "totalCents": 0, "bookable": False,
        "bookableOrdinal": None, "recommended": False, "express": False, "lumpSum": True, "deleted": False,
        "labels": [], "labors": [], "parts": [], "fees": [],
    },
)  # fmt: skip

SERVICE = Shape(
    table="service",
    trigger=None,
    owner="orderId",
    required=("name",),
    writable=_names(
        "name note totalCents laborHours cannedServiceId authorizationStatus deferredReason labors parts fees"
    ),
    defaults={"note": None, "totalCents": 0, "authorizationStatus": "NotAuthorized", "deferredReason": None},
)

MESSAGE = Shape(
    table="message",
    trigger="Message",
    owner="customerId",
    required=("text",),
    writable=_names("text type sendEmail sendSms emailSubject"
        " customerId orderId appointmentId emailId phoneNumberId internal"),
    defaults={
        "type": "Transactional", "authorType": "User", "sendEmail": False, "sendSms": False, "emailStatus": None,
        "smsStatus": None, "emailError": None, "smsError": None, "origin": "Web", "internal": False,
        "customerId": None, "orderId": None, "appointmentId": None,
    },
)  # fmt: skip

WEBHOOK = Shape(
    table="webhook",
    trigger=None,
    required=("name", "url", "triggers"),
    writable=_names("name url triggers enabled secret version locationId"),
    defaults={
        "enabled": True, "version": "3", "locationId": None, "error": False, "errorMessage": None, "errorDate": None,
    },
)  # fmt: skip

READ_ONLY = ("workflow_status", "location", "user")

ENUMS: dict[str, dict[str, frozenset[str]]] = {
    "order": {"status": _names("Estimate RepairOrder Invoice")},
    "vehicle": {"size": _names("LightDuty MediumDuty HeavyDuty Other")},
    "canned_service": {"pricing": _names("FixedPrice LineItem")},
    "appointment": {
        "color": _names("aqua black blue brown gray green orange purple red yellow"),
        "confirmationStatus": _names("Confirmed Declined NoResponse"),
    },
    "customer": {"customerType": _names("Customer Fleet"), "preferredContactMethod": _names("SMS Email All")},
}
TRIGGERS = _names("Appointment Customer Inspection Inventory Message Order Payment PurchaseOrder User Vehicle Vendor")
