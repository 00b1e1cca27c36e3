"""Phrases that are taken out of a message before it is asked whether it ends contact: they only sound like it.

A harmless phrase of `revocation_rules_doubt` merely explains a revoking word that is left over. These go further: what
is in one of them is no part of any rule ("I got no texts", "wrong number of windows").
"""

_CAR = (
    "(tint|film|ppf|wrap|sticker|stickers|decal|decals|badge|badges|emblem|bubbles|bubble|plastic|paint"
    "|scratch|scratches"
    "|residue|glue|chrome|pelicula|polarizado|film|burbujas|etiqueta|calcomania|pellicule|teinte|bulles|autocollant)"
)
_PART = (
    "(windows|window|doors|door|panels|glass|series|model|modelo|modele|ventanas|puertas|vidrios|vitres"
    "|portes|placa|serie|plaque|part|parts)"
)

_PAPER = (
    "(factura|recibo|cotizacion|ubicacion|direccion|foto|fotos|paquete|grua|estimado|cuenta|invoice"
    "|receipt|quote|estimate"
    "|picture|pic|pics|photo|photos|bill|address|location|tow|paperwork|warranty|file|facture|recu|soumission|photo"
    "|adresse|contravention|amende|ticket|multa|garantie|colis)"
)

SET_ASIDE: dict[str, tuple[str, ...]] = {
    "a paper": (
        (
            "(ESCRIBIR|ECRIRE|MECRIRE|recevoir|recibir) (la|el|los|las|una|un|mi|le|les|une|mon|ma|otra|pas|plus"
            f"|de)* {_PAPER}"
        ),
        "no ESCRIBIR (nada|la|el)* (todavia|aun)",
        f"(get|take|find) my NUMBER (from|off|out) (of)? (the|my|your)* {_PAPER}",
    ),
    "manners of speaking": (
        "no (me|nos)? (molesta|molesto) !(mas)",
        "basta con eso",
        "not (kidding|joking|playing|lying)",
        "use (that|the|this) email",
        "(take|get) (me|us) out (at|by / of the _ slot / of the slot)",
        "(absolutely|definitely|certainly|obviously) not",
        "off speaker|speakerphone",
        "stop|stopping|stoppin|stopn (by|thru)",
        "wrong number plate|plates",
        "the wrong (one|person) (picked|got|came|took|received)",
        "no se (moleste|molesten|preocupe|preocupen)",
        "screw (you|u|that|they|he) (forgot|left|lost|put|dropped)",
        "not now (not|or|nor|and) ever",
        "(thats|its|is|was|picked|ordered|bought|sent|got|chose|the) the wrong one",
        "(dont / do not) need to be (called|phoned)",
        "(not|isnt) spam",
        "(looked|looks|went|thought|goes|came) (up)? (like|to|as|in|into)* spam",
        "(need|have) to TEXT (me|us)? back",
        "(stop start / start stop)",
        "(quiero|queria|quisiera) (molestar|molestarlo|molestarlos|molestarla|llamar|llamarle|llamarles|marcar)",
        "(veux|voulais|voudrais) pas (vous)? (deranger|importuner)",
        "sin (contestar|leer|responder)",
        "stop|stops|stopping at (the|a|my|your|our|home)",
        (
            "stop (fogging|leaking|squeaking|rattling|peeling|bubbling|fading|whistling|raining|shaking|beeping"
            "|making"
            "|working|overheating|cracking|squealing|grinding|clicking|buzzing|humming|vibrating|slipping|barking"
            "|crying"
            "|dripping) !(me|us|my)"
        ),
    ),
    "not received": (
        (
            "(got|get|getting|see|saw|seen|received|recieved|receive|have|had|showing|shows|came / there was /"
            " there were) no (new|more)? SENT (yet|from|today|at|PLEASE|so)* $"
        ),
        "no (SENT) (yet|came|received|has|have|arrived|showing / from you)",
        (
            "(no) (me)? (llego|llegaron|llegado|recibi|mandaron / ha llegado / han mandado) (el|ningun|los|su"
            "|sus)* MENSAJE"
        ),
    ),
    "a message one leaves": (
        (
            "(dejen|deje|deja|dejo|dejar|dejame|dejeme|dejenme|dejaron|dejale|dejele) (el|un|su|me|le|les|mi)*"
            " (mensaje|mensajes|texto|recado)"
        ),
        "(es|sirve|uso) para (MENSAJE|ESCRIBIR)",
        "para (los|las|mis)* MENSAJE (uso|usen|use|este|esta|tengo|prefiero|mejor|al|escriban)",
        "para (ESCRIBIR) (te|le|les|lo|los|fotos|foto|una)",
        "ESCRIBIR (me)? (a|al|con) (otro|otra|taller|casa|su)",
        "(ai|nai|navons|recois|vois|trouve|avons) (pas|jamais|rien / plus vos)+ (recu|eu|vu|vos|de|d|les)* TEXTO",
        "(nomas|solo) (texto|mensaje|mensajes|textos) PLEASE* $",
    ),
    "a number of things": (
        f"wrong number (of / on the / for the) {_PART}",
        (
            "wrong (number) (on|for|of) (the|my|that)? (quote|invoice|estimate|order|car|model|receipt|windows"
            "|plate|vin)"
        ),
        f"(numero|num) (equivocado|incorrecto) (de|en) (la|el|mi)* ({_PART}|cotizacion|factura|vin)",
        f"(mauvais|faux) (numero|num) (de|d|sur) (la|le|mon|ma)* ({_PART}|facture|soumission|serie|vin)",
    ),
    "leave the shop": (
        "get (me|us|it|her|him / my car) out (by|before|around|at|in|sooner|earlier|early|quick|faster / of there)",
        "(get|take) me (in|back)",
        "(drop|pick) me (off|up)",
        ("(get|take|let) me (off|out) (of)? (this|the|my)? (_){0,2} (slot|7am|8am|9am|10am|11am|1pm|2pm|3pm|4pm)"),
    ),
    "calls only": (
        (
            "no (me)? (llame|llamen|llames|llamar|marque|marquen|marques|hable|hablen) (mejor|solo|nomas|por"
            "|favor|mas|bien)*"
            " (mande|manden|mandame|mandeme|mandenme|texto|textos|mensaje|mensajes|escriba|escriban|escribame"
            "|escribeme|textee)"
        ),
        "mappelez|mappelle (moi)? pas (j|jarrive|je|textez|ecrivez)",
        (
            "(NEG|(do not)|no|stop|quit) (call|calls|calling|phone|ring) (me|us|please)? (just|only)? (text|txt"
            "|message) (me|us)? (only|instead|PLEASE|better|is)* $"
        ),
        "(mappelez|mappelle|appelez|nappelez) (moi)? pas (au|avant|apres|le|pendant|ce|en|trop|si|tot|tard)",
        "(nappelez|nappelle|appelez|appelle) pas (ecrivez|textez|ecris|texte) (moi|plutot|PLEASE)*",
        (
            "(pas|plus) d? (appel|appels) (PLEASE|svp)* (par|juste|seulement|ecrivez|textez) (texto|sms|message"
            "|moi|textos)"
        ),
    ),
    "something of the car": (
        (
            "(remove|removing|removal|quitar|quiten|quite|enlever|enlevez|retirer|retirez / take off) (of)? (the"
            f"|my|old|el|la|los|mi|mis|le|l|ma|mon|les|vieille|vieux|ancienne|rear|back|front)* {_CAR}"
        ),
        ("(dar|dado|doy|deme|den) (de)? baja (las|el|los|mis|unas|mi)* (placas|carro|coche|auto|vehiculo)"),
    ),
}
