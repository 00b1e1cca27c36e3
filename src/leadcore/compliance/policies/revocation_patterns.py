"""Sentences that look as if they ended contact: doubtful ones, harmless ones, grudges.

Written over the normal form of `revocation_surface.normal_form`: lower case, no accents, no apostrophes ("dont"), words
parted by single spaces.
"""

import re

_VERB = (
    r"(?:text|txt|message|msg|contact|e ?mail|call|write|bother|spam|send|bug|harass|ring|reach out|disturb|solicit)"
)
_DROP = r"(?:remove|delete|take|drop|scratch|erase|unlist|get|pull|strike|wipe|clear|removing|taking)"
_MINE = (
    r"(?:me|us|my (?:cell |phone |mobile )?(?:number|name|phone|info|information|email|contact|data|cell"
    r"|details)|this (?:number|phone|email|line))"
)

HEDGED = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:dont|do not|never|didnt|please dont|why|when) (?:you )?stop\b",
        r"\b(?:why|when|how come|did|have|has)(?: did| have)?(?: you| u| yall| they)(?: guys)? (?:stop\w*|quit)\b",
        (
            rf"\b(?:dont|do not) {_VERB}\b.*\b(?:until|till|before|after|while|during|at work|at night|this late"
            rf"|so late|so early"
            r"|this early|today|right now|between|on sundays?|on weekends?|yet|tomorrow)\b"
        ),
        r"\bno me (?:llam|escrib|mand|text)\w+.*\b(?:hasta|antes|despues|mientras|hoy|manana|trabajo|noche)\b",
        (
            r"\b(?<!appreciate )(?<!like )(?<!appreciate it )(?<!great )(?<!grateful )(?<!nice )"
            r"(?<!love )(?<!love it )(?<!awesome )(?<!thankful )(?<!glad )(?<!better )(?<!helpful )(?<!wonderful )"
            r"(?<!kind )"
            r"(?:if|unless|before|until|when)"
            r" (?:you|i|we|it|they) (?:\w+ ){0,3}stop\b"
        ),
        r"\b(?:text|reply|say|send|type) stop (?:if|when)\b",
    )
)
"""A sentence that ends contact and that one of these also fits is for a person to judge."""
HEDGING = ("stop", "quit", "dont", "do not", "no me")
"""None of `HEDGED` fits a sentence without one of these."""

