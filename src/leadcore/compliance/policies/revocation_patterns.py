"""Sentences that end contact, and that look as if they did.

Written over the normal form of `revocation.normal_form`: lower case, no accents, no apostrophes ("dont"), words parted
by single spaces.
"""

import re

from leadcore.compliance.policies.revocation_foreign import STOP_ES, STOP_FR

_SENT = (  # what we send, or the sending of it
    r"(?:text(?:s|ing|ed|in)?|txt(?:s|ing)?|messag(?:e|es|ing|in)|msg(?:s|ing)?|sms|contact(?:s|ing|ed)?|e"
    r" ?mail(?:s|ing)?"
    r"|mail(?:s|ing)?|call(?:s|ing|in)?|writ(?:e|ing)|spam(?:s|ming)?|bother(?:ing)?|harass(?:ing|ment)?|bug(?:ging)?"
    r"|pester(?:ing)?|annoy(?:ing)?|send(?:ing)?|reach(?:ing)? out|communicat(?:e|ing|ions?)|notifications?|alerts?"
    r"|reminders|marketing|solicit(?:ing|ations?)?|subscription|updates|promos?|promotions?|blowing up|hitting me up"
    r"|hounding|disturb(?:ing)?|following up|follow ups)"
)
_MANY = (  # the same as a thing one may not want: never a single call or text, which may be wanted otherwise
    r"(?:texts|texting|txts|messages|messaging|msgs|sms|emails|e mails|calls|spam|notifications|alerts|promos"
    r"|promotions|marketing|updates|communications?|(?:be )?(?:contacted|texted|messaged|called|bothered|emailed))"
)
_VERB = (
    r"(?:text|txt|message|msg|contact|e ?mail|call|write|bother|spam|send|bug|harass|ring|reach out|disturb|solicit)"
)
_NOT = r"(?:dont|do not|do nt|dnt|doont|never|not to|not|didnt ask you to|cant you not|no)"
_LIST = r"(?:list|lists|database|system|contacts|contact list|mailing list|text list|records|file|files|data base)"
_DROP = r"(?:remove|delete|take|drop|scratch|erase|unlist|get|pull|strike|wipe|clear|removing|taking)"
_MINE = (
    r"(?:me|us|my (?:cell |phone |mobile )?(?:number|name|phone|info|information|email|contact|data|cell"
    r"|details)|this (?:number|phone|email|line))"
)

