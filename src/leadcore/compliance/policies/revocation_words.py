"""The words people end (or begin) being written to with, as data, in the normal form of `revocation.normal_form`.

Sources: 47 CFR 64.1200(a)(10) for the per-se words; Twilio's default keywords; CRTC/CWTA short code rules for ARRET.
"""

PROVIDER_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
PROVIDER_START = frozenset({"START", "UNSTOP"})
PROVIDER_HELP = frozenset({"HELP", "INFO"})
"""What the carrier answers itself when it is the whole message (any case). YES is not here: most are answers."""

PER_SE = frozenset({"stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe"})

STRONG = frozenset(
    {
        "stop", "stopall", "unsubscribe", "unsub", "optout", "dnc",
        # as people mistype them
        "stp", "stpo", "sotp", "tsop", "stopp", "sstop", "stoip", "stiop", "st0p", "5top", "stopo", "stoop",
        "unsubscibe", "unsubcribe", "unsuscribe", "unsubscrib", "unsubscribed", "unsubscribeme", "unsubsribe",
        "unsubscirbe", "unscribe", "unsubscripe", "ubsubscribe", "desubscribe", "unscubscribe", "unsubscrive",
        "unsubsrcibe", "sytop", "stope", "stahp", "stawp",
        # Spanish, French
        "alto", "parar", "pare", "paren", "basta", "detener", "detengase", "desuscribir", "desuscribirme",
        "cancelarsub",
        "arret", "arreter", "arretez", "arrete", "stopper", "desabonner", "desabonnement", "desinscrire",
        "desinscription",
    }
)  # fmt: skip
"""Nobody means anything else by them, whatever courtesy stands around."""

WEAK = frozenset(
    {
        "cancel", "end", "quit", "revoke", "cancell", "cancle", "canel", "cancelar", "cancela", "cancele", "baja",
        "fin",
        "qiut", "quti", "revok", "annuler", "terminar",
    }
)  # fmt: skip
"""Enough alone or with plain courtesy; with anything else they may be about an appointment."""

PHRASES = frozenset(
    {
        "opt out", "opt me out", "un sub", "c d", "c and d", "desabo",
        "stop all", "stop it", "stop this", "stop that", "stop me", "un subscribe", "end all",
        "cancel all", "quit it", "no more", "no mas", "dar de baja", "date de baja", "no gracias stop", "go away",
        "leave me alone", "remove", "remove me", "fin de mensajes", "plus rien", "ya basta", "ya no mas",
        "do not contact", "no contact", "take me off", "get me off", "delete me", "unlist me", "lose me", "blocked",
        "f off", "fuck off", "stop no more", "retirer", "stopped", "stopping", "removal",
        "removal request", "removed", "revoked",
        "delete and block", "reported and blocked", "blocked and reported",
        "resilier", "resiliation", "resiliez",
        "no text", "no texts", "no texting", "no msgs", "no messages", "no sms",
    }
)  # fmt: skip
"""Whole messages of several words."""

COURTESY = frozenset(
    {
        "please", "pls", "plz", "plse", "pleas", "kindly", "thanks", "thank", "thx", "ty", "you", "now", "ok", "okay",
        "just", "hey", "hi", "hello", "sir", "maam", "immediately", "asap", "already", "im", "done", "good", "day",
        "por", "favor", "porfavor", "gracias", "ya", "ahora", "hola", "svp", "sil", "vous", "te", "plait", "merci",
        "maintenant", "bonjour", "right", "away", "today", "so", "much",
    }
)  # fmt: skip
BABBLE = frozenset(
    {
        "it", "this", "that", "the", "i", "said", "no", "yes", "me", "we", "want", "to", "wanna", "need", "would",
        "like",
        "all", "everything", "omg", "wtf", "ffs", "damn", "fucking", "freaking", "god", "dude", "man", "bro",
        "reply", "text", "again", "must", "you", "guys", "is", "my", "answer", "here", "a", "and", "quiero", "je",
        "veux",
    }
)  # fmt: skip
"""May stand around a strong word (never a weak one) without changing it."""

INNOCENT = frozenset({"por fin", "al fin", "en fin", "a la fin"})
"""Whole messages that only look like one of the words."""

START = frozenset(
    {
        "start", "unstop", "optin", "opt in", "subscribe", "resubscribe", "re subscribe", "resume", "iniciar",
        "comenzar",
        "empezar", "reanudar", "commencer", "demarrer", "reprendre", "suscribir", "sabonner", "start texting me again",
        "start texts", "start messages", "opt me in", "opt me back in", "start again", "start texting me",
        "start please", "please start", "opt back in", "opt in again", "resubscribe me", "subscribe me again",
        "subscribe again", "recommencer", "reprendre les messages", "reabonner", "reabonnez moi", "volver a empezar",
    }
)  # fmt: skip
HELP = frozenset(
    {
        "help",
        "helpp",
        "more info",
        "help info",
        "ayudenme",
        "info",
        "ayuda",
        "aide",
        "help please",
        "please help",
        "help me",
        "help me please",
        "ayudame",
        "aidez moi",
    }
)

RESIDUE = frozenset({"stop", "stopall", "quit", "cancel", "revoke", "unsub", "unstop", "basta"})
"""Left over anywhere in a message once harmless phrases are taken out, they make it ambiguous."""
SHORT_RESIDUE = frozenset({"end", "remove", "optout", "enough", "spam", "harassment"})
"""The same, in messages of at most four words only: longer ones use them for other things."""
WATCHED = RESIDUE | SHORT_RESIDUE
