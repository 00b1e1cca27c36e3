"""What a customer wants, read from the words alone, in English and simple Spanish."""

import re
import unicodedata
from typing import Literal

from leadcore.conversations.values import Language

Wish = Literal["identity", "person", "price", "hours", "location", "phone", "thanks", "greeting"]

_IDENTITY = (
    r"\b(?:are (?:you|u)|r u|am i (?:talking|speaking|texting|chatting) (?:to|with)|is this|is it|you(?:'re| are) an?)"
    r"\b"
    r"[^.!?\n]{0,30}\b(?:human|robot|bot|chatbot|real|ai|a\.i\.|machine|automated|person)\b"
    r"|\b(?:eres|es usted|estoy hablando con|hablo con)\b"
    r"[^.!?\n]{0,20}\b(?:robot|bot|ia|humano|humana|persona|maquina)\b"
)
_PERSON = (
    r"\b(?:talk|speak|chat|connect me|transfer me|put me through)\b[^.!?\n]{0,20}\b(?:to|with)\b[^.!?\n]{0,15}"
    r"\b(?:person|human|manager|someone|somebody|owner|representative|agent|technician)\b"
    r"|\b(?:real|live|actual) (?:person|human|agent)\b|^\W*(?:human|agent|representative|person)\W*$"
    r"|\bhave (?:someone|somebody) call\b|\bcall me\b"
    r"|\bhablar con (?:una persona|alguien|el gerente|un humano|el dueno)\b|\bllam(?:en|ame|eme)\b"
)
_PRICE = (
    r"\bhow much\b|\bpric(?:e|es|ing)\b|\bquotes?\b|\bcosts?\b|\bcharge\b|\bestimate\b|\brates?\b"
    r"|\bcuanto\b|\bprecios?\b|\bcotiza|\bpresupuesto"
)
_HOURS = r"\bhours?\b|\bopen\b|\bclos(?:e|es|ed|ing)\b|\bhorarios?\b|\babren\b|\babiertos?\b|\bcierran\b"
_LOCATION = (
    r"\baddress\b|\bwhere (?:are|r) (?:you|u|y'all)\b|\bwhere is\b|\blocat(?:ed|ion)\b|\bdirections?\b"
    r"|\bdonde (?:esta|estan|queda|quedan)\b|\bdireccion\b|\bubicacion\b|\bubicados?\b"
)
_PHONE = r"\bphone\b|\b(?:your|shop'?s?) number\b|\bcan i call\b|\btelefono\b|\bnumero\b"
_THANKS = r"\bthank(?:s| you)?\b|\bthx\b|\bty\b|\bgracias\b"
_GREETING = r"^\W*(?:hi|hello|hey|hola|good (?:morning|afternoon|evening)|buen[oa]s)\b"
_SIGNS: dict[Wish, re.Pattern[str]] = {
    "identity": re.compile(_IDENTITY),
    "person": re.compile(_PERSON),
    "price": re.compile(_PRICE),
    "hours": re.compile(_HOURS),
    "location": re.compile(_LOCATION),
    "phone": re.compile(_PHONE),
    "thanks": re.compile(_THANKS),
    "greeting": re.compile(_GREETING),
}
_SPANISH = re.compile(
    r"[¿¡]|\b(?:hola|gracias|cuanto|cuesta|precio|quiero|necesito|puedo|hablar|horario|direccion|donde|abren|cierran"
    r"|carro|coche|camioneta|polarizado|cita|tienen|estan|persona|eres|buenos|buenas|usted)\b"
)


def wishes_in(text: str) -> tuple[Wish, ...]:
    """Every wish found in *text*, the most telling first. "Are you a real person?" does not ask for a person."""
    asked = fold(text)
    rest = _SIGNS["identity"].sub(" ", asked)
    return tuple(wish for wish, sign in _SIGNS.items() if sign.search(asked if wish == "identity" else rest))


def language_of(*texts: str) -> Language:
    """The language of the first of *texts* that shows one; English when none does."""
    return "es" if any(_SPANISH.search(fold(text)) for text in texts[:2]) else "en"


def fold(text: str) -> str:
    """*text* without case and accents, apostrophes made straight."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("’", "'"))
    return "".join(ch for ch in decomposed if not unicodedata.combining(ch))
