"""What is no plea to stop and yet not harmless (strangers, grudges), and what is harmless with a revoking word in it.

Rules of `revocation_grammar`, in English, Spanish and French.
"""

_NUMBER = "(number|phone|num|cell|line|numero|telefono)"

STRANGER_RULES: dict[str, tuple[str, ...]] = {
    "not who you mean": (
        (
            "^ (PLEASE|this|is|im|i|am|it|its|that|sorry|no|nope|hes|shes|isnt|aint|not|thats|definitely)*"
            " (not|isnt|aint) (him|her|NAME / that|the person) (PLEASE|here|lol|sorry|anymore|bro)* $"
        ),
        "(thats|this|that|its) (is|isnt|not)* (not|isnt) (me|him|her|NAME) PLEASE* $",
        "^ (PLEASE|thats|that|is|sorry|no|its)* (not my name) ",
        "my name (isnt / is not / aint)",
        "not (who|whom) (you|u) (think|want|are|r)",
    ),
    "confused with somebody": (
        "confused|mixed (me|up|ME)* (with|for) (someone|somebody|another|a)",
        "(meant|intended) (for|to) (text|be|reach|message|go|to|for)* (someone|somebody|another) (else)?",
        "mistaken identity",
        "no such person",
        "(youre|you|looking|searching|asking) _{0,2} for (someone|somebody) else",
    ),
    "wrong number": (
        "(must|probably|might|may|prob) (have|be|has) (a|the)* (wrong) !(car|year|date|time|color|size|shade|price)",
        "wrong (pers) PLEASE* (who is|whos|whose)? this? $",
        "who|whos is? this? (sorry|you|u)* wrong (number|person)",
        f"this is not (the|his|her|their|a)* (right|correct)? {_NUMBER} (for|of)? (NAME)? ",
        f"this {_NUMBER} (was|has|been|got|is|just)+ (reassigned|recycled)",
        f"(new|had|got|this) (this)? {_NUMBER} _{{0,4}} (was|not) (NAME|davids|his|hers)",
        "(no|num|numero|mal) (PLEASE)? (equivocado|ekivocado|equibocado|incorrecto)",
        "(esta|estas|estan|anda) (ekivocado|equivocado|equibocado)",
        "(mauvais|faux) (num|numero)",
        "(pas) (le|la) (bon|bonne) (personne|numero|num)",
        "erreur sur la personne",
    ),
    "who": (
        "who|whos (is|the|hell|heck|tf|wtf|fuck)* NAME PLEASE* $",
        "(aqui|aca) no (esta|vive|trabaja|hay) (NAME|nadie|ningun)",
        "no conozco a (esa persona / ese|nadie|NAME)",
        "^ (PLEASE|ese|esa|yo|pero)* no soy (yo|el|ella|NAME) PLEASE* $",
        f"(este|ese) (ya)? no es (su|el|mi) {_NUMBER}",
        f"NAME (cambio|changed / a change) (de|his|her|their)? {_NUMBER}",
        f"acabo de (recibir|obtener|sacar|agarrar|tener) este {_NUMBER}",
        f"viens (d|de)? (avoir|davoir|dobtenir|recevoir) (ce|le) {_NUMBER}",
        "^ (PLEASE|cest|ce|nest|ca|c|non|est|desole)* pas (moi|NAME|lui|elle) PLEASE* $",
        "^ (PLEASE|ya|il|ny|y|a|desole|non)* pas de NAME (ici)",
        "(plus|pas) le (numero|num|telephone) (de|a) NAME",
        "connais pas cette personne",
        "(suis|connais) pas (de|d)? NAME",
        "a pas de NAME",
        "personne (de|avec) ce nom",
        "numero (nest / n est) plus a",
        "(nest|est) plus le numero de",
        "^ PLEASE* (cest)? qui (est|cest|c)* NAME PLEASE* $",
        "no es (el|su)? (numero|telefono) de NAME",
        "numero ya no es de",
        "NAME ya no (tiene|usa) este",
        "^ PLEASE* quien es NAME PLEASE* $",
        "NAME (changed) (his|her|their)? (number|numbers)",
        "NAME (no longer / doesnt / does not) (have|has|use|own|uses|owns)",
        "(dont / do not / didnt) (even)? own (a|any) (car|vehicle|truck|auto|tesla|jeep|bmw|honda|toyota|ford)",
        "^ PLEASE* (aqui no es / te equivocaste / se equivoco)",
    ),
}

