"""English frames of leaving a list, of wanting nothing more, and of threats; see `revocation_frames_english`."""

from leadcore.compliance.policies.revocation_frames_english import LITTLE

_FAMILY_NUMBER = "((my|his|her|their|our|this) KIN? (SWEAR|WORD)* NUMBER)"
_SHUT = "(on|in|from|at|YOUR|end|side|system|phone|PLEASE|too|instead|then)"
_WHY = (
    "(market|longer|anymore|sold|moved|elsewhere|interested|died|passed|away|relocated|customer|client"
    "|deceased|totaled|retired|consent|given)"
)

MORE_STOP_RULES: dict[str, tuple[str, ...]] = {
    "off the list": (
        (
            "LOSE (my|this|our) (SWEAR|WORD)* (number|num|nbr|numba|contact|info|digits / phone number / cell"
            " number) PLEASE* $"
        ),
        f"^ PLEASE* (block|mute|silence) (me / {_FAMILY_NUMBER}) {_SHUT}* $",
        (
            "(this|my) NUMBER (is|was|has|been|already)* (on|in) (the)? (federal|national|state|fcc|ftc|govt"
            "|government|us)*"
            " (do not / dnc|dont|no)"
        ),
        (
            "^ PLEASE* (i|im|we|were)* (am|are|is|on)* (the)? (national|federal|state)*"
            " ((do not / dont / no) (call|text|contact|solicit) / dnc) (list|registry|PLEASE)* $"
        ),
        (
            "(me|i)? (opt|opting|opted) (ME|NUMBER|my|this|us)* (SWEAR|tf|the|hell|heck|fuck|all|way|right)* out"
            " !(of (the)? (warranty|insurance|upgrade|add|protection|plan|ceramic|coating))"
        ),
        "un (subscribe|sub|subscribed|subscribing|scribe|suscribe|subscription|subcribe)",
        "(DROP|block) KIN (off|from|out|of|PLEASE)* (YOUR|of|the)* (LIST|SENT)",
        (
            f"(ERASE|block) {_FAMILY_NUMBER} (PLEASE* $ / (off|from|out|of|in|form|frm)+ (YOUR|of)* {LITTLE}*"
            " (LIST|SENT|system))"
        ),
        (
            "(passed|died|deceased|dead|away) (_){0,3} DROP (his|her|him|their|this|the) NUMBER? (from|off|out|of"
            "|YOUR|LIST|PLEASE)* $"
        ),
        f"{_WHY} (_){{0,3}} (remove|delete|unlist|unenroll|rmv|remov|unsub) (me)? PLEASE* $",
        (
            "(want|need|let|wanna|get|lemme|like) (me|us)? (out|off) (of)? (this|these|that|your|ur|the|yall"
            f"|yalls) {LITTLE}*"
            " (LIST|SENT|thing|loop|service|program|subscription|thread|system|mess|nonsense|crap|bs|shit)"
        ),
        (
            "(update|change|set|adjust) (_){0,4} (to|so|as|that) (_){0,3} (no|not|dont|never|opt|unsub~|stop|off)"
            " (SENT|TEXT|contact|out|ed)"
        ),
        (
            "(DROP|wipe|purge) (all)? (of)? my (personal|customer|private|contact|own)* (data|information|records"
            "|account|profile|info)"
        ),
        (
            "(deletion|erasure|removal) of (all|any)* (my|this) (personal|customer|contact|phone)* (data"
            "|information|info|NUMBER)"
        ),
        f"(exclude|exempt|excuse|spare|omit|skip|free|release) (me|us) (from)? {LITTLE}* (SENT|LIST)",
        "(leave|cut|count|keep) (me|us / my NUMBER) (out|off) (of|from)* (YOUR|this|all)* (SENT|LIST|loop)",
        "(DROP) _ (off|from) (YOUR|of)* (LIST) PLEASE* $",
        (
            "(on|in) (YOUR|this)* (SWEAR)? LIST (_){0,2} (remove|delete|erase|drop) (it|that|this|them|him|her"
            "|me) PLEASE* $"
        ),
        (
            "(my|this|our) (name|cell|SWEAR|phone|contact)* (number|name|info|information|cell|contact|numbers)"
            " (is|to|be|get|gets|got|needs|need|being)* (removed|deleted|erased|purged|wiped / taken off)"
        ),
        "^ PLEASE* (number|name|me) (removed|deleted|off) PLEASE* $",
        f"(ERASE|take|get|pull) (my|our|his|her) KIN (from|off|out|of)+ {LITTLE}* (SENT|LIST|texts)",
        "ERASE (all|both|every) (of)? (my|our|these|the) (phone|cell|contact)* NUMBER",
        "NUMBER (_){0,2} (remove|delete|erase|drop) it",
        "^ (PLEASE|no|nope|nah|thanks|not|interested|for|me)+ (remove|delete|unlist) PLEASE* $",
        "^ PLEASE* (cancel|end|stop) (my|this) (number|contact) PLEASE* $",
        f"(take|get|pull) (this|it|that|em|me|us) off (of)? (YOUR) {LITTLE}* LIST",
        (
            "(ERASE|QUITAR|RETIRER) (_)? (my|mi|mon|mis|mes|our|nuestro|notre) (_)? (number|numero|num"
            "|contacto|contact|datos|data|info|informacion|donnees|coordonnees|renseignements|infos) !(to|as|down"
            "|for|a|para|of|in)"
        ),
        (
            "(ERASE|QUITAR|RETIRER) (me|moi|us|nous) (_){0,3} (list|lista|liste|base|system|sistema|systeme) !(price"
            "|prices)"
        ),
        f"ERASE {_FAMILY_NUMBER} (and|n) _",
        "NUMBER (_){0,6} (remove|delete|erase) it",
        (
            "ERASE (all|any|every|everything|whatever|my)* (_)? (information|info|data|details|records) (you|on"
            "|about|that|u)+ (_){0,2} (me|us|$)"
        ),
        "^ PLEASE* forget (about)? me PLEASE* $",
        "(knock|cut) it (off|out) PLEASE* $",
        "^ PLEASE* (remove|delete|take|rmv|unlist) from (YOUR|the|all)* (SENT|LIST)",
        "opt (myself|of|it|everyone) out",
        "^ PLEASE* cancel (my|this|the) (name|number|contact|cell|phone) (number)? PLEASE* $",
        (
            "(flagged|marked|reported|reporting|flagging|marking|reporte|reportado|reportados|marcado|reporto|signale"
            "|signales) (_){0,2} (as|como|comme) (spam|junk)"
        ),
        "(up|asked|subscribed|joined|registered) (remove|delete|unlist) (me)? PLEASE* $",
        "(add|put|place) (this|my|our) NUMBER (on|to|in) (the|your|ur|a)* (dnc|(do not)|no|dont)",
        "opt ME (ou|our|oit|ut|iut|ot|oout|outt|0ut) PLEASE* $",
    ),
    "nothing more of these": (
        f"no (more|further|mas|longer|additional) {LITTLE}* (SENT|DOING) !(yet|received|came|come|updates|about)",
        (
            "(bought|purchased|ordered|done|tinted|elsewhere|someone|shop|another|sold|set|good) (_){0,4} no more"
            " (of)? (these|this|those|it|SENT)* PLEASE* $"
        ),
        "(not|never|nope|no) (another / one more / 1 more) (SWEAR|single|more)* (SENT|word) PLEASE* $",
        (
            "(cancel|end|stop|discontinue|terminate|cease|halt|suspend|kill|cut|drop|nix|pause|mute|unsubscribe)"
            f" {LITTLE}*"
            " (SENT|(follow ups)) PLEASE* $"
        ),
        (
            f"(cancel|discontinue|terminate|cease) (from)? {LITTLE}* (texts|messages|sms|alerts|notifications"
            "|mailings|promos)"
        ),
        (
            f"(cancel|end|stop|terminate) (my|the|this|our|all)* {LITTLE}* (subscription|subscribtion|suscription"
            "|membership) PLEASE* $"
        ),
        f"(turn|shut|switch) {LITTLE}* (SENT|these|those|this|em) off",
        f"(turn|shut|switch) off {LITTLE}* (SENT|these)",
        (
            "(enough|basta|alto|fini|assez|arretez|arrete|ya / basta ya / no mas / no more)"
            f" (with|con|de|avec|los|les|sus|vos|d|des|{LITTLE})* (SENT|MENSAJE|TEXTO|DOING) PLEASE* $"
        ),
        (
            "(texts|messages|txts|msgs|texting|sms|calls|emails) (are|r|is|were|was) (not|un / no longer)?"
            " (welcome|wanted|appreciated|needed|desired)"
            " PLEASE* $ / (unwanted|unwelcome) SENT"
        ),
        (
            "(stop2|stop1|stop2end|stop2stop|stop2quit|stopall|endall|quitall|unsuball|stopnow|stoppls|stoptxt"
            "|stoptext|stoptexts)"
        ),
        (
            "(never|not) (again|ever)+ (text|contact|message|write|reach|call|bother|txt|msg|dm|email) (out)?"
            " (to)? (me|us|my|this)"
        ),
        (
            "(cut|knock|lay|chill|ease|let|hold|call|kill|can|shut|turn|axe|nix|dial|pack) (up|off|on|out|it|down"
            "|in|with)* (the|these|those|your|ur|all)+ (SENT|DOING) (out|off|up|down|already|PLEASE)* $"
        ),
        (
            "(can|kill|cut|axe|nix|drop|skip|lose) (the|your|this)+ (spam|texts|messages|msgs|texting|marketing"
            "|promos) PLEASE* $"
        ),
        "(deactivate|disable|mute|pause|suspend|silence) (my|the|your|all|these)* SENT",
        (
            "(my|the|a)* opt out (request|_)? (has|have|was|been|is|not|being)* (ignored|honored|processed"
            "|submitted|effective)"
        ),
        f"^ (PLEASE|no|thanks)* no {LITTLE}* WRITTEN PLEASE* $",
        (
            "^ PLEASE* (discontinue|end|cancel|stop|terminate) (the|this|my|all|text|your)* (service|services"
            "|program)"
            " PLEASE* $"
        ),
        f"(turn|shut|switch) off {LITTLE}* WRITTEN",
        "^ PLEASE* no more (tests|taxes|texas|texts) PLEASE* $",
    ),
    "or else": (
        (
            "if (YOU|i|we) (TEXT|get|keep|ever|dont|receive|continue|message|send|so|contact)+ (_){0,6}"
            " (THREAT|suing|sued|file|filing|report|complain|press|pursue|hear|lawsuit|tcpa|harassment)"
        ),
        (
            "(text|message|contact|call|msg|bother|spam|email) (me|us / this NUMBER)* (again|anymore / once more"
            " / one more time / 1 more time)"
            " (and|n|or|ill|i|im|we|well|you|youll|u) (_){0,5} (THREAT|suing|sued|file|filing|hear|lawsuit"
            "|complain|calling|call)"
        ),
        (
            "(one|1|next|another|any|more|further)+ (SENT|DOING) (_){0,6} (THREAT|suing|sued|lawsuit|filing|tcpa"
            "|harassment)"
        ),
        (
            "(under|per|pursuant|according|violates|violating|violation|violations|federal|by) (to)? (_){0,4}"
            " (tcpa|law|act|regulations|rules|statute) (_){0,6} (STOP|DROP|cease|not|NEG)"
        ),
        (
            "(tcpa|harassment|illegal|lawyer|attorney|fcc|ftc|bbb|court) (_){0,4} (STOP|cease|unsub~|desist)"
            " PLEASE* (DOING ME)? PLEASE* $"
        ),
        "STOP (DOING ME)? or (i|im|ill|else|we|my|face|risk|legal|be|get)",
        (
            "(advises|advised|demand|demanding|order|ordered|notice|notified|instruct|instructed) (_){0,4} to"
            " (cease|stop|desist|discontinue)"
        ),
        "(complaint|lawyer|attorney|lawsuit|sue|report) (_){0,3} if (you|i|u) (_){0,3} (again|more|TEXT|SENT)",
        "(hear) from my (lawyer|attorney|lawyers|attorneys) (_){0,6} (more|another|again|TEXT|SENT)",
        "(one|1) more (and|n|or) (_){0,3} (THREAT|blocking|blocked)",
        (
            "(block|blocking|report|reporting|blocked|reported) (and|n) (block|report|reporting|blocking|blocked"
            "|reported) (YOU|this|it|NUMBER|PLEASE)* $"
        ),
        "^ (YOU|PLEASE)* (are|is|have|got|be|been|being|getting|just|now)+ (blocked|reported) PLEASE* $",
    ),
}

