"""The catalog a new account starts with: a tint, film and coating shop. Money in cents, work in hours."""

from typing import Any

Fields = dict[str, Any]

_RATE_CENTS = 9500
_ENTRIES: tuple[tuple[str, int, float, str], ...] = (
    ("Carbon Tint - Full Vehicle - Sedan", 27900, 2.5, "Carbon film, all sides and rear. Lifetime warranty."),
    ("Carbon Tint - Full Vehicle - SUV", 32900, 3.0, "Carbon film, all sides and rear. Lifetime warranty."),
    ("Ceramic Tint - Full Vehicle - Coupe", 44900, 3.0, "Nano-ceramic film, up to 98 % infrared rejection."),
    ("Ceramic Tint - Full Vehicle - Sedan", 49900, 3.5, "Nano-ceramic film, up to 98 % infrared rejection."),
    ("Ceramic Tint - Full Vehicle - SUV", 59900, 4.0, "Nano-ceramic film, up to 98 % infrared rejection."),
    ("Ceramic Tint - Full Vehicle - Truck", 54900, 3.5, "Nano-ceramic film, up to 98 % infrared rejection."),
    ("Ceramic Windshield Tint", 24900, 1.5, "Clear 70 % ceramic film on the windshield."),
    ("Tint Removal - Full Vehicle", 19900, 2.0, "Old film and glue removed from all windows."),
    ("PPF - Partial Front", 89900, 6.0, "Partial hood and fenders, full bumper, mirrors."),
    ("PPF - Full Front", 189900, 10.0, "Full hood, fenders, bumper, mirrors and headlights."),
    ("PPF - Full Body", 549900, 32.0, "Every painted panel, edges wrapped."),
    ("Ceramic Coating - 1 Year", 59900, 5.0, "One-step polish and one layer."),
    ("Ceramic Coating - 3 Year", 99900, 8.0, "One-step polish and two layers."),
    ("Ceramic Coating - 5 Year", 149900, 12.0, "Two-step correction and two layers, wheels included."),
    ("Full Detail - Inside and Out", 24900, 4.0, "Hand wash, clay, interior deep clean."),
)


def canned_services() -> list[Fields]:
    """Give the bodies of the default canned services."""
    return [
        {
            "name": name,
            "note": note,
            "pricing": "FixedPrice",
            "fixedPriceCents": price_cents,
            "bookable": True,
            "bookableOrdinal": position,
            "labors": [{"name": name, "note": None, "hours": hours, "rateCents": _RATE_CENTS, "multiplier": 1}],
        }
        for position, (name, price_cents, hours, note) in enumerate(_ENTRIES)
    ]
