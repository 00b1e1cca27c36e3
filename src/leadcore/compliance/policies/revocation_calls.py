"""Sentences of somebody who minds calls and not texts, over the normal form of the classifier."""

import re

PREFERS_TEXT = re.compile(
    r"\b(?:just|only|better|instead|rather|prefer|please) (?:to )?(?:text|txt|message)|\b(?:text|txt|message|sms)"
    r" (?:me|us|only|instead|please|is (?:better|best|fine|good))|\b(?:escrib|mand|textee)\w* ?(?:me|un|por)?"
    r" ?(?:mensaje|texto)?"
    r"|\becri\w+ (?:moi|un)|\b(?:ecrivez|textez|ecris|texte)\b|\bmejor (?:por )?(?:texto|mensaje|text)"
)
NOT_CALLED = re.compile(
    r"\b(?:dont|do not|no|not|stop|quit|never|no me|ne) ?(?:please )?(?:m|me )?(?:call|calling|calls|phone|ring"
    r"|llam\w+|appel\w+)\b"
)
TEXT_REFUSED = re.compile(
    r"\bni (?:me )?(?:escrib|mand|text|envi)|\becri\w+ (?:pas|plus)\b|\bcall(?:ing)?(?: me| us)?(?:"
    r" (?:or|nor|and))+ (?:text|txt|messag|sms)\w*(?! (?:me |us )?(?:instead|only))|"
    r"\b(?:dont|do not|stop|no|quit|no more|never) (?:(?!call|phone|ring)\w+"
    r" )?(?:text|txt|messag|msg|sms|contact|mensaj|textos)"
)
