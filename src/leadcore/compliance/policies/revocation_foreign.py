"""Spanish and French sentences that end contact, over the normal form of `revocation.normal_form`."""

_ES_VERB = (
    r"(?:escrib\w+|mand\w+|envi\w+|contact\w+|llam\w+|molest\w+|texte\w+|marqu\w+|busqu\w+|hostig\w+"
    r"|acos\w+|mensaje\w+)"
)
_ES_SENT = r"(?:mensajes?|mensajitos|textos?|sms|correos?|llamadas?|publicidad|promociones|notificaciones|spam)"
STOP_ES = (
    rf"\b(?:ya )?no (?:me|nos) (?:\w+ )?{_ES_VERB}\b",
    (
        rf"\b(?:ya )?no (?:me |nos )?(?:quiero |deseo |quisiera )(?:recibir |que (?:me |nos )|me |mas |sus |tus "
        rf"|estos |ningun )*"
        rf"(?:{_ES_SENT}|{_ES_VERB}|nada de ustedes|saber de)\b"
    ),
    rf"\bno (?:\w+ )?(?:vuelv\w+ a|enviar|mandar|escribir|contactar|llamar) ?(?:{_ES_VERB}|{_ES_SENT}|mas|me)\b",
    rf"\bno (?:mas|me lleguen|me llegue|manden|mande|mandes|envien|envie|envies) (?:mas )?{_ES_SENT}\b",
    rf"\bdej(?:e|en|a|ar|es|arme|enme|eme|ame) (?:ya )?de {_ES_VERB}",
    r"\bdej(?:en|e|a)(?:me|nos) (?:en paz|tranquil[oa]s?)\b",
    (
        rf"\b(?:pare|paren|parar|para|paren ya|detener|detengan|basta|cancelar|cancelen|alto|suspender|suspendan"
        rf"|eliminar)"
        rf" (?:de |con |a |todos |todas |los |las |sus |tus |estos |esos |mis |ya )*(?:{_ES_SENT}|{_ES_VERB}"
        rf"|suscripcion)\b"
    ),
    (
        r"\b(?:quite|quiten|quita|borre|borren|borra|elimine|eliminen|elimina|saque|saquen|saca|remueva|remuevan)"
        r"(?:n?me|nos)\b"
    ),
    r"\b(?:quit|borr|elimin|sac|remuev)\w* mi (?:numero|telefono|nombre|contacto|correo)\b",
    r"\b(?:dar|den|deme|denme|darme|quiero|quisiera|solicito)(?: de| la| darme| me| dar)* baja\b",
    r"\b(?:cancelar|cancelen|anular) (?:mi |la )?suscripcion\b|\bdesuscrib\w+\b",
    r"\bno (?:autorizo|doy mi (?:consentimiento|permiso)|doy permiso|acepto)\b.*\b(?:mensaj|contact|text|llam)\w*",
)
_FR_VERB = r"(?:ecri\w*|envo\w*|contact\w*|text\w*|appel\w*|derang\w*|harcel\w*|sollicit\w*|spam\w*|messag\w*)"
_FR_SENT = r"(?:messages?|textos?|sms|courriels?|appels?|e ?mails?|pubs?|publicites?|notifications?)"
_FR_LATER = r"(?! (?:tard|tot|grand|petit|trop|avant|maintenant|encore|aujourdhui|ce soir|demain|si|fonce)\b)"
STOP_FR = (
    rf"\b(?:ne |n)?(?:me |m|nous |mon )?{_FR_VERB}(?: (?:moi|nous|a|ce|numero))* (?:plus|pas)\b{_FR_LATER}",
    rf"\b(?:ne |n)(?:me |m|nous |m en )?{_FR_VERB}(?: \w+){{0,2}} (?:plus|pas)\b{_FR_LATER}",
    rf"\bne (?:plus|pas|jamais) (?:plus )?(?:me |m|nous |men)?{_FR_VERB}\b",
    (
        rf"\b(?:arret\w*|cess\w*|stopp\w*)(?: (?:de|d|tout|tous|toutes|les|vos|ces|des|me|m|nous))*"
        rf" ?(?:m|d|de m)?(?:{_FR_VERB}|{_FR_SENT})\b"
    ),
    rf"\bplus (?:de|aucun|jamais de|d) ?{_FR_SENT}\b",
    (
        r"\b(?:enlev|retir|suppri|effac|desabonn|desinscri|ray)\w*(?: |)(?:moi|nous|mon (?:numero|nom|contact)|ce"
        r" numero)\b"
    ),
    (
        r"\b(?:retirer|enlever|supprimer|desabonner|desinscrire|me desabonner)(?: (?:moi|mon|de|ce|votre|la"
        r"|numero))* (?:liste|numero)\b"
    ),
    r"\b(?:laiss|fout|fich|lach)(?:ez|e|es|s|ons)? (?:moi|nous) (?:la paix|tranquilles?)\b",
    (
        r"\b(?:je |j)?(?:ne |n)?(?:veux|souhaite|desire|voudrais) (?:plus|pas)"
        r" (?:rien|jamais|etre|recevoir|vos|ces|que vous|entendre)\b"
    ),
    r"\bme (?:desabonner|desinscrire|retirer)\b|\bdesabonn\w+\b|\bdesinscri\w+\b",
    r"\bje retire mon consentement\b",
)