_STOP = (
    (
        rf"\b(?:stop|quit|cease|halt|discontinue|end|cancel|knock off|cut out|refrain from|enough with)"
        rf"(?: (?:all|the|with|these|those|your|any|my|sending|me|of|this|further|future|more|fucking|damn"
        rf"|getting|receiving))*"
        rf" {_SENT}\b(?! (?:from (?:leaking|peeling|coming)))"
    ),
    (
        rf"\b{_NOT} (?:ever |please |you )?{_VERB}(?: (?:to|out))?"
        rf" (?:me|us|this|my|here|again|anymore|any ?more|any|no more|now|back|anything|more)\b"
    ),
    rf"^(?:please )?(?:dont|do not|never) {_VERB}(?: please)?$",
    rf"\b{_NOT} (?:ever |please )?{_VERB}(?: me| us| to)?(?: (?:or|nor|and) {_VERB})+\b",
    rf"\bno (?:more|further|additional|mas)(?: of)?(?: (?:the|your|these|those|this))? ?{_SENT}\b",
    r"\b(?:enough|no|zero|cancel|end) (?:texts|texting|messages|messaging|msgs|sms|spam)(?: (?:please|thanks|pls))?$",
    (
        rf"\b{_DROP} {_MINE} (?:off|from|out|of|please|now|asap|immediately|permanently|thanks|thank)\b"
        rf"(?!(?: (?:of|from|off))?(?: (?:the|that|this|your|my))? (?:schedule|calendar|wait ?list|waiting list"
        rf"|appointment"
        rf"|booking|slot|street|sun|heat|hold|waitlist))"
    ),
    rf"\b(?:remove|delete|unlist|erase) {_MINE}$",
    rf"\b(?:off|from) (?:your|the|this|ur|all|any|that)(?: \w+)? {_LIST}\b",
    r"\b(?:lose|forget|burn|trash|loose) (?:my|this) (?:number|phone|info|contact)\b",
    r"\bleave (?:me|us) (?:alone|be|the (?:hell|f\w+) alone)\b",
    r"\b(?:un ?subscrib\w*|unsuscrib\w*|unsubcrib\w*|unsub me)\b",
    r"\b(?:opt|opting|opted|opts) (?:me |us |my number )?out\b(?! of (?:the )?(?:warranty|insurance|upgrade|add))",
    r"\b(?:put|add|place) (?:me|us|this number|my number) (?:on|to)(?: \w+)? (?:do not|dnc|no) ?(?:call|contact|text)?",
    (
        r"\b(?:revoke|withdraw|rescind|cancel|revoking|withdrawing|rescinding)(?: (?:my|all|any|the|prior))* "
        r"(?:consent|permission|authorization|opt ?in|subscription)\b"
    ),
    r"\b(?:do not|dont|no longer|never) (?:give (?:you )?)?(?:consent|authorize|agree|permission)\b",
    (
        rf"\b(?:dont|do not|didnt|did not|no longer|doesnt|never) (?:want|wish|need|care|like|wanna|ask|asked"
        rf"|appreciate)"
        rf"(?: (?:for|to|any|get|getting|receive|receiving|your|ur|these|those|anymore|more|the|hear|further|be"
        rf"|to be|of|such|this))*"
        rf" {_MANY}\b"
    ),
    (
        r"\b(?:dont|do not|no longer|never) (?:want|wish|care|wanna|need)(?: to)?(?: ever)? hear(?:ing)? from (?:you"
        r"|u|ya|this|yall)"
    ),
    (
        rf"\b(?:want|wish|like|prefer|asked|asking|request|need|beg)(?: you)?(?: guys)? (?:to )?(?:no longer|not|never)"
        rf"(?: to)? (?:be )?(?:{_SENT}|{_MANY}|hear from you)\b"
    ),
    (
        r"\b(?:i )?(?:want|need|would like) (?:out|off)\b(?! (?:road|white|line|of my|of the lease))(?: of|"
        r" from)?(?: (?:this|these|your|the|here))?"
    ),
    r"\bcease (?:and|n) desist\b",
    r"\b(?:consent|permission|authorization) (?:is |has been )?(?:revoked|withdrawn|rescinded|denied)\b|^no consent$",
    r"\b(?:do not|dont|no longer|never) (?:have|had) (?:my |any )?(?:consent|permission|authorization)\b",
    (
        r"\bremove(?:d)? from (?:your |the |this |all )?(?:\w+ )?(?:list|lists|database|system|texts|messages"
        r"|communications)\b"
    ),
    (
        r"\b(?:stop|quit)(?:texting|messaging|calling)\b|\b(?:stop|stp|stopp|quit) (?:te?xti?n?g?|txtng"
        r"|textng|txting|texing|mesaging)\b"
    ),
    r"\b(?:dont|do not|never|stop|quit) (?:hit|hitting|blow|blowing|light|lighting) (?:me|us|my phone) ?up\b",
    r"\b(?:dont|do not) bother (?:texting|calling|writing|messaging|contacting)\b",
    r"\b(?:cancel|stop|end|terminate) (?:this|the|your|my) (?:service|subscription|program|membership|alerts)\b",
    (
        r"\b(?:make|making) (?:it|this|them|these) stop\b|\b(?:these|the|your) (?:texts|messages) (?:need|have"
        r"|must|should) "
        r"(?:to )?(?:stop|end)\b"
    ),
    (
        r"\b(?:go away(?! (?:for|next|to|on|this|in))|get lost|fuck off|f off|piss off|screw off|buzz off|bug"
        r" off|fuck you|eat shit)\b"
    ),
    r"\b(?:report|reported|reporting|marking|marked|flagging|flagged)(?: \w+){0,3} (?:as )?(?:spam|junk)\b",
    r"\b(?:im |i am |ive |i have |am |will be |gonna )?block(?:ing|ed) (?:you|this|your|u)\b",
    r"\b(?:please|pls|plz) stop$|\bstop (?:please|pls|plz)$|^stop (?:immediately|right now|already|asap|or i)\b",
    (
        r"\b(?:i|we) (?:said|told you(?: guys)?(?: to)?|asked you(?: guys)? to|already said|typed|texted|replied"
        r"|wrote) stop\b"
    ),
    r"\bplace (?:me|this number) on (?:the |your )?(?:internal )?do not\b",
    (
        r"\b(?:discontinue|terminate|cease|suspend)(?: (?:all|any|further|this|these|the))* (?:contact|service"
        r"|communications?)\b"
    ),
    # polite requests, passives, and what people threaten
    r"\b(?:rather|like to|love to) not (?:get|receive|have|be)\b.*\b(?:texts?|messages?|emails?|calls?|texted)\b",
    (
        r"\b(?:scrub|erase|purge|delete|remove|drop|take) (?:my|this) (?:contact )?(?:number|info|phone|data|contact"
        r"|email|name)(?: info| removed| please)*$"
    ),
    (
        r"\b(?:be|get|have me|wanna be|have my number) (?:removed|taken off|unsubscribed|deleted|dropped)\b"
        r"(?! (?:from |off )?(?:the |your )?(?:schedule|wait))"
    ),
    (
        r"\b(?:do not|dont|dnt|never|no) (?:\w+ ){0,2}(?:send|text|txt|message"
        r"|msg)\w*(?: me)?(?: (?:any|more|your|texts"
        r"|txts|messages|msgs))+\b"
    ),
    r"\b(?:do not|dont) (?:reply|respond)\b.*\b(?:text|message|contact)\b|^(?:\w+ )?(?:do not|dont) (?:text|txt)$",
    r"\b(?:mark|list|put|flag) (?:me |it |this )?(?:as )?(?:a )?do not (?:contact|text|call)\b",
    r"\bno (?:more )?(?:tint |promo |ad )?(?:texts|txts|txt|msgs|messages)\b(?! (?:yet|from you|received|came|back))",
    r"\b(?:never gave|didnt give|did not give|dont give|no) (?:you |u )?(?:any |my )?(?:permission|consent)\b",
    (
        r"\b(?:if you|text me again|next (?:text|message)|one more (?:text|message)"
        r"|message me again|contact me again)\b"
        r".*\b(?:report|sue|lawyer|attorney|fcc|ftc|court|block|police|complaint|harass\w*)\b"
        r"|\b(?:sue|report|block|lawyer|police|fcc)\b.*\b(?:text|message|contact|txt|write) (?:me )?again\b"
    ),
    r"\bleave my (?:phone|number) alone\b|\bget off (?:of )?my phone\b|\bshut (?:it|this|these) (?:off|down)$",
    (
        r"\b(?:turn|switch|shut) (?:off |down )?(?:these|the|those|your|all) (?:texts|messages|notifications|alerts)\b"
        r"|\b(?:turn|switch|shut) off (?:texts|messages|notifications|alerts)\b"
    ),
    (
        r"\b(?:disable|deactivate|suspend|pause|halt|kill|terminate|unenroll|mute)(?: (?:all"
        r"|the|these|those|your|me|my))*"
        r"(?: (?:texts|texting|messages|msgs|notifications|alerts|sms|me|from (?:texts|messages)))\b"
    ),
    (
        r"\b(?:these|the|your|those) (?:texts|messages|msgs|emails) (?:have to |need to |must |should )?(?:stop|end)\b"
        r"|\b(?:texts|messages|msgs|these|them|it) to stop$|\bmake (?:it|these|them|the|those)(?: \w+)? stop\b"
    ),
    (
        r"^(?:ok |ive had |i have had |please |i said )*enough(?: already| please)?(?: of (?:this|these"
        r"|it|the (?:texts|messages)))?$|\b(?:knock it off|cut it out)\b"
    ),
    r"\b(?:please|just|kindly) (?:cease|desist|halt|quit)\b|^(?:cease|desist|dnd|mute)$|\bcease and desist\b",
    r"\bno longer (?:wish|want|care) to (?:get|receive|have|be)\b",
    (
        r"\b(?:how|where|can|could)(?: \w+){0,3} (?:stop|end|unsubscribe|opt out)(?: (?:getting|receiving|of|from))*"
        r" (?:these|this|the texts|your|texts|messages|getting)\b(?! (?:appointment|heat|glare|noise|leak|place|shop))"
    ),
    r"(?<!when )\b(?:can|could|would|will|wont|pls|please) (?:you|u|ya)(?: (?:just|please|guys|all|kindly))* stop$",
    (
        r"\b(?:say|said|told|asked|ask|tell|texted|typed|replied)\b(?<!it say)(?: \w+){0,4} (?:to )?(?:stop|no more)$"
        r"|\btexted stop\b|\bwhy wont (?:you|u) stop\b"
    ),
    (
        r"\b(?:nah|bruh|bro|yo|dude|spam|harassment|interested|these messages|these texts|junk|thanks|thx|consent"
        r"|number|elsewhere|for this|enough|handled it) stop(?: (?:please|pls|thanks|it))?$"
    ),
    r"^(?:stop|quit)(?: (?:w|with))? (?:the |all |ur |your )?(?:texts|msgs|messages|txts)\b",
    r"^(?:stop|quit) (?:texts|texting)\b|\bunsubscription\b|\b(?:o?pt|op|0pt) (?:out|ouy|oit|iut)$",
    (
        r"\b(?:stop|quit) te(?:st|ct|zt)ing me\b|^(?:please |pls )?(?:sop|sto|stoop|stap|stip|stahp|stawp)"
        r"(?: (?:texting|messaging|it|please|me|calling)\b.*)?$|\b(?:pls|please|plz) (?:stahp|stawp|stoop|stap)\b"
    ),
    r"^(?:please )?end (?:this|these|it all)(?: (?:text|texts|chat|thread|chain|conversation|please))*$",
    r"^(?:please )?stop(?:texting|messaging|contacting|calling|emailing)|^(?:do ?not|dont) ?text ?me",
    r"^(?:please)?(?:remove ?me|leave ?me ?alone|opt ?me ?out|take ?me ?off)(?:please|pls|now|asap)?$",
)

STOP = tuple(re.compile(pattern) for pattern in (*_STOP, *STOP_ES, *STOP_FR))

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
            r"\b(?<!appreciate )(?<!like )(?<!appreciate it )(?<!great )(?:if|unless|before|until|when)"
            r" (?:you|i|we|it|they) (?:\w+ ){0,3}stop\b"
        ),
        r"\b(?:text|reply|say|send|type) stop (?:if|when)\b",
    )
)
"""A sentence of `STOP` that one of these also fits is for a person to judge."""

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