_OR_ELSE = "(THREAT|BLOQUEAR|block|blocking|report|reporting|lawyer|attorney|cops|police|plainte|signale|avocat|bloque)"

DOUBTLESS_RULES: dict[str, tuple[str, ...]] = {
    "or else, whatever it doubts": (
        f"(if|unless|until|till) YOU (_){{0,4}} STOP (_){{0,9}} {_OR_ELSE}",
        f"{_OR_ELSE} (_){{0,6}} (if|unless|until|till) YOU (_){{0,4}} STOP",
        (
            "si (no|vous|tu) (_){0,3} (paran|dejan|para|deja|PARAN|DEJEN|narretez|narretes|ARRETER|cessez)"
            f" (_){{0,8}} {_OR_ELSE}"
        ),
        (
            f"{_OR_ELSE} (_){{0,3}} si (no|vous|tu) (_){{0,3}} (paran|dejan|para|deja|PARAN|DEJEN|narretez"
            "|narretes|ARRETER)"
        ),
    ),
    "asked as if it were a question": (
        "why (dont|wont|cant|cannot|wouldnt) (YOU|people|just|all|ever|PLEASE)+ STOP (DOING / PLEASE* $)",
        "por que no (dejan|dejas|deja|paran|paras|para) (ya)? de ESCRIBIR",
        "(texts|messages|msgs|YOU) (never|wont) (ever)? stop (PLEASE* (remove|take|quit|stop|unsub~) / DOING)",
        "did (i|we) not (say|tell|ask|text) (_){0,3} STOP PLEASE* $",
        (
            "if YOU (guys|all|people)* (could|would|can|will) (PLEASE|just|kindly|all)* (STOP (DOING|SENT|these"
            "|this / PLEASE* $) / (remove|unsubscribe|delete|unsub) (me|us))"
        ),
        (
            "(great|nice|love|grateful|awesome|wonderful|helpful|help|kind|cool|glad|thankful|happy|better|best"
            "|appreciated|appreciate) (it|be|would)* if (YOU|they|these|this|it|texts|messages)+ (all|guys|would"
            "|could|can|just|PLEASE|did)* (STOP|stopped|quit|ceased|ended) (DOING|SENT / PLEASE* $)"
        ),
        "(says|say) (to)? (text|reply|send)* stop (_){0,6} (so|here|ok) stop PLEASE* $",
    ),
    "never, and not only then": (
        (
            "(NEG|no|(do not)) (me|nos)? (TEXT|ESCRIBIR) (_){0,5} (or|and|ni|nor) (ever|nunca|jamas|jamais|(any"
            " other)|(any day))"
        ),
        (
            "(NEG|(do not)|never) (you|ever|PLEASE)* TEXT ((or|nor|and) TEXT)* (ME|this|NUMBER|my)* (again|anymore"
            "|ever|nomore) !(PLEASE* (until|till|before|about))"
        ),
        "(NEG|(do not)|never) TEXT ((or|nor|and) TEXT)* (ME|this)* after (this|today|now) PLEASE* $",
    ),
}
"""Ends contact even where a hold rule fits: "if you don't stop, I'll report you" is no negation of stopping."""

