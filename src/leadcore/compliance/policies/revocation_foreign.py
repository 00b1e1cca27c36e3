"""Spanish and French sentences that end contact, over the normal form of `revocation.normal_form`."""

_ES_VERB = (
    r"(?:escrib\w+|mand\w+|envi\w+|contact\w+|llam\w+|molest\w+|texte\w+|marqu\w+|busqu\w+|hostig\w+"
    r"|acos\w+|mensaje\w+)"
)
_ES_SENT = r"(?:mensajes?|mensajitos|textos?|sms|correos?|llamadas?|publicidad|promociones|notificaciones|spam)"
STOP_ES = (
    (
        rf"\b(?:ya )?no (?:me|nos) (?!han? |e?stan? )(?:\w+"
        rf" )?(?!\w+(?:aron|ieron|iste|aste|ado|ido)\b|mando\b|manda[ns]?\b|escribe[ns]?\b|llama[ns]?\b"
        rf"|envia[ns]?\b){_ES_VERB}\b"
    ),
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
    r"\b(?<!donde )(?:quit|borr|elimin|sac|remuev)\w* mi (?:numero|telefono|nombre|contacto|correo)\b",
    r"\b(?:dar|den|deme|denme|darme|quiero|quisiera|solicito)(?: de| la| darme| me| dar)* baja\b",
    r"\b(?:cancelar|cancelen|anular) (?:mi |la )?suscripcion\b|\bdesuscrib\w+\b",
    r"^(?:ya )?no (?:me )?(?:escrib|mand|envi|llam|text|molest)\w+(?: (?:ni|o|y) \w+)*(?: (?:mas|nada|por favor|ya))*$",
    (
        r"\bno (?:me )?(?:llam|mand|escrib|envi)\w+ ni (?:me )?(?:llamen|manden|escriban|envien)\b"
        r"|\by no (?:me )?escrib\w+$"
    ),
    r"\bno (?:quiero|deseo) ser contactad[oa]\b|\bni un (?:mensaje|texto) mas\b|^ya no(?: mas)?$",
    (
        r"^(?:ya )?(?:para|pare|paren|parale|parenle|detengan|detenga|detenganse|detener|alto"
        r"|basta)(?: (?:ya|por favor|porfa"
        r"|porfavor|esto|eso|con eso|todo|los? mensajes?|los textos))*$"
    ),
    (
        r"\b(?:parenle|parale|detengan?|suspendan?|cancelen?|cancele|cancelar) (?:con )?(?:todo|los|sus|todos los|mis)"
        r"(?: (?:mensajes|textos|correos|sms|avisos))?\b(?! (?:cita|citas|orden))"
    ),
    (
        r"\b(?:saquen|saque|borren|borre|quiten|quite|eliminen|elimine|olvid\w+)(?: de)? (?:mi|mis"
        r"|este) (?:numero|datos"
        r"|contacto|telefono|correo)\b|\bdarse de baja\b|^(?:anular|revocar|revoco)$"
    ),
    r"\b(?:retiro|revoco|cancelo|anulo) (?:mi )?(?:consentimiento|permiso|autorizacion|suscripcion)\b",
    r"\b(?:reportar|bloquear|denunciar)(?:los|las|lo)?\b.*\b(?:escrib\w+|numero|mensajes?|mand\w+)\b",
    r"\b(?:quit|borr|elimin|sac|remuev)\w+(?:me|nme)(?: (?:de|del))?(?: (?:la|su|esta|esa))? (?:lista|sistema)\b",
    r"^(?:elimin|borr|remuev|saqu|quit)\w*(?:me|nme)(?: (?:ya|por favor|porfa))*$|\bdes(?:us|ins)crib\w*\b",
    r"\bno (?:me )?molest\w+(?: mas)?$|\bno mas (?:mensajes|textos|correos|por favor|texts|sms)\b",
    r"\bno (?:autorizo|doy mi (?:consentimiento|permiso)|doy permiso|acepto)\b.*\b(?:mensaj|contact|text|llam)\w*",
)
_FR_VERB = r"(?:ecri\w*|envo\w*|contact\w*|text\w*|appel\w*|derang\w*|harcel\w*|sollicit\w*|spam\w*|messag\w*)"
_FR_SENT = r"(?:messages?|textos?|sms|courriels?|appels?|e ?mails?|pubs?|publicites?|notifications?)"
_FR_LATER = (
    r"(?! (?:tard|tot|grand|petit|trop|avant|maintenant|encore|aujourdhui|ce soir|demain|si|fonce|le soir|d(?!e"
    r" (?:messages|textos|sms|courriels|pub))\w*)\b)"
)
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
    (
        r"^(?:veuillez |svp |merci de |merci d |merci d)*(?:arret\w*|cess\w*|stopp\w*)(?: (?:ca"
        r"|cela|tout|svp|merci|ceci"
        r"|ici))*$|\b(?:veuillez|merci d|merci de) ?(?:arreter|darreter|cesser|stopper)\b"
    ),
    r"\bmerci darreter\b|\b(?:spam|harcelement) (?:arretez|cessez|stop)\b|\bsvp arret\w+$",
    r"\b(?:cess\w+|arret\w+|stopp\w+) (?:tout )?(?:de )?(?:contact\w*|messages?|textos?)\b",
    r"\b(?:aucun|pas de|fini les|plus aucun) (?:message|messages|textos?|sms|courriels?)(?: svp| s il vous plait|$)",
    r"\bj ?en veux plus\b|\b(?:etre|me|merci de me|faites moi) (?:retire|retirer|enleve|supprime|enlever|supprimer)\b",
    r"\b(?:oubliez|effacez|supprimez|enlevez|retirez) (?:mon|ce) (?:numero|nom|contact|telephone|adresse)\b",
    r"\b(?:lach|laiss)\w+ (?:moi|nous)(?: (?:tranquilles?|la paix))?$|\bfout\w+ (?:le camp|moi la paix)\b",
    (
        r"^(?:je )?(?:revoquer|revoque|annule?)$|\b(?:retrait|revocation) du consentement\b"
        r"|\bje (?:retire|revoque|annule) (?:mon|le) (?:consentement|accord|abonnement)\b"
    ),
    r"\bannul\w+ (?:les|vos|mon|tous les) (?:messages|textos|abonnement|sms|inscription)\b",
    r"\b(?:vais vous bloquer|je vous bloque|vous etes bloque\w*)\b|^bloque$",
    r"\bje retire mon consentement\b",
)
