"""English sentences that end contact, as rules of `revocation_grammar`.

Sources: 47 CFR 64.1200(a)(10) ("any reasonable means"), and how people write. Each name is what a person would say the
sentence does; it is kept as the evidence of what decided.
"""

_NOT = "(NEG|(don t|ot|nt|not)|(do|does|did|to|can|could|would YOU? NOT)|(can|could YOU NOT))"
_NEVER = f"({_NOT} (ever|please|you|u|be|keep|want|even|dare|try|to)*)"
_GAP = (
    "(SWEAR|all|the|with|w|wit|these|those|your|ur|any|my|me|sending|getting|receiving|of|this|further|future"
    "|more|for|from"
    "|automated|auto|please|pls|plz|out|off|to|having|you|damn|a)"
)
_MINE = (
    "(ME|(MY (SWEAR|my|cell|phone|mobile|contact|full|personal|home|work)* NUMBER)|((my|this) (name|cell|info) and"
    " NUMBER))"
)
_OURS = (
    "((YOUR|my|of|from|on|off|out)*"
    " (text|texting|contact|mailing|mail|sms|marketing|email|phone|calling|call|customer|lead|promo)* LIST)"
)

STOP_RULES: dict[str, tuple[str, ...]] = {
    "told to stop sending": (
        f"STOP {_GAP}* DOING !(just|only text|txt)",
        f"END {_GAP}* SENT !(from|instead)",
        "^ PLEASE* STOP (SWEAR|w|with|the|all|this|these)* THINGS PLEASE* $",
        "STOP (sending|sendin|mandandome|giving|getting|receiving) (ME|SWEAR|to)* (THINGS|YOUR) ",
        "STOP (this|the|that) (bot|robot|nonsense|madness|spam|harassment|crap|shit|bs)",
        (
            "how (do|can|to) (i|you|we)* (STOP|unsub|unsubscribe|end)"
            " (from|getting|receiving|all|these|those|this|the|your)* (SENT|THINGS)? $"
        ),
        (
            "how|where (do|can|to) (i|we|you)? (turn|shut|switch|get) (these|this|it|them|those|off)"
            " (off|of|these|this|from)? (from|your|this|the|LIST)* $"
        ),
    ),
    "told to stop": (
        (
            "YOU (guys|all|people|really|must|should|need|gotta|have|got|better|just|2|to|please|ought|can)*"
            " (to|2|must|gotta|should) STOP PLEASE* $"
        ),
        "ASKED (YOU|guys|nicely|politely|them|all|people)* (to|2 / that YOU)? STOP PLEASE* $",
        "(demand|insist|request) (that)? (you|u) STOP",
        "ASKED (YOU|guys|nicely|politely)* to STOP PLEASE* _{0,3} $",
        "(wont|not) (this|these|it|you|u|they|yall) STOP",
        "(part|meaning) of STOP",
        (
            "(i|ive|we|keep|already|times) (keep|already|just|have|said|to|need|do|i|clearly|literally)*"
            " (SAID|text) (STOP|unsubscribe|arretez) PLEASE* _{0,2} $"
        ),
        (
            "^"
            " (PLEASE|SWEAR|ugh|nah|nope|naw|no|nah|wow|yo|well|sorry|for|the|love|of|god|gods|sake|fuck|im|over"
            "|it|done|but|we|are|am|very|really|super|youre|are|annoying|weird|creepy|also|then|cmon|come|on|u"
            "|FUCK|non|si|oui|yes|yeah|yep|stfu|wtf|stop|please|voice|dictation)*"
            " stop|unsubscribe|unsub|optout"
            " (PLEASE|SWEAR|stop|it|this|that|it|me|texting|for|good|pretty|n|a|sake|gods|ugh)* $"
        ),
        "means STOP",
        "STOP or (i|im|ill|else|we|you|my)",
        "STOP before (i|we) (THREAT|call|file|go|block)",
        "(text|texts|texting|message|messages|texts) period $",
        "delete|remove|erase MY? NUMBER (info)? and stop",
    ),
    "asked not to be written to": (
        (
            f"{_NEVER} TEXT (to|out)? (ME / my (SWEAR|cell|phone)* NUMBER /"
            " this|here|back|now|these|those|this|AGAIN|no|any)"
            " !(of|if|when|updates|a|ready)"
        ),
        f"^ PLEASE* {_NEVER} TEXT ((or|nor|and)? TEXT)* PLEASE* $",
        f"{_NEVER} TEXT TEXT? (or|nor|and) TEXT ME",
        f"{_NEVER} TEXT ((or|nor|and) TEXT)+ (ME|this|AGAIN)",
        "(never|dont) (again|ever)* TEXT ME",
        "(can|could|would|will) YOU (please|maybe|just)* NOT (TEXT|send)",
        "(dont|not|dnt|never) (WANT / WANT to) YOU (guys|people|to|all)* (TEXT|DOING)",
        (
            "(dont|not|dnt|never|longer|doesnt)"
            " (really|even|WANT|to|2|any|get|getting|receive|receiving|have|see|your|ur|the|anymore|ever|more|of"
            "|these|those|such|this|be|no|part|nothing|anything|from|in)* WANT"
            " (to|2|any|get|getting|receive|receiving|have|see|your|ur|the|anymore|ever|more|of|these|those|such"
            "|this|no|be|part|on|auto|automated|promotional|text|SWEAR|tx)*"
            " (SENT|BEEN|LIST / YOUR LIST / anything from YOU / hear from)"
        ),
        (
            "(dont|not|dnt|never|longer) (WANT|to|get|receive|have)* WANT (to|get|receive|have)* (these / anything"
            " from / any more of / this anymore / these anymore / more of these)"
        ),
        "(dont|not|never) (WANT) (any)? more (of)? (these|those|this)",
        "(dont|not|never) WANT (to|2) (talk|speak|text|chat|deal|do) (to|with|anything)+ YOU (again|anymore|ever)",
        (
            "(rather|prefer|preferred|appreciate|like|love) (it)? (if)? YOU (didnt / dont / did not / do not / not"
            " / would not / stopped / would stop / stop / quit) DOING|TEXT"
        ),
        (
            "(rather|prefer|like|appreciate) (to)? (not|no)"
            " (to|get|getting|receive|receiving|have|be|further|more|these|any)* (SENT|BEEN|THINGS|DOING)"
        ),
        "(appreciate|like) (if|it / it if)? YOU (would|stopped|stop) (stop)? DOING",
        "(do|does) not TEXT PLEASE* $",
        "(dont|not) (keep|be) (on)? DOING",
        "(dont|not|never) (hit|blow|light) (ME|my|this) (up|phone|line|cell|number)",
        "^ (do not / dont / dnt) (call|contact|text) (list|registry) PLEASE* $",
        "^ PLEASE* (me|i)? opt me (the|hell|heck|fuck)* out PLEASE* $",
        "(as|to|on|onto|a) (the|your|a|internal)* (do not / dont / no) (call|contact|text)",
    ),
    "no more of them": (
        (
            "no (more|further|additional|mas) (of)?"
            " (the|your|these|those|this|ur|SWEAR|promo|marketing|text|sms|tint)* (SENT / DOING / these / ads)"
            " !(yet|received|came|come)"
        ),
        "no (more|mas) (of) THINGS",
        "^ PLEASE* (no more / no mas / no thanks / no) (SENT|these|this) PLEASE* $",
        (
            "^ (PLEASE|we|im|are|already|no)* (enough) (with|of)?"
            " (the|your|these|this|SWEAR|SENT|DOING|it|already)* PLEASE* $"
        ),
        "^ PLEASE* no more PLEASE* $",
    ),
    "remove me": (
        (
            f"DROP {_MINE} (off|from|out|of|form|frm|please|now|asap|thanks|immediately|permanently|pls|plz)"
            " !((the|of|your|my|this)* (_)?"
            " (schedule|calendar|waitlist|wait|waiting|appointment|booking|slot|hold|street|sun|heat|work|hook"
            "|quote|order|payment))"
        ),
        (
            "(PLEASE|interested|thanks|so|must|you|YOU / can you / could you)*"
            f" (remove|rmv|remov|delete|del|unlist|erase|drop|scratch) {_MINE} PLEASE* $"
        ),
        (
            "(off|from|out|form|frm) (of)? (your|ur|yall|yalls|this|these|ya)"
            " (SWEAR|text|texting|contact|mailing|marketing|sms|email|phone|calling|call|customer|lead|promo)*"
            " LIST !(yet)"
        ),
        f"(get|be|have|getting) (removed|taken) (of|off|out|from)* (my NUMBER / {_OURS})",
        "get rid of (my|this) NUMBER",
        "(lose|loose|forget|burn|trash|toss|unsave|ditch) (my|this) (SWEAR|cell|phone)* NUMBER",
        "(throw|toss) (away|out) (my|this) NUMBER",
        "forget (that)? (YOU) (ever)? (have|had|got|know) (my|this) NUMBER",
        (
            "^ PLEASE* (remove|delete|del|rmv|erase|drop|unlist) (this|my|the|cell|phone|contact)* NUMBER"
            " (info|number)? PLEASE* $"
        ),
        "(request|requesting|want|need|demand) (a|my|for)* removal",
        "removal (from|of) (my|this|your|the)* (LIST|NUMBER)",
        "let me (out of|off) (this|your|the)",
        (
            "(opt|opting) (ME / my number)? (the|hell|heck|fuck)* out !(of (the)?"
            " (warranty|insurance|upgrade|add|protection|plan))"
        ),
        (
            "^ PLEASE* (me|i)? (opt|opting|opts|0pt|optt|otp|op|opy|ott|ot)"
            " (out|our|oit|ot|ouy|iut|ut|ou|outt|0ut|oout) PLEASE* $"
        ),
        "(mark|list|flag|put|add|note) (me|my|this|us) (NUMBER)? (as|to|on|down)* (do not / dnc / dont / no)",
        "^ PLEASE* block (me / my NUMBER) PLEASE* $",
        "^ PLEASE* unsub~ ",
    ),
    "leave me alone": (
        "leave (ME / my phone / my number) (the|SWEAR|tf|hell|fuck|heck)* (alone|be)",
        "^ PLEASE* let me be PLEASE* $",
        "^ PLEASE* (cut|knock) (it|that|this) (out|off) PLEASE* $",
        "^ PLEASE* FUCK (off|you|u|yall|urself|yourself)",
        "^ (turn|shut|switch) (these|this|it|them|those) (SENT)? off PLEASE* $",
        "^ PLEASE* (terminate|discontinue|cease|desist|halt|suspend) (and desist / desist)? PLEASE* $",
        "^ (get|go|piss|buzz|bug|screw|back|f) (away|lost|off) (PLEASE|bot|robot|you|spammer|SWEAR|creep)* $",
    ),
    "threat": (
        (
            "(text|message|contact|call|msg|bother|spam) (ME)? (again / one more time / anymore / 1 more time)"
            " (and|n|or|ill|i) _{0,4} (THREAT|calling|call|filing)"
        ),
        "(one|1|next|another|any) (more)? (text|message|msg|call) (and|n|i|ill|or|gets|will / from you)* _{0,3} THREAT",
        (
            "(any|further|more|additional) (further|more|additional)? (SENT|contact|contacts|attempts) _{0,3}"
            " (will|is|are|be|considered|constitutes|would|shall)+ _{0,3} (THREAT|reported|illegal)"
        ),
        (
            "(will|ill|gonna|going|im|am|be|to) (THREAT|take|file|press|pursue|call) _{0,5} if (YOU|i)"
            " (TEXT|get|keep|ever|dont|do|receive|continue)"
        ),
        "if (YOU|i) (TEXT|get|keep|ever|dont|receive|continue|message) _{0,4} (THREAT|calling|call|hear)",
        "(will|ill|gonna|going|im|am|i) (to|be|gonna|going|will)* (block|blocking) (YOU|this|ur|your|the)",
        "^ (i|im|am|have|ive|PLEASE)* (blocked|bloqueado|bloque) (and|n|reported|YOU|PLEASE|deleted)* $",
        (
            "(reported|reporting|report) (YOU|this|it|ur|number|and|as|for|u)* (to the|to|for|as)"
            " (fcc|ftc|bbb|spam|junk|harassment|police|authorities|carrier)"
        ),
    ),
    "consent ends": (
        (
            "(revoke|revoking|withdraw|withdrawing|rescind|rescinding|retract|retiro|revoco)"
            " (my|all|any|the|prior|previous|express|SWEAR)* CONSENT"
        ),
        "(dont|not|never|didnt) (have|had|give|gave|given|giving) (YOU)? (my|any|the|explicit)* CONSENT",
        (
            "(never|not|didnt|dont) (ever)? AGREE (YOU)?"
            " (to|for|get|getting|receive|receiving|be|these|your|any|this)* (SENT|BEEN|DOING)"
        ),
        "CONSENT (is|has|been|was|hereby)* (revoked|withdrawn|rescinded|denied|removed)",
    ),
}
"""Each ends contact, unless a rule of `HOLD_RULES` doubts it."""

