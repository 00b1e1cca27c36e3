"""More English sentences that end contact: where the one word stands, what is not wanted, and words thrown away.

Rules of `revocation_grammar`; sources as in `revocation_rules`.
"""

_ASKS = (
    "(where|how|does|do|did|will|would|can|could|should|is|are|when|what|why|which|if|lets|text|reply|says|say|next)"
)
_BEFORE = (
    "(dont|doesnt|didnt|never|not|cant|cannot|wont|wouldnt|couldnt|to|a|the|bus|truck|pit|rest|full|non|next"
    "|last|first|one|door"
    "|back|quick|emergency|sudden|hard|au|le|du|prochain|apres|un|al|el|en|f|does|do|did|it|that|they|we|i|he|she|will|would|can|could|brake|brakes|you|until|should"
    "|reply|text|type|says"
    "|start|tint|strip|film|ppf|my|your|our|this|rain|another|final|every|no|of|even|ever|maybe|perhaps"
    "|probably|might|must|may|just|finally|cars|people|and|or)"
)

MORE_STOP_RULES: dict[str, tuple[str, ...]] = {
    "stop, and why": (
        (
            "^ PLEASE* stop (i|im|ive|id|we|weve|were|youve|my|already|nobody|wrong|because|cause|cuz|bc|(you"
            " (have|are|keep|texted|guys))|(this is)|(not interested)|(no one))"
            " (_)* "
        ),
        f"^ !({_ASKS}) (_)* !({_BEFORE}) _ stop PLEASE* $",
        (
            "(this|these|it|texts|messages|they|nonsense|spam|harassment) (really|just|all)?"
            " (has|have|needs|need|must|gotta|better|should) (to)? (stop|end|cease) PLEASE* $"
        ),
        "^ PLEASE* you (can|may|could|should) stop|quit PLEASE* $",
        "^ PLEASE* time to (stop|quit) (DOING)",
        (
            "(last|second|third|final|2nd|3rd|1st|first|formal|this|a|is)+ (time|request|notice|warning|stop)"
            " (asking|request|to)? stop|request PLEASE* $"
        ),
        "(notice|request|warning) to (stop|cease|unsubscribe|opt)",
        "stop (at once / for the last time / once and for all / being annoying / (the)? request)",
        (
            "stop|quit"
            " (wasting|trying|stalking|selling|asking|pitching|pushing|advertising|trolling|talking|checking"
            "|following|replying|responding|answering|auto|chasing|nagging|hassling|begging|badgering|bombarding"
            "|blasting)"
            " (to|on|up|me|us|my|your|in|sell|contact|reach|text|get|talk|ME)* (me|us|time|things|stuff|tint|PLEASE)* $"
        ),
    ),
    "asked in other words": (
        "STOP (sending|sendin) (ME|the|any|your|all|these|those|more|so|many|this|out)* _ ",
        "^ (i|id|we|wed|would|like|want|wish|really|just|do|PLEASE)+ to (stop|unsubscribe|optout / opt out) PLEASE* $",
        (
            "(tell|have|get|ask) (them|him|her|everyone|(your (people|guys|staff|team|bot|system))) (to)?"
            " (stop|quit) (DOING (ME)?)? PLEASE* $"
        ),
        "stop (and)? desist",
        "(leave|keep) me out of (this|it|your)",
        "(done|finished|through) with (these|the|your|all|this|ur)+ (SENT|DOING)",
        "optout|optingout (of|me|please|pls|from)",
    ),
    "not wanted": (
        "no (SENT|email|call) ((or|nor|and|no)* (SENT|call|email))+ PLEASE* $",
        "no (text|txt|call|message|email|msg) me PLEASE* $",
        "(not|never|shouldnt) (be)? on (this|your|ur|any|that) (text|call|contact|mailing)? LIST",
        "stop|quit doing (that|this|it)",
        "(no means no / got it / know you) stop PLEASE* $",
        "^ PLEASE* (DROP) (off|out)? (my|the)? NUMBER PLEASE* $",
        (
            "^ (PLEASE|take|get|remove|rmv|delete|me|us|want|id|like|number|my)* (off|from|form|frm) (of)? (the)?"
            " (text|contact|call|mailing)* LIST PLEASE* $"
        ),
        (
            "(not|never|no|longer) (interested) in"
            " (your|ur|any|the|these|this|getting|receiving|more|further|being)* (SENT|BEEN|DOING)"
        ),
        "no need (for|to) TEXT (ME|AGAIN|anymore)+ !(the|about|if|when)",
        "(no|not|never) (one|a|another|single|1)* (more)? (SENT) PLEASE* $ ",
        "not (another|one|a|1) (single|more)* SENT",
        "(dont|not|never) (send|text) (ME)? (another|nothing|anymore|no)",
        "no (soliciting|solicitation|solicitors|telemarketing / further SENT)",
        "nobody|noone wants (these|your|this)",
        "(unwanted|unwelcome|unsolicited) (SENT)",
        "SENT (is|are|r)* (unwanted|unwelcome|unsolicited|(not (welcome|wanted|appreciated)))",
        "(these|this) (is|are) (unwanted|unwelcome|unsolicited)",
        "left alone (PLEASE)* $",
        (
            "(you|u) (may not / cannot / cant / are not allowed|authorized|permitted to / have no right to / r not"
            " allowed to) (contact|text|message|call) (me|this|us)"
        ),
        "(dont|not|never|stop|quit) (use|using|keep|store|share|sell|selling) (MY|this) NUMBER",
        "(do not / dont / never / didnt) (talk|speak|reply|respond) to (me|us) (again|ever)*",
        "(told|asked|ask|telling|asking|begging) (you|u|yall|guys)* not to (be)? (TEXT|BEEN)",
        "asked (to be|you) (to)? (removed|taken|unsubscribed|remove|unsubscribe)",
        "told (you|u) to (remove|delete|take|unsubscribe)",
        "(i|already|have|ive|just)+ (opted|unsub~|unsubscribed)",
        "take back my CONSENT",
        "my revocation",
        "(revocation|withdrawal) of (my)? CONSENT",
        (
            "^ (PLEASE|i|im|am|we|would|like|want|wish|need|to|hereby|must|want)* (revoke|revoking)"
            " (PLEASE|my|it|this|NUMBER)* $"
        ),
        "(request|requesting|my|consider|is|an|a)+ opt (in)? out",
        "opt ing out",
        "(consider|is) (this)? me opting out",
    ),
    "take me away": (
        (
            "(DROP|withdraw|unenroll|deregister|unregister|disconnect|exclude|disenroll|unlink|unfollow|deactivate"
            "|erase) ME (from|of|off|out|form|frm|PLEASE)* ((YOUR|future|this|my|any)*"
            " (LIST|SENT|this|system|thing)) "
        ),
        (
            "^ PLEASE*"
            " (withdraw|unenroll|deregister|unregister|disconnect|disenroll|unlink|deactivate|erase|remove|rmv) ME"
            " PLEASE* $"
        ),
        "DROP (me|us|(MY NUMBER)) (off|from|of|form|frm|fron|fom|fro|outta|out) (YOUR|of)* LIST",
        (
            "(get|stay|keep) (off|out|outta|away) (of|from)* (my|our) (SWEAR)?"
            " (phone|line|inbox|messages|texts|cell|number|life|business)"
        ),
        "(keep|want|need|get) (me|us|(MY NUMBER)) (off|removed|out|deleted|erased|gone) !(road|work|the phone)",
    ),
    "a word that ends it": (
        "unsub~ !(from (youtube|netflix))",
        (
            "^ PLEASE*"
            " (mute|dnd|desist|cease|discontinue|unlist|revocar|revoco|anular|anulo|revoquer|revoque|desabonne"
            "|bloque) PLEASE* $"
        ),
        "^ (PLEASE|we|i)* want (out|off) (of|from|this|these|your|the|here|PLEASE)* $",
        "(want|need|like / would like) (out|off) (of|from) (this|these|your|ur|all)",
        (
            "(to|be|get|getting|have|me|wanna) (me / my NUMBER)? (removed|unsubscribed|deleted|dropped / taken off)"
            " !((from|off)? (the|your)? (schedule|calendar|wait|waitlist|waiting|quote|car|window|windshield))"
        ),
        "^ !(when|why) (_){0,2} (wont|can|could|would|will|cant) YOU (please|just|guys|all|kindly)* stop PLEASE* $",
        "^ PLEASE* end (this|these / it all / this conversation) (SENT|chat|thread|conversation|chain|PLEASE)* $",
        (
            "(cancel|stop|end|terminate) (this|the|your|my|all)*"
            " (service|subscription|program|membership|alerts|conversation)"
        ),
        "END (the|all|these)* (DOING|SENT|emails|(e mails)|(follow ups)|(following up)|(reaching out))",
        "no (more|further) (follow ups / e mails / reaching out)",
        "(turn|shut|switch) off (SENT / (the|these|those|your|all|ur)+ SENT)",
        "(deactivate|disable|unenroll|suspend|mute|silence) (SENT / me)",
        "(make|making) (it|this|them|these|those|the) (SENT)? stop",
        "(want|need|get|getting) (these|it|them|those|this / (the|your|ur|these|those|all)+ SENT) to (stop|end|cease)",
        "(report|reported|reporting|mark|marking|marked|flag|flagging|flagged) (_){0,3} (as)? (spam|junk)",
        (
            "(im|am|ill|i|ive|will|gonna|already|just|be) (will|have|am|just|be|already|gonna|now)*"
            " (blocked|blocking) (YOU|this|your|ur)"
        ),
        "^ PLEASE* (blocked|blocking) (YOU|this|ur|your|NUMBER|PLEASE)* $",
        (
            "(put|add|place) (me|us|(this / my NUMBER)) (on|to) (your|the|ur|a)* (dnc|(do not)|dont|no)|(put|add) me"
            " (to|on) (the|your)* dnc"
        ),
        "(interested|intrested|spam|harassment|elsewhere / for this) stop",
        "^ PLEASE* (zero|enough|cancel|no / thats enough) SENT PLEASE* $",
        "(longer|not|dont|never) consent",
        "^ no consent PLEASE* $",
        "no longer (have) (my|any)? CONSENT",
        "(said|say|texted) no more",
        "(scrub|purge|wipe) my NUMBER",
        "opted out",
        "opt me out",
        "go away !(for|next|to|on|this|in|gift|party|present|trip)",
        "(dont|not) bother (DOING|TEXT)",
        "(next|more) (text|message|msg) (and|i|ill|we|im)* (_){0,3} THREAT",
        "^ PLEASE* (sop|sto|stoop|stap|stip) ((DOING|me|it) _{0,2})? PLEASE* $",
        "(dont|not|never) reach out (to|again|ever|anymore)",
        "how do i stop (these|this|getting|your)",
        "cease and desist",
        "refrain from (DOING|any)",
        "(dont|not|never) (send|sending) (ME)? (any|more|further)* SENT",
        "(never|not|dont) TEXT (or|and|nor) TEXT PLEASE* $",
    ),
    "words thrown away": (
        (
            "^ PLEASE* (get bent / kick rocks / take a hike / scram / take a long walk / go to hell / eat shit /"
            " kiss my ass / suck it / hop off / go kick rocks / bite me / get a life) PLEASE* $"
        ),
        (
            "(hold|kill|cut|lay|ease|chill|pause|mute|silence|drop|halt|block|axe|nix|ditch)"
            " (off|it|out|with|on|all|the|these|those|your|ur|my|ME)*"
            " (texts|messages|msgs|txts|texting|spam|sms|notifications) PLEASE* $"
        ),
    ),
}