HARMLESS = tuple(
    re.compile(pattern)
    for pattern in (
        (
            r"\bstop(?:ping|ped|s)? (?:by|in|at|over|through|off|on over|on by|and (?:see|look|talk|check|say)|to"
            r" (?:see|look|pick|drop|get))\b"
        ),
        r"\b(?:bus|truck|pit|rest|next|first|last|door|back|full|f|one|non|short|quick|whole|gas|tail|brake) stops?\b",
        r"\bstop (?:sign|light|lights|watch|leak|motion|shop|gap|job|work|traffic|tint|loss)\b|\bstoplights?\b",
        (
            r"\b(?:cant|cannot|couldnt|wont|never|didnt|doesnt|dont|not) stop (?:thinking|looking|talking|loving"
            r"|smiling|raving|laughing|working"
            r"|until|now|there|leaking|making)\b"
        ),
        (
            r"\b(?:will|does|do|would|can|could|to|help|helps|and|it|that|really|film|tint|ppf|coating) (?:\w+"
            r" )?stop(?:s|ping)?"
            r" (?:\w+ ){0,3}?(?:heat|uv|sun|sunlight|glare|rock|rocks|chips|scratch\w*|fad\w*|rays|leak\w*"
            r"|peel\w*|bubbl\w*|damage|rust|water"
            r"|dirt|bugs|light|noise|rattl\w*|squeak\w*|cracking|swirls|stain\w*|etching|hail|thieves|theft|people)\b"
        ),
        (
            r"\b(?:reply|text|respond|txt|send|type|responda|envie|repondez|msg|w|with)(?: with)? stop(?:"
            r" \w+)?(?: to (?:opt out|unsubscribe|end"
            r"|cancel|quit|stop|be removed))?\b"
        ),
        r"\bstop to (?:opt out|unsubscribe|end|cancel|quit|stop)\b",
        (
            r"\bcancel(?:led|ed|ing|lation|s)?\b(?= (?:my|the|our|that|this|an|a|his|her|for|todays|tomorrows|on"
            r"|if|with|policy|fee|or))"
            r"(?! (?:the|this|that|my) (?:text|message|subscription))"
        ),
        r"\b(?:cancell?ation|cancell?ed|cancell?ing)\b|\b(?:noise|active) cancel\w*\b",
        (
            r"\b(?:can i|can we|could i|need to|have to|want to|had to|i must|should i|how do i|may i|gotta"
            r"|going to) cancel\b"
            r"(?= (?:and|or|by|if|on|because|due|without|until|before|anytime|any time|tomorrow|today|monday"
            r"|tuesday|wednesday|thursday|friday"
            r"|saturday|appointment|order|booking|quote))"
        ),
        r"\bcancelar (?:mi|la|el|una|mi cita|cita)\b|\bannuler (?:mon|le|la|ma|un)\b",
        (
            r"\b(?:front|rear|back|high|low|top|bottom|week|year|month|day|deep|tail|dead|loose|far|other|each|both)"
            r" ends?\b"
        ),
        (
            r"\b(?:the|by|at|in|to|this|an|til|till|until|before|towards?) (?:very )?end\b|\bend (?:of|up|date|time"
            r"|result|user|table|cap|s)\b"
        ),
        (
            r"\b(?:quit|quitting|quits) (?:my|his|her|their|the|working|on me|smoking|job|early|a|at|when|for"
            r"|running|cooling)\b"
        ),
        r"\b(?:who|he|she|they|guy|it|battery|engine|ac|car|truck|window|computer|phone|job|just|manager) quit\b",
        r"\b(?:remove|removing|removal)(?! me\b)\b",
        r"\b(?:en|de|muy|mas|un|el|por lo|alto) alto\b|\b(?:planta|parte|mas) baja\b|\bsin parar\b|\bbasta con\b",
        (
            r"\bno spam\b|\bnot spam\b|\bstart to end\b|\barret (?:de|d) bus\b|\b(?:good|big|strong|close|is|not"
            r"|old|large|long|was|are|thats|fast|far"
            r"|be|nice) enough\b"
        ),
    )
)
"""Taken out before anything is called ambiguous."""

SUSPICIOUS = tuple(
    re.compile(pattern)
    for pattern in (
        (
            r"\bnot interested\b(?! in)|\bno (?:longer|estoy) interes\w+\b(?! (?:in|en))|\bno me interesa\b(?!"
            r" (?:el|la|los|las))"
            r"|\bpas interesse\w*\b|\bplus interesse\w*\b|\bno interest\b$"
        ),
        (
            r"\b(?:never|didnt|did not) (?:sign(?:ed)? up|subscribe[d]?|opt(?:ed)? in|ask(?:ed)? for (?:this|these)"
            r"|give you my|gave you my|request\w* this)\b"
        ),
        (
            r"\b(?:is|its|this) (?:spam|harassment|a scam)\b|\b(?:my (?:lawyer|attorney)|sue you|tcpa|fcc|ftc|small"
            r" claims|legal action)\b"
        ),
        r"\bhow did (?:you|u) get (?:my|this) (?:number|info|phone)\b|\btoo many (?:texts|messages|calls|emails)\b",
        r"\bi quit\b$|\bwe are done\b|\b(?:were|im|i am) done with (?:you|this|yall)\b",
        rf"\b{_DROP} {_MINE} (?:off|from)\b",
    )
)
"""Ambiguous though no word of revocation is in them."""
