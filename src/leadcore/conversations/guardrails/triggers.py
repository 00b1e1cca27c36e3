"""Which words may begin a claim. A word that cannot become one of these passes at once.

Stems hold as soon as they are complete ("guarant" for guarantee, guaranteed, ...), whole words when they end;
perhaps-words hold only if what follows is a claim too ("one dollar", but not "one question").
"""

from leadcore.conversations.guardrails.numerals import BELOW_HUNDRED, HUNDREDS, UNITS

_MONEY = {"dollar", "dolar", "buck", "euro", "peso", "percent", "porcient"}
_MONEY_WHOLE = {"usd", "cad", "eur", "cent", "cents", "centavos", "grand", "quid", "pounds"}
_NUMERALS = {"hundred", "thousand", "million", "millon", "dozen", "mil"} | set(HUNDREDS)
_DISCOUNTS = {"discount", "descuent", "rebaj", "rebate", "coupon", "cupon", "promo", "waive", "refund", "reembols"}
_PROMISES = {
    "guarant", "garant", "promis", "promet", "warrant", "lifetime", "gratis", "gratuit", "complimentary", "binding",
    "booked", "reserved", "confirmed", "scheduled", "agendad", "reservad", "confirmad", "legally",
}  # fmt: skip
_DAYS = {"tomorrow", "tonight", "manana", "midnight", "mediodia", "medianoche"}
_SELVES = {"human", "robot", "person", "machine"}
_LINKS = {"http", "www"}

STEMS = frozenset(
    _MONEY | _DISCOUNTS | _PROMISES | _DAYS | _SELVES | _LINKS | (_NUMERALS - {"mil"})
    | {word for word in BELOW_HUNDRED if word != "ten"}
)  # fmt: skip
WHOLE = frozenset(
    _MONEY_WHOLE
    | {"ten", "free", "half", "off", "mitad", "life", "vida", "today", "hoy", "noon", "within", "dentro", "dot", "soy"}
    | {"charge", "house", "money", "bot", "ai"}
    | {unit + scale for unit in UNITS for scale in ("hundred", "thousand", "cientos", "mil")}
)
PERHAPS = frozenset({*UNITS, "once", "mil"})

PREFIXES = frozenset(word[:end] for word in STEMS | WHOLE | PERHAPS for end in range(1, len(word) + 1))