SUSPECT_RULES: dict[str, tuple[str, ...]] = {
    "who are you": (
        (
            "^ (PLEASE|sorry|but|pardon|disculpe|perdon|so|um|uh / new phone)* (who (is|r|are)?"
            " (this|dis|you|u|that) / whos (this|that|dis) / who dis / quien (es|habla) / qui (parle / est ce /"
            " cest) / cest qui / quien eres) (please|usted|la / por favor)* $"
        ),
        "(with|a|con) (whom|quien|qui) (am|hablo|je|tengo|parle)+ (talking|parle|hablo / el gusto)? ",
    ),
    "whence my number": (
        (
            "(how|where|howd|whered) (did|d|do|you|u|yall|guys|the|hell|have)* (get|got|find|have|obtain) (a hold"
            " of)? (MY) NUMBER"
        ),
        "who (gave|give|told|sold) (you|u|yall)* (MY) NUMBER",
        "why (do|did|you|u|yall)* (have|got) (my) NUMBER",
        (
            "(como|donde|quien) (consiguieron|consiguio|obtuvo|obtuvieron|sacaron|saco|tienen|tiene|dio|les|le)+"
            " (mi) NUMERO"
        ),
        "(comment|ou|qui) (avez|vous|avezvous|eu|obtenu|trouve|a|donne)+ mon NUM",
    ),
    "why do you write": (
        "why|y (are|r|do|you|u|yall|guys|keep|am|i|does)* (DOING|texting|text|getting|receiving|keep|messaging)",
        "(you|u|yall) (keep|kept) DOING",
        "(you|u|yall) (text|message|call) (too|so) much",
        "when (does|will|do) (this|these|it|they) (stop|end)",
        "when will you (stop|end)",
        "(keep|i) getting (these|texts|messages|your|ur|this)",
        "(por que|porque) (me|nos) (escriben|escribe|escribes|mandan|manda|estan|llaman|envian|sigue|siguen)",
        "pourquoi (vous|tu) (me|m)? (ECRIRE|MECRIRE)",
    ),
    "too many": (
        "(too|demasiados|muchos|tantos|trop) (much|many|de)? SENT|MENSAJE|TEXTO",
        "(sick|tired|fed|annoyed) (up|of|with|by|getting|all)* (these|your|this|the|ur)* (getting)? SENT|DOING",
        "(im|i|am) over (these|this|your) SENT",
        (
            "^ (PLEASE|so|very|this|is|super|its|youre|are|really)*"
            " (annoying|harassment|scam|spam|scammer|scammers|spammers|phishing) PLEASE* $"
        ),
        (
            "(a|es|una|esto|sounds|like|u|you|are|youre)+"
            " (scam|scammers|spammers|spammer|estafa|acoso|spam|arnaque|fraude|fraud|harcelement|scammer)"
        ),
        "du (spam|harcelement)",
        "esto es (acoso|estafa|spam)",
        "cest (du|une|de|la)* (arnaque|spam|harcelement|fraude|harassement)",
    ),
    "not interested": (
        "^ (PLEASE|nah|no|were|im|i)* (uninterested / not interest)",
        "ca|cela|ne (ne)? (minteresse / m interesse) (pas|plus)",
        "(no|nunca) (me)? (inscribi|suscribi|registre|pedi) (esto|nada / a esto)?",
        "(jamais|pas) (demande|inscrit|inscrite|abonne|abonnee)",
        (
            "(never|didnt|(did not)) (ask|asked|request|requested|authorize|authorized|want|wanted|sign|signed)"
            " (for)? (this|these|any)"
        ),
    ),
    "a grudge": (
        "^ (PLEASE|i|ill|will|im|going|gonna|to)* (sue|suing) (you)? PLEASE* $",
        "(calling|call|contacting|tell|telling) (the|my) (bbb|lawyer|attorney|ag|fcc|ftc|cops|police)",
        "^ PLEASE* (were / we are / im / i am) (done|over|finished) (with (this|YOU)+)? $",
        (
            "^ PLEASE* (delete / thats enough / that is enough / silence / hush / shush / zip it / shut up /"
            " stfu / count me out / reported / reporting you / reporting this number / give it"
            " a rest / give it up / reported you / fuera / assez / eliminar / remover / finish) PLEASE* $"
        ),
        "^ (PLEASE|cest|y|en|a|yen)* (assez / marre / plus jamais) PLEASE* $",
        (
            "^ PLEASE* (cancel|delete|remove|end|kill|borra|elimina) (this|it|all|everything|todo|eso|esto|that)"
            " PLEASE* $"
        ),
        "^ PLEASE* (no|dont / do not) (reply|respond) PLEASE* $",
        "^ PLEASE* (i|we)? (dont / do not) want (any of)? (this|these|it) PLEASE* $",
        "(dont / do not) want to (talk|speak) (to|with)",
        "^ PLEASE* (i|we)? (dont / do not) want PLEASE* $",
        (
            "^ PLEASE* (block|quitar|borrar|borren|eliminen|silencio|callense|bloqueados|reportado|supprimer"
            "|retrait) PLEASE* $"
        ),
        "^ PLEASE* (terminer|terminen / shut it / taisez vous / fermez la) PLEASE* $",
        (
            "^ PLEASE* (ya no quiero / borren todo / cancelar esto / effacez tout / annuler tout / annulez tout /"
            " ca va faire) PLEASE* $"
        ),
        "^ PLEASE* (this is)? going to spam PLEASE* $",
        "^ PLEASE* (beat it / drop dead / remove list) PLEASE* $",
        "VAYAN (a|al)",
        "(vete|vayan) a la",
        "(ya los / los|les voy a) (reporte|reportar|denunciar|demandar)",
        "vous signale",
        "^ (im|i|am)* reporting (this|your) number PLEASE* $",
        "^ (PLEASE|je|on|i|yo|mas)* (quiero cancelar / veux annuler / mensajes no / estuvo) PLEASE* $",
        "^ pls|please no $",
        "(rather|prefer) (you)? (not|no|didnt)",
    ),
    "not now": (
        "(dont / do not / no / never) (TEXT|SENT) (ME|or|and|TEXT|any)* (today|tonight|tomorrow|now / this week)",
        "no (text|texts|txts|messages|msgs|sms) (after|before|until|during|past)",
        "(dont / do not / no / never) (TEXT|SENT) (ME|or|and|TEXT|any)* (during|(this|so|that|too) (early|late))",
        "(ECRIRE|MECRIRE) (moi)? (pas|plus) (si|aussi|trop) (tard|tot)",
        "(ECRIRE|MECRIRE) (moi)? (pas|plus) (avant|le|apres|jusqua|la|durant|pendant)",
        "(dont / do not) (TEXT) (ME)? (_){0,4} (dont|not) (TEXT) (ME)? (today|tonight|yet|until)",
    ),
}

