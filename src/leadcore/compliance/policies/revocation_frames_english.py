"""English frames of ending contact: who asks, which verb ends it, what is ended, with little ones between.

`revocation_rules` and `revocation_rules_more` know sentences; a frame knows how sentences are built, so that one nobody
has written down yet is read too. Rules of `revocation_grammar`; sources as in `revocation_rules`.
"""

LEXICON = {
    "DOING": "textn txtn msgn texn messagn callin",
    "LIST": "texter autodialer dialer autotexter autotext robocaller",
    "KIN": (
        "wife wifes husband husbands son sons daughter daughters mom moms mother mothers dad dads father"
        " fathers parents kid"
        " kids child childs childrens grandma grandmas grandmother grandmothers grandpa grandpas grandfather"
        " brother brothers"
        " sister sisters boss bosss boyfriend boyfriends girlfriend girlfriends partner partners spouse"
        " spouses fiance aunt"
        " aunts uncle uncles family roommate roommates employee employees him her them husbands"
    ),
    "DROP": "unenroll omit",
    "ERASE": "remove rmv remov delete del erase unlist purge scrub wipe strike drop omit exclude unenroll",
    "WRITTEN": (
        "texts txts messages msgs sms mms emails notification notifications alerts promo promos promotions"
        " ads spam marketing"
        " solicitations communications communication mailings newsletters blasts offers coupons robotexts"
        " texting messaging massages massage"
        " contact correspondence"
    ),
    "LOSE": "discard destroy shred chuck dump dispose forget throw",
    "THREAT": (
        "suing sued bbb lawsuit complaint complain lawyers attorneys prosecute prosecuted violation harassing ag"
    ),
    "SENT": "massages robotexts mailings correspondence",
    "TEXT": "tex mssg mesg msgg txet tetx sms dm blast robotext message txt",
}
"""Words of its own, and more for those of `revocation_lexicon`."""

LITTLE = (
    "(SWEAR|PLEASE|any|the|your|ur|these|those|this|that|all|my|our|of|from|with|w|more|further"
    "|additional|future|other"
    "|another|such|so|many|a|an|group|automated|auto|automatic|promo|promotional|marketing|text|texting"
    "|sms|tint|unwanted"
    "|unsolicited|random|sales|spam|spammy|daily|weekly|constant|annoying|to|for|on|in|out|off|up|at)"
)
_GET = "(get|gets|getting|receive|receiving|recieve|recieving|have|having|hear|hearing|see|seeing|be|being|keep)"
_WISH = (
    "(want|wants|wanna|wish|wishes|like|love|need|prefer|care|desire|hope|looking|trying|wanted|wanting"
    "|rather|wnt|choose|elect)"
)
_NOT = "(NEG|NOT|doesnt|dosent|no|longer|never|nobody|noone|aint|cannot|cant|quit|stop)"
_MORE = "(any|more|further|another|additional|your|these|those|future)"

