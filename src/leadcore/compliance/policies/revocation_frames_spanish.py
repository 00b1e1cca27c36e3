"""Spanish frames of ending contact, for every form of their verbs; see `revocation_frames_english`."""

from leadcore.compliance.policies.revocation_inflection import spanish

_TO_ME = ("", "me", "nos", "le", "les", "melo")

LEXICON = {
    "PAREN": (
        spanish(
            "parar deten/deteng/er suspender terminar cancelar cesar anular acabar finalizar",
            clitics=("", "le", "se"),
        )
        + " pararan dejaran dejasen cesaran parese ceses terminad"
    ),
    "PARAN": spanish("parar deten/deteng/er suspender terminar cesar", clitics=("", "le", "se")),
    "DEJEN": "deja dejad dejar deje dejen dejes dejame dejeme dejenme dejennos dejenos dejense dejese",
    "DESACTIVAR": spanish(
        "desactivar apag/apagu/ar silenciar cortar bloque/bloque/ar suspender cancelar anular quitar",
        clitics=("", "me"),
    ),
    "ESCRIBIR": spanish(
        "escribir mandar enviar contactar llamar molestar marc/marqu/ar texte/texte/ar textear mensajear hablar"
        " fastidiar chingar joder acosar hostig/hostigu/ar spamear notificar incomodar insistir"
        " texiar texear textiar atosig/atosigu/ar bombardear saturar freg/fregu/ar busc/busqu/ar",
        clitics=_TO_ME,
    ),
    "QUITAR": spanish(
        "quitar borrar eliminar sac/saqu/ar remover remuev/remuev/er retirar desapuntar tachar suprimir"
        " desuscribir desinscribir desincorporar desafiliar desvincular excluir olvidar perder pierd/pierd/er"
        " bloque/bloque/ar"
    ),
    "QUITARME": " ".join(
        word
        for word in spanish(
            "quitar borrar eliminar sac/saqu/ar remover remuev/remuev/er retirar desapuntar suprimir"
            " desuscribir desinscribir desafiliar desvincular bloque/bloque/ar excluir"
        ).split()
        if word.endswith(("me", "nos")) and not word.endswith("emos")
    ),
    "MENSAJE": (
        "mensajes mensaje msj msjs msg msgs sms smss texto textos textitos mensajito mensajitos publicidad"
        " publicidades"
        " propaganda promo promos promociones promocion ofertas notificaciones notificacion correos"
        " recordatorios anuncios"
        " comunicacion comunicaciones whats whatsapp whatsapps llamadas spam avisos mensajeria alertas alerta"
        " texteos suscripcion"
    ),
    "PARIENTE": (
        "esposo esposa marido mujer mama papa madre padre hijo hija hijos abuela abuelo hermano hermana"
        " suegra suegro novia novio"
    ),
}

_GAP = (
    "(ya|de|con|a|estar|andar|tanto|tanta|tantos|tantas|tan|toda|todo|todos|todas|los|las|la|lo|el|sus|su"
    "|tus|tu|vuestros"
    "|estos|esos|esto|eso|mis|mi|me|nos|esta|este|ese|esa|mas|cualquier|SWEAR|por|favor|porfa|PLEASE"
    "|seguir|recibiendo|andarme|estarme"
    "|un|una|que|le|les|al|recibir|mandarme|chingado|pinche|pinches|malditos|puto|putos)"
)
_ASK = (
    "(puede|pueden|podria|podrian|puedes|podrias|podeis|podriais|quiere|quieren|pudieran|pudiera|favor|quisiera|quiero)"
)
_PLACE = (
    "((de|d|del|en) (la|su|sus|tu|tus|esta|esa|este|ese|el|todas|las|vuestra|vuestro|mi)* (lista|listas"
    "|sistema|base|grupo|registro|registros|agenda|contactos|ahi|aqui|alli|chat|datos|esto|eso|list"
    "|whatsapp|servicio|MENSAJE))"
)

