"""The states of the US: their names, the zones people live in there, and the postal codes.

Zones as in the tz database; a state that two zones share names both, however few live in the second. Postal codes by
their first three digits (USPS labelling list L002).
"""

import re

import msgspec

UNKNOWN_STATE = "ZZ"
"""Stands among a recipient's states when one of them cannot be told. ISO 3166-2 leaves ZZ to users."""


class State(msgspec.Struct, frozen=True):
    """A state, district or territory. `zips` are ranges of three-digit prefixes, both ends included."""

    name: str
    zones: tuple[str, ...]
    zips: tuple[tuple[int, int], ...]


_EAST, _CENTRAL, _MOUNTAIN, _WEST = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
_CARIBBEAN = "America/Puerto_Rico"
_BOISE, _DETROIT, _INDIANA = "America/Boise", "America/Detroit", "America/Indiana/Indianapolis"

STATES: dict[str, State] = {
    "AK": State("Alaska", ("America/Anchorage", "America/Adak"), ((995, 999),)),
    "AL": State("Alabama", (_CENTRAL,), ((350, 369),)),
    "AR": State("Arkansas", (_CENTRAL,), ((716, 729),)),
    "AS": State("American Samoa", ("Pacific/Pago_Pago",), ()),
    "AZ": State("Arizona", ("America/Phoenix", _MOUNTAIN), ((850, 865),)),
    "CA": State("California", (_WEST,), ((900, 961),)),
    "CO": State("Colorado", (_MOUNTAIN,), ((800, 816),)),
    "CT": State("Connecticut", (_EAST,), ((60, 69),)),
    "DC": State("Washington D.C.", (_EAST,), ((200, 200), (202, 205), (569, 569))),
    "DE": State("Delaware", (_EAST,), ((197, 199),)),
    "FL": State("Florida", (_EAST, _CENTRAL), ((320, 339), (341, 342), (344, 344), (346, 347), (349, 349))),
    "GA": State("Georgia", (_EAST,), ((300, 319), (398, 399))),
    "GU": State("Guam", ("Pacific/Guam",), ((969, 969),)),
    "HI": State("Hawaii", ("Pacific/Honolulu",), ((967, 968),)),
    "IA": State("Iowa", (_CENTRAL,), ((500, 528),)),
    "ID": State("Idaho", (_BOISE, _WEST), ((832, 838),)),
    "IL": State("Illinois", (_CENTRAL,), ((600, 629),)),
    "IN": State("Indiana", (_INDIANA, _EAST, _CENTRAL), ((460, 479),)),
    "KS": State("Kansas", (_CENTRAL, _MOUNTAIN), ((660, 679),)),
    "KY": State("Kentucky", (_EAST, _CENTRAL), ((400, 427),)),
    "LA": State("Louisiana", (_CENTRAL,), ((700, 714),)),
    "MA": State("Massachusetts", (_EAST,), ((10, 27), (55, 55))),
    "MD": State("Maryland", (_EAST,), ((206, 219),)),
    "ME": State("Maine", (_EAST,), ((39, 49),)),
    "MI": State("Michigan", (_DETROIT, _EAST, _CENTRAL), ((480, 499),)),
    "MN": State("Minnesota", (_CENTRAL,), ((550, 567),)),
    "MO": State("Missouri", (_CENTRAL,), ((630, 658),)),
    "MP": State("Northern Mariana Islands", ("Pacific/Guam", "Pacific/Saipan"), ()),
    "MS": State("Mississippi", (_CENTRAL,), ((386, 397),)),
    "MT": State("Montana", (_MOUNTAIN,), ((590, 599),)),
    "NC": State("North Carolina", (_EAST,), ((270, 289),)),
    "ND": State("North Dakota", (_CENTRAL, _MOUNTAIN), ((580, 588),)),
    "NE": State("Nebraska", (_CENTRAL, _MOUNTAIN), ((680, 693),)),
    "NH": State("New Hampshire", (_EAST,), ((30, 38),)),
    "NJ": State("New Jersey", (_EAST,), ((70, 89),)),
    "NM": State("New Mexico", (_MOUNTAIN,), ((870, 884),)),
    "NV": State("Nevada", (_WEST, _MOUNTAIN), ((889, 898),)),
    "NY": State("New York", (_EAST,), ((5, 5), (100, 149))),
    "OH": State("Ohio", (_EAST,), ((430, 459),)),
    "OK": State("Oklahoma", (_CENTRAL,), ((730, 732), (734, 749))),
    "OR": State("Oregon", (_WEST, _BOISE), ((970, 979),)),
    "PA": State("Pennsylvania", (_EAST,), ((150, 196),)),
    "PR": State("Puerto Rico", (_CARIBBEAN,), ((6, 7), (9, 9))),
    "RI": State("Rhode Island", (_EAST,), ((28, 29),)),
    "SC": State("South Carolina", (_EAST,), ((290, 299),)),
    "SD": State("South Dakota", (_CENTRAL, _MOUNTAIN), ((570, 577),)),
    "TN": State("Tennessee", (_EAST, _CENTRAL), ((370, 385),)),
    "TX": State("Texas", (_CENTRAL, _MOUNTAIN), ((733, 733), (750, 799), (885, 885))),
    "UT": State("Utah", (_MOUNTAIN,), ((840, 847),)),
    "VA": State("Virginia", (_EAST,), ((201, 201), (220, 246))),
    "VI": State("U.S. Virgin Islands", (_CARIBBEAN, "America/St_Thomas"), ((8, 8),)),
    "VT": State("Vermont", (_EAST,), ((50, 54), (56, 59))),
    "WA": State("Washington State", (_WEST,), ((980, 994),)),
    "WI": State("Wisconsin", (_CENTRAL,), ((530, 549),)),
    "WV": State("West Virginia", (_EAST,), ((247, 268),)),
    "WY": State("Wyoming", (_MOUNTAIN,), ((820, 831),)),
}
_ALIASES = {"washington": "WA", "district of columbia": "DC", "virgin islands": "VI"}
_BY_NAME = {state.name.replace(".", "").casefold(): code for code, state in STATES.items()} | _ALIASES
_ZIP = re.compile(r"\s*(\d{3})\d{2}(?:-?\d{4})?\s*")


def state_named(text: str) -> str | None:
    """Return the code of a state written as a code or a name, in any case; None for what is neither."""
    word = text.replace(".", "").strip().casefold()
    return word.upper() if word.upper() in STATES else _BY_NAME.get(word)


def state_of_zip(text: str) -> str | None:
    """Return the state of a ZIP or ZIP+4; None for what is neither."""
    found = _ZIP.fullmatch(text)
    if found is None:
        return None
    prefix = int(found[1])
    return next((code for code, each in STATES.items() if any(low <= prefix <= high for low, high in each.zips)), None)