STOP_RULES: dict[str, tuple[str, ...]] = {
    "a wish that it ends": (
        f"{_WISH} ({LITTLE}|SENT|it|you|u|yall|guys|them)* to PLEASE* (STOP|quit|end|cease) PLEASE* $",
        f"to (STOP|quit|end) {_GET} {LITTLE}* (SENT / BEEN / YOUR LIST)",
        f"to (STOP|END) {LITTLE}* (SENT|DOING) PLEASE* $",
        (
            f"{_NOT} ({_WISH}|{_GET}|{LITTLE}|AGREE|CONSENT|ever|even|really|interested)*"
            f" {_WISH} ({_GET}|{LITTLE}|nothing|anything|anymore)* (WRITTEN|BEEN / {_MORE} SENT) !(updates|when"
            "|about|if|yet)"
        ),
        (
            "(would|id|wed|please|rather|prefer) (rather|prefer|like|love)* (it)? (if)? (you)? (not|didnt|never"
            "|stop|stopped)"
            f" {LITTLE}* ({_GET} {LITTLE}* (WRITTEN|BEEN) / TEXT (ME|this|PLEASE)* $)"
        ),
        (
            "(done|finished|through|sick|tired / (im|am|are|were) over / had it / had enough / up to here / fed"
            " up) (with|of|up|about)*"
            f" ({_GET}|all|these|those|your|ur|the|this|SWEAR|so|many|constant)* (SENT|DOING) PLEASE* $"
        ),
        f"(done|finished|through) {_GET} (all|these|those|your|ur|this|the)+ PLEASE* $",
        f"(need|needs|want|wants|like|use|require) no (more|further|additional|mas|longer)* (of)? {LITTLE}* SENT",
        (
            f"no (more|further|longer|additional|future)* {_WISH} {LITTLE}* {_GET}* {LITTLE}* (WRITTEN|BEEN /"
            f" {_MORE} SENT) !(updates|yet)"
        ),
        (
            "(great|nice|love|grateful|awesome|wonderful|helpful|kind|cool|glad|thankful|happy|better|best|ideal"
            "|appreciated|appreciate) (it|be|would)* if (YOU|they|these|this|it / the SENT) (all|guys|would|could"
            "|can|just|PLEASE|did)* (removed|took|not|didnt) (ME|TEXT)"
        ),
        "(stop|quit) it? (with|w|wit) (the|your|these|all|this)* (SENT|THINGS|DOING) PLEASE* $",
        (
            "^ (PLEASE|i|me|you|we)* (no|not) (want|send|text|write) (me|any|more|no|again|PLEASE|you|the|your|to"
            "|receive|get|another)* WRITTEN|message|text|SENT PLEASE* $"
        ),
        (
            "(NEG|not|no|stop|quit|never) (need to / have to)? (follow|following|reach|reaching|check|checking"
            "|circle|circling|touch|touching) (up|out|in|back|base) (with|to)? (me|us)? (again|anymore|ever"
            "|PLEASE)+ $"
        ),
        "(NUMBER) (should|must|may|can|shall|is|cannot)* (NOT|never) (to)? be (BEEN|on|used)",
        (
            "(make sure / ensure / see to it / see that / guarantee / confirm) (_){0,5} (NOT|NEG|never|no|off"
            "|removed|deleted)"
            " (_){0,4} (SENT|BEEN|LIST|NUMBER)"
        ),
        (
            "(make sure / ensure / see to it / see that / confirm) (_){0,4} (off|removed|deleted) (PLEASE* $|the"
            "|YOUR|from)"
        ),
        "(never|not|dont) (want|to|ever|wanna|gonna|like)* hear from YOU",
        "(be|is|was) the (last|final) (text|message|msg|txt) (i|you|from|u / PLEASE* $)",
        (
            "(better|dont|not|never|wont) (_){0,2} (get|see|receive|send) (another / any more / one more / 1"
            " more) (SENT)"
        ),
        "(NEG|not) (WANT|none|any)+ of (these|your|ur|the|those) (SENT) PLEASE* $ !(went|came)",
        (
            f"{_NOT} (_)? {_WISH} !((_){{0,2}} (miss|lose|wait|cancel|stop|unsub~)) (_){{0,3}} (WRITTEN|BEEN)"
            " !(updates"
            "|when|about|if|yet)"
        ),
        "(dont|not|never) WANT (any|anymore)+ (more)? of (these|this|those|your)",
        (
            "(no longer / dont / do not / never) (wish|want|care|need|intend) to (receive|get|participate|hear"
            "|subscribe)"
            " (these|this|them|it|any|anything|more|PLEASE)* $"
        ),
        "no longer (wish|want|need) (these|those / (your|any|these|the) SENT) PLEASE* $",
        "(wish|pray|hope) (these|this|it|they|you|u|yall|SENT|all)+ would (just|PLEASE)* (stop|quit|end)",
        (
            "(getting|keep|receiving|texts|messages|texting|text|sending) (_){0,6} (NEG / do not) WANT (them|these"
            "|it|em|those|any|this)"
        ),
        "(had|have|got) (more than)? enough of (this|these|it|you|your|the|u) (SENT|DOING|PLEASE)* $",
        "(want|wants|need) (nothing|anything|none) ((to do with)|from) (YOU|your)",
    ),
    "asked, told, warned to stop": (
        (
            "(told|asked|ask|begged|begging|telling|asking|warned|demand|demanding|insist|request|requesting|urge"
            "|beg) (_){0,5} to PLEASE* STOP (DOING|SENT|PLEASE|ME|this|these|all|the|with|your|$)"
        ),
        "(have|had|got|told|asked|begged|said|keep|kept) (_){0,3} times (to|now|already|please)* STOP",
        "^ !(when|why|how) (_){0,3} (can|could|would|will|wont) YOU (PLEASE|kindly|maybe)* STOP PLEASE* $",
        (
            "^ PLEASE* YOU (all|guys|PLEASE)* (can|may|should|must|gotta|better / need to / have to) (all|just"
            "|PLEASE|really)*"
            " (STOP|quit) (DOING (ME|to)*)? PLEASE* $"
        ),
        (
            "^ (PLEASE|its|it|is|about|high|now|thats|really)* time (YOU / for YOU)? to (STOP|quit) (DOING (ME"
            "|this)*)? PLEASE* $"
        ),
        (
            "^ (PLEASE|who|whos|hu|is|this|dis|that|you|are|r|u|the|SWEAR|hell|heck|wtf|tf|fuck|it|new|phone)* stop"
            " (DOING|me|this|PLEASE)* $"
        ),
        (
            "^ (PLEASE|fr|frfr|deadass|nah|nope|no|cap|ong|pls|istg|swear|omfg|ew|gross|jeez|geez|gosh|christ"
            "|sigh|ayo|yo)*"
            " stop|cease (it|this|that|me|PLEASE|fr|frfr|b4|lol)* $"
        ),
        (
            "stop (testing|tecting|taxing|tasting|texan|texas|teething|text|txt|vexing|tex / texts in / text in /"
            " text ing)"
            " (ting|ing|in|ting)? (me|us|my|mi) (phone|number|cell)? PLEASE* $"
        ),
        (
            "stop (to|2)? (TEXT|DOING|SENT) (to|at|on)? (ME|my|this) (phone|number|cell|line|wife|husband|KIN)*"
            " PLEASE* $"
        ),
        f"(STOP|END|quit) {LITTLE}* (DOING|SENT) {LITTLE}* (my|our|his|her) KIN",
        "(STOP|END|DROP) (_){0,4} (effective immediately / once and for all / at once / or else)",
        (
            "(not|never|dont|no) (a|to)? (valid|working|able|accept|accepting|take|taking|allow|allowed|monitored)"
            " (for|by|to|any|incoming)* (SENT|TEXT) PLEASE* $"
        ),
        (
            "(NUMBER|landline|line|phone) (doesnt|dont|cannot|cant|isnt|wont / does not / is not / no longer)+"
            " (accept|accepts|accepting|take|takes|want|wants|wish|need) (any|more|these|your)* SENT"
        ),
        "(NUMBER|landline|line) (_){0,3} (NEG / do not) (ever|please)* TEXT (it|this|here|PLEASE|again)* $",
        "(_){0,2} NEG (SENT|TEXT|DOING) (message|text|sms)? (me|us) (no|any|more|nomore|again)+ PLEASE* $",
        (
            "(NOT|no) (send|text|message|sms|write|contact|bother) (me|us) (no|any|more|nomore|again|the|texts"
            "|messages|SENT|PLEASE)* $"
        ),
        (
            "(SAID|sent|text|tell|told|wrote) (you|u|yall)? STOP (like|about|over|at|least|almost|_){0,4} (times"
            "|time|x|2x|3x|4x|5x|10x|twice|thrice|already|before|multiple) PLEASE* $"
        ),
        "times (_){0,5} (SAID|text|tell|told|hear) (you)? STOP PLEASE* $",
        "understand (the|word|what|meaning|of|by)* STOP PLEASE* $",
        "(what|which) (_){0,5} (text|say|send|do|reply|type) to (stop|end) (these|this|SENT|them|it|getting|all)",
        "^ (PLEASE|i|have|already|and)* ((NEG / do not) TEXT)+ (ME|PLEASE)* $",
        "^ PLEASE* (NEG / do not) TEXT (ME)? ((NEG / do not) TEXT (ME)?)+ PLEASE* $",
        (
            "(go|just|now|PLEASE)+ (bother|spam|pester|bug|annoy|harass|text|hassle|scam) (someone|somebody"
            "|anyone|sombody) else"
        ),
        "^ PLEASE* (bother|spam|pester|bug|annoy|harass|hassle) (someone|somebody) else PLEASE* $",
        (
            "^ PLEASE* (stop|quit) (offering|giving|pushing|telling|showing|feeding|asking|pitching|blasting"
            "|lighting|filling|flooding|hounding|wasting|tagging|adding|including|signing|reminding|notifying"
            "|alerting|updating|nagging) (up)? (ME|my) (phone|line|inbox|time|SENT|THINGS|deals|up|about|with|for"
            "|of|on|PLEASE)* $"
        ),
        (
            "(quit|stop) (lighting|filling|flooding|clogging|jamming|tying|hitting|buzzing|dinging|waking) (up)?"
            " (my|our|me)"
        ),
        (
            "(get|gtfo|stay|keep) (out|off|outta|away|tf|the|hell)* (of|from)? my (phone|inbox|line|dms|texts"
            "|messages|cell)"
        ),
        "tell (YOUR|ur|them|the|his|her)* _ to (STOP|quit) PLEASE* $",
        (
            "(NEG|never|(do not)) TEXT (ME|this|NUMBER)* (for (any|no) reason / under any / under no / no matter"
            " / whatsoever / any longer / any further)"
        ),
        (
            "(NEG|(do not)|never) (add|put|include|keep|place|enroll|sign) (me|us / my NUMBER) (to|on|in|up|for"
            "|with)*"
            " (_)? (SENT|LIST)"
        ),
        (
            "^ (PLEASE|huh|and|wtf|SWEAR|the|hell)* (what|whats) (is|the|SWEAR|hell)* (this|dis|it|that) stop"
            "|unsub~ PLEASE* $"
        ),
        "^ PLEASE* (can|could) YOU PLEASE* NOT PLEASE* $",
        "(another|not) one stop PLEASE* $",
        (
            "^ (hell|heck|absolutely|definitely|no|god|suck|bite|fuck|damn|screw|hate|PLEASE)+ (it|not|no|this|that"
            "|you|u|yes|me)+ stop PLEASE* $"
        ),
        (
            "(interested|thanks|nope|nah|list|elsewhere) (NEG / do not) (contact|text|message|call|msg|txt) (me"
            "|us)? PLEASE* $"
        ),
        "(violation|registry|law|illegal|texts|me|harassment) (cease|desist) PLEASE* $",
        ("(NEG|(do not)|never) (add|put|include|sign|enroll) (me|us) (to|on|in|up|for)+ (anything|nothing|SENT|LIST)"),
        "(answer|respond|reply|please|dont|not|so|and|no|me|texting) just stop PLEASE* $",
        "(end|stop|quit) it with (the|your|these|all)* SENT",
        "(stop|quit) trying to (contact|reach|sell|get|text|call|talk|make|push|pitch|convince) (me|us|to)",
        "(of|know|knows) you stop PLEASE* $",
        "STOP (with|w) (_){0,3} (DOING|SENT)",
        "get outta|out (of)? here with (these|your|the|ur)* SENT",
        ("how (do|can|to|could) (i|we)? (cancel|stop|end|quit) (these|those|(all|the|your|these|my)* SENT) PLEASE* $"),
        "(how|where|can|let|want|need) (_){0,4} (remove|delete|unsubscribe|unsub|take|get) myself",
        (
            "^ (these|(the|your|all|these|ur)* (texts|messages|msgs)) (just)? (wont|never|dont|cant) (ever)? (stop"
            "|end|quit)"
        ),
        "^ PLEASE* stop (thats|this|that|its|it|im) (is)? (not|isnt) (my|me|mine|him|her|NAME)",
        "(its|is|about|high) time to STOP PLEASE* $",
        "^ PLEASE* (this|it|these) (all)? (ends|stops) (now|here|today|immediately|PLEASE)+ $",
        (
            "^ (stop|end|quit|cancel|unsubscribe|revoke|optout)+ (stop|end|quit|cancel|unsubscribe|revoke|optout"
            "|please|now|or|and)+ $"
        ),
        "(SAID|text|texted|typed) stop (_){0,5} (still|again|yet|keep|keeps|nothing|another)",
        "did (i|we) not (say|tell|ask|text) (_){0,3} STOP PLEASE* $",
        "i would stop if i were you",
        "(NEG|(do not)|never) TEXT (my|our) KIN PLEASE* $",
        "^ PLEASE* (can|could|may|will) (this|these|it|they / the SENT) PLEASE* stop PLEASE* $",
        "^ PLEASE* stop (it|this|that)? (im|i|am) (so)? (sick|tired|done|fed) (up)? (of|with)",
        (
            "^ PLEASE* stop (you|yall|u) (people|guys|are) (_){0,3} (insane|crazy|ridiculous|annoying|rude|nice"
            "|weird) (people)? PLEASE* $"
        ),
        "^ PLEASE* stop (its|this) (is)? (crazy|insane|ridiculous|too) (how|much|many) (_){0,4} (SENT|i|you)",
        "(lets|let us) stop (with)? (the|this|these|all|your) (SENT)? PLEASE* $",
        "(make|get|take) YOU (guys|all|people)* (to)? STOP PLEASE* $",
        "(says|say|said) (to)? (text|reply|send)* stop (_){0,6} (stop|unsub~) PLEASE* $",
        "(by|on) (mistake|accident) PLEASE* (stop|unsub~|remove) (me|DOING|PLEASE)* $",
        (
            "(f off|(get (out|outta) (of)? here)) (this|thats|that|with) (is)? (the|a)? (spam|last|harassment|text"
            "|texts|annoying)"
        ),
        "get (out|outta) (of)? here with (that|this|these|it) PLEASE* $",
    ),
}
"""Read after the rules of `revocation_rules`; each ends contact unless a hold rule doubts it."""
