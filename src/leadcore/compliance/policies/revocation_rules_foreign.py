"""Spanish and French sentences that end contact, or seem to, as rules of `revocation_grammar`.

Sources: the keywords carriers list for Spanish and French (CWTA short code rules, Twilio), and how people write,
without accents, with English among it ("ya no texts please").
"""

_NO = "((ya)? (no|nunca|jamas|nome|nom|nop) (mas)?)"
_ME = "(me|nos|m|le|les|se)"

STOP_RULES: dict[str, tuple[str, ...]] = {
    "no me escriban": (
        f"{_NO} {_ME}? (vuelvan|vuelva|vuelvas|esten|este|andes|anden|sigan|siga|sigas|a|{_ME})* ESCRIBIR",
        "^ (PLEASE|no|favor|de|gracias)* no ESCRIBIR (ni|o|y|mas|nada|ESCRIBIR|me|MENSAJE|PLEASE|a|este|mi|NUMERO)* $",
        "((ya|please) no / no me) (MENSAJE|texting)",
        (
            f"{_NO} {_ME}? QUIERO"
            " (recibir|que|me|nos|mas|sus|tus|estos|ningun|ninguna|sigan|ser|de|los|a|volver|esos|este|tus)*"
            " (MENSAJE / ESCRIBIR / contactado / contactada / molestado / nada (PLEASE|mas|de|ustedes)* $ / saber"
            " de / recibir nada)"
        ),
        "^ PLEASE* ya no quiero (nada|esto|eso) PLEASE* $",
        (
            "no (autorizo|doy|di|acepto|tienen|tiene|tienes|les|le|te|mi|di|ningun|el)+ (mi|el|ningun|de)*"
            " (permiso / consentimiento / autorizacion / que me ESCRIBIR)"
        ),
        "(revoco|retiro|cancelo|anulo|quito) (mi|el)? (permiso|consentimiento|autorizacion|suscripcion)",
        "(prefiero|pido|solicito|ruego|exijo|agradeceria) que (ya)? no (me)? ESCRIBIR",
        "^ PLEASE* ya no (mas)? PLEASE* $",
        "^ PLEASE* ya (dejenme|dejeme|dejame) PLEASE* $",
        "(dejenme|dejeme|dejame) (en paz / tranquilo|tranquila|solo|sola)",
    ),
    "paren": (
        (
            "PAREN (ya|de|con|a|todos|todas|los|las|sus|tus|estos|esos|mis|mi|la|me|esta|SWEAR)*"
            " (MENSAJE|ESCRIBIR|DOING|mandarme|enviarme|escribirme)"
        ),
        "^ PLEASE* como (PAREN / me doy de baja / me salgo / darme de baja / me quito)",
        (
            "^ (PLEASE|alto|basta|ya)* (suspender|suspendan|terminar|bloqueado|eliminenme / fuera de aqui / estuvo"
            " bueno|suave) PLEASE* $"
        ),
        "como|que hago para que (ya)? (no|dejen)",
        "(dar|den|deme|denme|dame|darme|quiero|quisiera|doy|solicito) (me|de|la|dar|darme)* baja",
    ),
    "basta": (
        (
            "^ PLEASE* (para|pare|paren|parale|parele|parenle|detengan|detenga|detenganse|alto|basta)"
            " (esto|eso|todo|con|los|mensajes|textos|PLEASE)* $"
        ),
        "no mas (MENSAJE) ",
        "ni un (MENSAJE) mas",
        "(darse|dame|darme|dar|doy) (de)? baja",
        "desus~|desins~",
        "no autorizo MENSAJE",
        "(voy|vamos) a (reportar|bloquear|denunciar) (este|su|el|los)* (NUMERO|numero)?",
        "(cancelar|cancelen|suspendan) todo",
        "(interesa|interesado|gracias) quiteme|quitenme|saquenme|borrenme|eliminenme",
        "(dejenos|dejennos) (en paz)",
        "desuscribir|desuscribirme",
    ),
    "quitenme": (
        "QUITAR (de)? (mi|mis|este|ese) NUMERO",
        "^ PLEASE* (olvidense|olvidate|olvidese) de (mi / este NUMERO)",
        "(quit~|borr~|elimin~|saq~|sacame|remuev~) (me)? (de|del) (la|su|tu|sus|esta|esa)? (lista|sistema|grupo|base)",
        (
            "^ PLEASE*"
            " (quitenme|quiteme|quitame|saquenme|saqueme|sacame|borrenme|borreme|eliminenme|eliminame|elimineme"
            "|remuevanme|remueveme) PLEASE* $"
        ),
    ),
    "amenaza": (
        "(los|lo|las|te|les) (voy|vamos) a (bloquear|demandar|denunciar) ",
        "(voy a bloquear / bloqueare)",
        "si (me|nos)? (vuelven|vuelve|siguen|sigue|escriben|mandan|ESCRIBIR) (a)? _{0,3} BLOQUEAR",
        "(otro|un) mensaje (mas)? (y) _{0,2} BLOQUEAR",
        "BLOQUEAR si (siguen|sigue|vuelven|me)",
        "VAYAN (al diablo / a la (mierda|chingada|verga))",
        "(no|ya) (chinguen|chingues|jodan|jodas|joda|fastidien|molesten|molestes)",
    ),
    "ne m'ecrivez plus": (
        (
            "((ne|n|me|m|nous)+ ECRIRE / MECRIRE) (moi|nous|a|ce|numero|de|ca)* (plus|pu|pus|jamais|rien|pas)"
            " !(de|d|tard|tot|grand|petit|trop|avant|maintenant|encore|aujourdhui|ce|le|demain|si|fonce|pale|la"
            "|sur|souvent|cher|loin|foncee|info|infos|details)"
        ),
        "ECRIRE (moi|nous)? (plus|pu) (rien)? PLEASE* $",
        "ECRIRE (moi)? (plus|pu) (de|d) TEXTO",
        "(ne|n) (plus|pas|jamais) (me|m|nous|plus)* ECRIRE",
        (
            "(je|j|jveux|veux)+ (ne|n|nen)? (veux|souhaite|desire|voudrais|jveux)? (plus|pas|pu|pus|rien)"
            " (de|d|recevoir|avoir|vos|ces|tes|que|vous|me|m|etre|rien|jamais)*"
            " (TEXTO|recevoir|contacte|contactee|ECRIRE|rien|derange)"
        ),
        "(veux|jveux) (plus|pu|pas) rien savoir",
        "(je|j) (nen|n|ne)? (en)? veux plus PLEASE* $",
        "(je)? (ne|n) consens pas",
        "(navez|nai|avez) (pas|jamais) (donne)? mon (consentement|accord|autorisation)",
        (
            "(plus|pu|aucun|assez|fini|tanne|tannee|marre|ecoeure|ecoeuree|pas) (de|d|les|vos|des|aucun|jamais)+"
            " TEXTO PLEASE* $"
        ),
        "(assez|fini|tanne|tannee|marre|ecoeure|ecoeuree) (de|d|les|vos|des|ces) (recevoir|vos|ces)* TEXTO",
        (
            "comment (faire|on|je|puis|peut)* (pour)? (me|se|ARRETER|desabonner|desabonne|desinscrire / ne plus)"
            " (recevoir|desabonner|desabonne|les|vos|ces|de|TEXTO)*"
            " (messages|textos|TEXTO|desabonner|desabonne|recevoir)? !(le|la|mon)"
        ),
    ),
    "arretez": (
        (
            "ARRETER (avec|de|d|tout|tous|toutes|les|le|la|vos|ces|des|me|m|nous|vous|toute)*"
            " (ECRIRE|TEXTO|ca|cela|contact)"
        ),
        "^ (PLEASE|je|merci|de|non|ca|suffit)* ARRETER (immediatement|ca|cela|tout|PLEASE)* $",
        (
            "(dit|demande|demandais|dis|prie|demander|redit|repete) (vous|de|d|deja|dit)*"
            " (darreter|arretez|stop|arreter|cesser|arrete|ARRETER)"
        ),
        (
            "(veuillez|merci|priere|svp) (me|de|d|m|vous|bien)*"
            " (retirer|rayer|enlever|supprimer|effacer|oter|desabonner|ARRETER|darreter)"
        ),
        "(interesse|interessee|merci|harcelement|spam|textos|messages|suffit) (arretez|arrete|cessez|stop|stoppez)",
        "^ (PLEASE|ok|bon|la)* (ca suffit) (les|vos|avec|TEXTO|PLEASE)* $",
    ),
    "desabonnement": (
        "desabonn~|desinscri~",
        "retrait|revocation du consentement",
        "(je)? (retire|revoque|annule) (mon|le) (consentement|accord|abonnement)",
        "^ je revoque PLEASE* $",
        "(me|etre) (retirer|retire|retiree|enleve|enlever|rayer|supprimer|supprime)",
        "(jen|nen / j en) veux plus !(fonce|foncee|pale|que|grand|gros|long|fort|petit|opaque|clair)",
        "(aucun|plus|pas) (de)? TEXTO PLEASE* $",
        "entendre parler de vous",
        "(lachez|lache|laissez) moi PLEASE* $",
        "(fiche|fichez|foutez|fous) moi la paix",
        "vous bloque",
        "je bloque",
        "stop TEXTO",
    ),
    "retirez-moi": (
        "RETIRER (moi|nous)? (MON) NUM",
        "RETIRER (moi|nous|m)+ PLEASE* ($|de|d|des)",
        "^ PLEASE* (oubliez|oublie|perdez) (moi / MON NUM) PLEASE* $",
        "(annuler|annulez|annule) (mon|l|labonnement|cet|les|vos|abonnement)* (abonnement|labonnement|TEXTO)",
    ),
    "menace": (
        "(vais|va) (vous|te|porter|les|ce)* (bloquer|denoncer|signaler|poursuivre|plainte|rapporter)",
        "(porter|depose|deposer) plainte",
        (
            "^ PLEASE* (degage|degagez|decrisse|decrissez|decalissez|decalisse|crissez|foutez) (moi)?"
            " (le|camp|patience|la|paix|PLEASE)* $"
        ),
        "(allez|va) (vous|te) faire (foutre|voir|enculer)",
        (
            "laissez|laisse|lachez|lache|fichez|foutez|foute (moi|nous) (tranquille|tranquilles|patience|respirer"
            " / la paix)"
        ),
    ),
}

HOLD_RULES: dict[str, tuple[str, ...]] = {
    "negated, in Spanish or French": (
        "no (dejen|deje|dejes|deja) (de)? (ESCRIBIR|mandarme|enviarme|avisarme)",
        "(narretez|narrete / arretez|arrete pas) (pas)? (de|d|les|denvoyer|menvoyer)",
        "(no / ya no) (cancelen|cancele|cancelar) (mi|la)? suscripcion",
    ),
    "only at some hours, in Spanish or French": (
        "(pas|plus) (avant|apres|jusqua|durant|pendant|tot|tard / le soir|matin / la nuit)",
        "no (me)? ESCRIBIR (mensajes|textos|nada|al|a)* (antes|despues|hasta|mientras|trabajo / en la noche|manana)",
    ),
    "a complaint, not a plea": (
        (
            "(por que / porque / pourquoi / todavia / aun / como que / nadie) (vous|ustedes)? (no|ne|me|m|nous)+"
            " (han|ha|escriben|mandan|mandaron|ECRIRE|MECRIRE|llaman|contestan)"
        ),
    ),
}