_IT = (
    "(it|this|these|them|texting|messaging|me|sending|contacting|calling|emailing|us|bothering|spamming|please|the"
    "|your|all|getting)"
)
_OTHER = f"!({_IT})"

HARMLESS_RULES: dict[str, tuple[str, ...]] = {
    "a stop one makes": (
        "stop (around|about|past|later|monday|tuesday|wednesday|thursday|friday|saturday|sunday|start)",
        "(emergency|sudden|hard|complete|rolling) stop",
        "(a|one|more|first|last|next|quick|pit|another|1|your|my) stop|stops",
        "stop (button|switch|thru|lamp|lamps|bulb|bulbs|lens)",
        "(cops|cop|police|officer|trooper|sheriff|dps) (_){0,2} (stop|stops|stopping)",
        "start (and)? stop",
        "stop and (go|see|get|grab|pick)",
        "(had|have|need|gotta|going|got|want|like) (to)? stop (for|at|by|in|and|on|off)",
        (
            "stop"
            " (for|halfway|smoothly|well|properly|at|on|in|by|when|motion|watch|selling|carrying|making|taking"
            "|doing|working|offering|raining|renting|soon|there|near|here|before|after) !(the last / once /"
            " real / good /"
            " ever / now)"
        ),
        (
            "(rain|noise|squeak|leak|rattle|bleeding|music|alarm|beeping|snow|wind|traffic|shaking|vibration)"
            " (will|to|did|does|didnt|wont|would|has|to)* (stop|stopped|quit|end)"
        ),
        "stop me if",
        "(which|what) (stop|end)",
        f"how (do|can|could|to|does) (i|we|you|it|one)* stop {_OTHER} _",
        "(need|needs|want|wants) (the|my|this) !(SENT|DOING|nonsense|harassment) _ to stop",
        "(the|my|this) !(SENT|DOING|nonsense|harassment) _ (needs|has) to stop",
        "arret stop|court|complet",
        "(au|le|du|prochain) stop",
        "stop (au / on the) (coin|corner)",
        "stop is",
        "wont (my|the) _ stop",
        "stop (the|my|our|this) (order|job|install|installation|work|project|appointment|process|wrap) !(SENT)",
        "cancel no (im|i)",
        "(will|does|do|would) (it|this|that|the|tint|ppf|film|they) (_){0,2} stop (_)",
        "stop (the|that|this|my|our) _ (_)? (at|on|from|under|before|in|near|above|below|leak|line)",
        (
            "(where|when|what / how far) (_){0,5} (stop|stops|quit|end)"
            " !(texting|messaging|sending|getting|receiving|these|calling)"
        ),
        "(does|did) (it|they|the|that|he|she|my|_) (_){0,3} stop|stopped|quit (_)?",
        (
            "(do|did|have|are) (you|yall|the|they|u) (_){0,5} (stop|quit)"
            " (making|carrying|doing|selling|taking|early|today|at|halfway|after|for|on|offering)"
        ),
        "(cant|cannot|couldnt|wont|doesnt|wouldnt / could not) (even / seem to)? stop !(you)",
        "(car|brakes|brake|it|motor|truck|window|windows) (wont|dont|doesnt / does|do not) stop",
        "what time (_){0,4} (stop|quit)",
        "do (you|yall) (guys)? (ever)? (stop|quit) (today|early|at|for)",
        "when (do|does) (_){0,3} (quit|stop)",
    ),
    "a booking": (
        "(might|may|could) ((have|need) to)? cancel",
        "cancel (1pm|2pm|3pm|4pm|5pm|6pm|8am|9am|10am|11am|12pm|noon|130|230|330|430)",
        "(policy|charged|fee|cost|free|able|easy|penalty) to cancel",
        "(dont / do not / didnt) (want|wanna|need|have|mean|plan)* to cancel",
        (
            "cancel (tuesday|monday|wednesday|thursday|friday|saturday|sunday|tomorrow|today|tonight|mon|tue|tues|wed"
            "|thu|thurs|fri|sat|sun)"
        ),
        "revoke|revoked my (license|licence|warranty|registration|insurance)",
        "if (i|we) (_){0,2} cancel",
        "(had|have|need) to cancel (last|my|our|the|because|on|for|due)",
        "(how|late|when) (late|soon|early)? can (i|we) cancel",
        "(want|wanna|like|going|need) to cancel (just|but)",
        "(cancel|canceled|cancels) (last|next) (time|week|month)",
        "(do|does|will|would) (_){0,6} if (i|we) cancel",
    ),
    "something else": (
        (
            "(motor|engine|compressor|blower|alternator|regulator|window|ac|radio|switch|heater|battery) (just"
            "|has|had)* quit"
        ),
        "quit (fan|raining|snowing|going|working|low|a|nice|the|expensive|dark|hot|loud|sure|often|some)",
        "to quit on (this|it|my|the|you)",
        "is quit",
        "_ enough",
        "enough !(SENT|DOING|with|of|already|is|please|now|pls|thanks|thank|ya|stop) _",
        "(bitter|dead|loose|opposite|weeks|months|years) end",
        (
            "cancel (culture|button|policy|lunch|dinner|tint|ppf|wrap|ceramic|rear|front|order|appointment|appt"
            "|booking|deposit)"
        ),
        "end (price|cost|total)",
        "(my|our|the|his|her) _ quit",
        (
            "quit (acting|starting|heating|cooling|charging|opening|closing|drinking|vaping|gambling|eating"
            "|school|your|my|his|her|while|ahead|day)"
        ),
        "basta (una|un|el|la|con) !(ESCRIBIR)",
        "basta de (calor|sol|lluvia|frio)",
        "spam (folder|musubi|box|filter)",
        "(in|to|my|check|into|the) (the|my)? spam",
        "(north|south|east|west) end",
        "end to end",
        "my (lawyer|attorney) (has|friend|had|is|drives|said|recommended|wants)",
        "lawyer friend",
        "law firm",
        "(license|licence) (was|is|got|been)* revoked",
        "revoked license",
        "(eso|esto|asi) basta",
        "(done) (at|with) (work|the|my|picking|it|school)",
        "DROP ME off hold",
        "(are|be|is|we|were|all|get|im) done (at|with|by|picking|today|in|on)",
    ),
}
