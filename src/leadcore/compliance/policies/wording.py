"""The two texts the law and the carriers script for us. One SMS segment each, and not a word of marketing."""

import re
import unicodedata

_BRAND_MAX = 40
_NOT_BASIC = re.compile(r"[^A-Za-z0-9 !\"#%&'()*+,\-./:;<=>?@$_]")
_SPACES = re.compile(r"\s+")


def confirmation_text(brand: str) -> str:
    """Return the one confirmation of an opt-out (47 CFR 64.1200(a)(12))."""
    return f"{_plain(brand)}: You are opted out and will get no more texts from us. Reply START to opt back in."


def help_text(brand: str, phone: str) -> str:
    """Return the answer to HELP (CTIA 5.1.2): who we are, how to reach a person, how to stop. *phone* may be empty."""
    reach = f"call {_plain(phone)}" if phone.strip() else "a person will read your message here"
    return f"{_plain(brand)}: For help {reach}. Msg & data rates may apply. Reply STOP to opt out."


def _plain(text: str) -> str:
    """Fold to single-unit characters of the GSM alphabet, so that a brand cannot double the price of the message."""
    folded = unicodedata.normalize("NFKD", text.replace("’", "'").replace("–", "-").replace("—", "-"))
    bare = "".join(ch for ch in folded if not unicodedata.combining(ch))
    return _SPACES.sub(" ", _NOT_BASIC.sub(" ", bare)).strip()[:_BRAND_MAX].strip() or "We"