_OFF = "(stop|quit|unsub~|remove|delete|erase|block|drop|cancel|(take ME off)|(opt ME? out))"

HOLD_RULES: dict[str, tuple[str, ...]] = {
    "negated": (
        (
            "(dont|didnt|(do|did NOT)|never|dnt|wasnt|not) ((mean|meant|want|wish|intend|trying|like|need|going)"
            " to / (say|said|saying) / (wanna|please|ever|you|u|yall|guys)*)"
            f" {_OFF} !(being|is|are)"
        ),
        "(didnt|never / did not) (text|texted|type|send|sent) (stop|unsub~)",
        "(accidentally|mistakenly) (hit|sent|text|texted|said|typed|pressed|replied|put)* (stop|unsub~)",
        "(stop|unsub~) (_){0,3} (by|on) (accident|mistake)",
        "(by|on) (accident|mistake) (i|we) (hit|sent|text|texted|said|typed|pressed|replied)* (stop|unsub~)",
    ),
    "asked about": (
        (
            "(what|why / how come) (does|is|it|do|happens|would|if|i)*"
            " (mean|reply|say|says|text|texted|happens|if|i|it|to|reply)* stop"
        ),
        "(it|text|message|that|sms|this|which|also) says (text|reply|to|send|type)* stop",
        "(reply|say) (stop) or (yes|start|help)",
    ),
    "only at some hours": (
        "(dont|not|never|no|dnt) (TEXT|SENT|ME|please|or)+ (after|before|until|till|during|past) (SENT|_)",
    ),
    "in wonder": (
        (
            "stop (it|right|now|please|omg|lol)* (thats|that|this|its|you|youre|ur|it|looks|look|the)*"
            " (is|are|so|too|looks|look|really|just|way|very|such|a|work|to)*"
            " (gorgeous|beautiful|amazing|lying|playing|cheap|nice|kind|good|fire|sick|love|cute|clean|awesome"
            "|insane|crazy|perfect|dope|kidding|joking|lyin|playin)"
            " !(SENT|people|and|of|how|PLEASE* (remove|lose|take|stop))"
        ),
        "lets stop !(with|texting|messaging|this|these|the|all|your|contacting)",
    ),
    "about something else": (
        "f off (thats|that|this|its) (too|so|such|really|just|a)+",
        (
            "(shut|get) (up|out) (of|here|and|omg|lol)* (thats|that|this / take my money)"
            " !(is? (spam|annoying|harassment|enough / a scam))"
        ),
        "unsub~ from (youtube|netflix|spotify|instagram|facebook)",
    ),
}
"""A message one of these fits is for a person to judge, whatever else it says."""