STOP_RULES: dict[str, tuple[str, ...]] = {
    "que paren": (
        f"PARAN {_GAP}* (MENSAJE|ESCRIBIR)",
        f"DESACTIVAR {_GAP}* MENSAJE PLEASE* $",
        (
            "(QUIERO|deseo|gustaria|quisiera|necesito) (ya|PLEASE)* (dejar|parar|cancelar|no) (de)? (recibir"
            f"|seguir|tener) {_GAP}* (MENSAJE|esto|estos|nada)"
        ),
        (
            "(QUIERO|deseo|gustaria|quisiera|necesito|pido|exijo|ruego|agradeceria) que (ya|PLEASE|me|nos|no"
            f"|todos)* (PARAN|ESCRIBIR / QUITAR (PLEASE* $|de) / QUITAR (mi|este|el) NUMERO / QUITAR {_PLACE} /"
            " (vuelvan|vuelva|esten|este|sigan|siga|anden|lleguen) (a)? (ESCRIBIR|MENSAJE))"
        ),
        (
            f"{_ASK} (ya|PLEASE|de|ustedes|usted|no)* (PARAN {_GAP}* (MENSAJE|ESCRIBIR) / QUITARME / (me|nos)?"
            " QUITAR (de)? (mi|este|el|ese) NUMERO)"
        ),
        f"{_ASK} (ya|PLEASE|de|ustedes|usted)* (me|nos) QUITAR (mi|el)? (NUMERO)? {_PLACE}",
        f"(QUIERO|quisiera|deseo|necesito|gustaria) (salir|salirme|salgo|salirnos) {_PLACE}",
        (
            "(QUIERO|quisiera|deseo|necesito|gustaria|como|favor|puedo|puede|pueden) (de|puedo|me|le|hago|para)*"
            " (QUITARME|salirme|desuscribirme) (de|la|esta|su|lista|PLEASE)* $"
        ),
        (
            "(dije|dicho|pedi|pedido|digo|repito|decir|decirles|decirle|dijimos|pido|avise) (ya|les|le|te|por"
            "|favor|que|claro|mil|veces|varias|muchas)*"
            " que (ya|me|nos)* (PAREN|QUITAR|no)"
        ),
        f"(no|ni) (ya)? QUIERO {_GAP}* (estar|seguir|aparecer|figurar) {_PLACE}",
        "(no|ni) (ya)? QUIERO (volver)? (a)? saber (mas|nada|ya)* de (ustedes|ti|usted|eso|esto|vosotros)",
        (
            "(no|ni|ya)+ QUIERO que (ya|me|nos|le|les)* (esten|este|anden|ande|vuelvan|vuelva|vuelvas|sigan|siga"
            f"|sigas|lleguen|llegue)+ (a)? {_GAP}* (ESCRIBIR|MENSAJE)"
        ),
        (
            "como (le|se|puedo|hago|hace|hacer|para|que|ya|podria)* (no|salir|salirme|cancelar|dejar|parar|evitar"
            f"|quitar) (me|nos|de)* (recibir|lleguen|llegar|llegando|ESCRIBIR|MENSAJE|{_PLACE})"
        ),
        (
            "(agradeceria|agradezco|preferiria|prefiero|gustaria|quisiera|suplico|favor|opto|elijo|mejor) (de|por"
            "|el)* (ya)? no (volver|seguir|a)* (recibir|ESCRIBIR|me)"
        ),
        "(ya)+ (PARAN|QUITARME) (de)? (ESCRIBIR)? PLEASE* $",
        "(dejame|dejenme|dejeme|dejennos|dejenos) (ya)? de (ESCRIBIR|MENSAJE|joder|chingar)",
        "no (me|nos) (estes|este|esten|andes|ande|anden|sigas|siga|sigan) (ya)? (ESCRIBIR|con|MENSAJE)",
        f"DEJEN (ya|PLEASE)* de {_GAP}* (MENSAJE|ESCRIBIR|usar|utilizar|hacer)",
        (
            "(no|ya|nunca)+ (vuelvan|vuelva|vuelvas|volver)? (a)? (usar|usen|uses|use|utilizar|utilicen|utilice)"
            " (mas)? (mi|este) NUMERO"
        ),
        "(no|de|a) (hagan|haga|hacer|mas) spam",
        (
            "(harto|harta|hartos|hartas|cansado|cansada|cansaron|cansan|fastidiado|fastidiada) (de"
            f"|con|ya)* {_GAP}* MENSAJE"
        ),
        "^ !(no|que|para|cuando) (_)* !(no|que|me|se) _ (paren|parenle|basta) (ya|PLEASE)+ $",
        "DEJEN (ya)? en paz",
        "^ PLEASE* (parar|pare|paren|cancelar|alto|eliminar) (todo|todos|ya|PLEASE|todas)* $",
        (
            "(cancelar|cancelen|cancele|cancela|terminar|parar|suspender|quitar) (el|mi|este)* servicio (de MENSAJE"
            " / PLEASE* $)"
        ),
        (
            "(no|ni) (les|le|te|he|hemos|di|dado|doy|damos|tienen|tiene|tienes|mi|el|ningun)* (permiso|autorizacion"
            "|consentimiento|derecho) (de|para|a)* (ESCRIBIR|contactar|MENSAJE|$)"
        ),
        (
            "(QUIERO|quisiera|solicito|pido|deseo|prefiero|exijo) (no)? ser (removido|removida|eliminado|eliminada"
            "|borrado|borrada|quitado|retirado|retirada|contactado|contactada|molestado|molestada|excluido|dado)"
        ),
        "(eliminacion|cancelacion|remocion|supresion|baja|borrado) (de|del|mi)+ (NUMERO|datos|numero)",
        (
            "(NUMERO) (_){0,3} (borrenlo|quitenlo|eliminenlo|borralo|quitalo|eliminalo|borrelo|quitelo|eliminelo"
            "|saquenlo) PLEASE* $"
        ),
        (
            "(dije|digo|puse|respondi|conteste|escribi|mande) (ya|que|la|palabra)* (alto|stop|basta|pare|paren|parar"
            "|baja) PLEASE* $"
        ),
        (
            "(me|nos) (molesta|molestan|fastidia|incomoda) (recibir|que|sus|tus|tantos|los|estos|esos|me)* (MENSAJE"
            "|ESCRIBIR)"
        ),
        "(no|ni) QUIERO que (usen|tengan|utilicen|compartan) mi NUMERO",
        (
            "(no|nunca|jamas) (autorizo|autorice|autorizamos|autorizado|acepto|acepte) (el|la|los|estos|sus|ningun"
            "|recibir|que|me)* (contacto|MENSAJE|ESCRIBIR)"
        ),
        "(no|nunca|jamas) (les|le|te|he|di|dado|dimos)+ permiso",
        "DEJEN (el|los|sus|la|con|ya)+ (spam|mensajes|publicidad|acoso|textos|promociones)",
        "(madre|coronilla|narices|gorro) (de|con)+ (sus|tus|los|tantos|tanto)* MENSAJE",
        (
            "^ PLEASE* (larguense|callense|vayanse|largate|callate|callese|larguese|esfumense|detente|detenganse"
            "|parense) PLEASE* $"
        ),
        "ni (me|nos)? ESCRIBIR ni (me|nos)? ESCRIBIR",
        "(suspendan|suspender|suspenda|cancelar|cancelen|cancele|terminen|paren) (el|su)? servicio (de)? MENSAJE",
        "^ PLEASE* (cancelame|cancelenme|canceleme) (PLEASE|de|los|MENSAJE)* $",
        "no QUIERO (seguir)? (recibiendo|recibir|teniendo) (nada|mas|esto)",
        (
            "^ (PLEASE|solo|simplemente|nomas|nada|mas|mejor|contesten|no|ya)* (para|pare|paren|alto|basta|QUITARME)"
            " (de|una|vez|ya|total|ahora|mismo|inmediatamente|PLEASE|definitivamente)* $"
        ),
        f"(alto|basta) {_GAP}* MENSAJE",
        ("(los|te|lo|las|ya|les)+ (bloqueo|bloquee|bloquie|bloqueare|reporto|reporte|reportare|denuncio) PLEASE* $"),
        "fin MENSAJE PLEASE* $",
    ),
    "no mas mensajes": (
        (
            "^ (PLEASE|ya|por|favor|a|este|numero)* (no|nada|cero|ningun|nunca|jamas) (mas|de|QUIERO|ESCRIBIR"
            f"|otro|mandes|un)* MENSAJE {_GAP}* $"
        ),
        (
            "(no|ni|tampoco) (ya|me|nos|les)* (QUIERO|quiere|quieren|queremos|desea|necesita|necesito|deseamos"
            f"|ocupo|interesan) {_GAP}* MENSAJE"
        ),
        (
            "(no|ya|nunca)+ (me|nos|se|le|les)* (vuelvan|vuelva|vuelvas|volver|sigan|siga|sigas|esten|anden|andes"
            f"|insistan|insista) (a|con|mas|{_GAP})* (ESCRIBIR|MENSAJE)"
        ),
        f"no (ESCRIBIR|manden|envien) {_GAP}* (NUMERO|telefono|MENSAJE|aqui)",
        "(no) (deis|den|des / me den / me des) (mas)? (la|lata) (lata)?",
        f"(sin|no) (mas) {_GAP}* MENSAJE",
        f"PARIENTE (ya)? no QUIERO|quiere {_GAP}* MENSAJE",
        (
            "(ya)? no (me)? (interesa|interesan|interesado|interesada) (ya|gracias|por|favor|asi|que)*"
            " (QUITARME / no (me)? ESCRIBIR / PARAN de)"
        ),
        "(ni) (un|uno) (solo)? (MENSAJE)? mas",
        "(demasiados|muchos|tantos) MENSAJE (ya)? (PAREN|basta|alto|QUITARME)",
        (
            "^ (PLEASE|ya)* (nomas|suficiente|suficientes|basta|alto|fuera|cero) (de|con|los|sus|tus|por|favor)*"
            " MENSAJE (no|ya|PLEASE)* $"
        ),
        "no autorizo (el|la|su|este|que)* (uso|utilizar|usen|utilicen)",
        "(derecho|derechos|solicitud) (de|al|arco|a|la)* (cancelacion|oposicion|olvido|supresion|eliminacion)",
        (
            "no (PLEASE|gracias)* (mas|mande|manden|quiero) (msn|sms|mjs|mnsj|mensages|mensage|mesajes|mensjes"
            "|mensj|mens|msjes|mensaj)"
        ),
        "ni (un|una) (solo|sola)? _ mas PLEASE* $",
        "^ PLEASE* sin MENSAJE PLEASE* $",
        "fin (a|de|con) (los|sus|estos|tus)* MENSAJE",
        "no (me)? (interesa|interesan) (ya|recibir|sus|tus|que|mas|me|los|de|estos)* (MENSAJE|ESCRIBIR)",
    ),
    "de la lista": (
        f"QUITAR (me|nos)? {_PLACE}",
        (
            "QUITAR (de)? (el|mi|este|ese|los|su|mis|nuestro)? (NUMERO) (de|mi|telefono|celular|la|PARIENTE)*"
            f" ({_PLACE} / PLEASE* $)"
        ),
        "QUITAR (mis|todos|mi)+ (datos|informacion|NUMERO)",
        "^ (PLEASE|ya|no|gracias|solo|mejor)* QUITARME (ya|PLEASE|mejor)* $",
        "QUITARME (PLEASE|ya|de|eso|aqui|alli|ahi|todo|inmediatamente)* $",
        "(mama|papa|esposo|esposa|PARIENTE) (_){0,4} QUITAR $",
        (
            "(dadme|darnos|dennos|danos|den|dar|deme|denme|dame|darme) (ya)? (me|la|de)* baja !(las|el|los|una"
            "|placas|precio|un)"
        ),
        (
            "(QUIERO|quisiera|solicito|pido|deseo) (que|me|nos|darme|dar|den|la|de|mi|una)* baja !(calidad|las|el"
            "|los|en)"
        ),
        (
            "(revoco|revocar|retiro|retirar|anulo|cancelo|niego) (mi|todo|el|cualquier|PLEASE)* (permiso"
            "|consentimiento|autorizacion|suscripcion)"
        ),
        f"QUITAR (a|al|el|numero|de|la)* (mi|su|este|ese|a) (NUMERO|PARIENTE|numero|de|mi)* {_PLACE}",
        (
            "(cancelar|cancelen|cancele|cancela|canselar|cancelr|anular) (mi|los|las|sus|todos|la|el|este)*"
            " (MENSAJE|numero)"
        ),
        (
            "(kitenme|kiteme|kitame|quitemne|quitenmne|borenme|borrenmen|sakenme|sakeme|qitenme|qiteme|quitenmen)"
            " (de|PLEASE|$)"
        ),
        (
            "(ponganme|pongame|agreguenme|agregueme|pongan|anotenme|metanme) (mi|numero|en|a|la|su)* lista (de)?"
            " (no|bloqueados|exclusion|robinson)"
        ),
        "^ (PLEASE|la|mi)* baja (de|del) (la|los|mi|este)* (lista|MENSAJE|servicio|numero|suscripcion)",
        f"QUITAR (me|nos)? (ya|PLEASE|todos)* {_PLACE}",
        "(dar|den|de|dame|deme) de baja (a|el|mi|este|al|mis)* (NUMERO|PARIENTE)",
        (
            "(me|nos) (pueden|puede|podrian|podria)? (quitan|borran|sacan|eliminan|remueven|retiran|borra|saca|quita"
            f"|elimina|QUITAR) (PLEASE+ $ / {_PLACE})"
        ),
        "me (dan|da|den|das) de baja",
        "^ PLEASE* (desafiliar|desvincular|desuscripcion|desafiliacion) PLEASE* $",
    ),
    "o demando": (
        (
            "(MENSAJE|ESCRIBIR|siguen|sigue|vuelven|vuelve|insisten|proxima) (_){0,5} (demando|demandar|demanda"
            "|demandare|denuncio|denunciar|denuncia|reporto|reportar|queja|abogado|profeco|policia|quejare"
            "|bloqueo|bloquear|demandarlos|reportarlos)"
        ),
        (
            "(demando|demandar|demanda|denuncio|denunciar|denuncia|reporto|reportar|reportarlos|queja|demandarlos"
            "|demandarte|abogado|profeco|policia) (_){0,2} si (me|nos)* (siguen|sigue|vuelven|vuelve|mandan"
            "|escriben|insisten|no|ESCRIBIR)"
        ),
    ),
}

HOLD_RULES: dict[str, tuple[str, ...]] = {
    "negated, in Spanish": (
        "no (me|nos|lo|la|vayan|vaya) (a)? QUITAR !(MENSAJE)",
        "no PARAN de (ESCRIBIR|mandar|avisar~|mandarme)",
        "no (me)? (den|de) de baja",
    ),
    "only at some hours, in Spanish": (
        (
            "(no|dejen|deje|paren|pare) (de)? (me|nos)? ESCRIBIR (me)? (MENSAJE|a|tan|por|en|durante|los|de|la)+"
            " (tarde|temprano|noche|noches|domingo|domingos|madrugada|trabajo|fines|manana|mananas)"
        ),
    ),
}