HOLD_RULES: dict[str, tuple[str, ...]] = {
    "not to be ended": (
        "unsub~ no (i|we|dont)",
        (
            "(didnt|dont|(did not)|never|not) (mean|meant|want|intend|trying) to (say|send|text|reply|type|hit)"
            " (stop|unsub~)"
        ),
        "^ (PLEASE|hey|wait|so)* (did|am|was|do|have|are|is) (i|we) (get|been|really|still|accidentally)* unsub~",
        (
            "(dont|didnt|never|dnt|(do not)|please not) (ever|PLEASE|you|dare)* (DROP|unsub~|block) (ME|my)"
            " !(PLEASE* dont)"
        ),
        "^ (PLEASE|yes|but)* (keep|continue) (on)? (DOING|sending) (me|us|the|them|your)",
    ),
    "only at some hours": (
        "(NEG|(do not)|not|no) (TEXT|DOING|SENT) (me|us|ME)* (so|this|that|too) (early|late)",
        (
            "(NEG|(do not)|not|no) (TEXT|DOING|SENT) (me|us)* (after|before|during|at|past|on / in the)"
            " (work|hours|night|school|church|dinner|class|weekends|sundays|sunday|morning|business|office"
            "|midnight|dark|9|8|10|7|pm|am|9pm)"
        ),
    ),
    "in wonder": (
        "^ (haha|hahaha|hehe|ha|aww|aw) stop PLEASE* $",
        (
            "stop it (PLEASE|no|way|omg|you|youre|ur|too|so|thats|are)* (funny|hilarious|sweet|kind|much|crazy"
            "|killing|crying|dying|silly|blush)"
        ),
    ),
    "one address, another kept": (
        (
            "(unsub~|remove|DROP|stop|no) (from)? (my|the|your|all)* (email|emails|mail|mailing) (list)? (but|and"
            "|just|only) (_){0,3} (text|texts|keep|txt)"
            " !(me no)"
        ),
    ),
}
