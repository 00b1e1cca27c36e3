"""French frames of ending contact (France, Quebec), for every form of their verbs; see `revocation_frames_english`."""

from leadcore.compliance.policies.revocation_inflection import elided, french

LEXICON = {
    "ARRETER": "arrete arretes arretez arreter arretons arretent darreter arret arrets "
    + french("cesser stopper")
    + " terminez arretiez cessiez aretez arettez arrettez aretter aretes arettes arrettes arrette"
    " arette arretter areter aret arett"
    " cessation stop stopez stoper suspendez suspendre interrompez",
    "ECRIRE": french(
        "envoyer contacter texter appeler deranger harceler solliciter spammer importuner messager relancer achaler"
        " gosser tanner emmerder embeter niaiser ennuyer ecoeurer communiquer demarcher inonder parler"
        " rappeler notifier"
    )
    + " "
    + elided(
        "envoie envoies appelle appelles ecrire ecris ecrit ecrivez ecrivons ecrive ecriviez ecrir ecrivai"
        " envoi ecrives"
    ),
    "MECRIRE": (
        "mecrire mecrivez mecris menvoyer menvoyez menvoie menvoies mappeler mappelez mappelle mimportunez"
        " mimportuner"
        " nenvoyez nenvoie necrivez necris nappelez nappelle mecoeurez membetez memmerdez mennuyez mechalez machalez"
        " mecrives mecrit menvoyes"
    ),
    "RETIRER": french(
        "retirer enlever effacer supprimer oter rayer radier desabonner oublier eliminer biffer",
        elided_onto=("", "m", "d", "l"),
    )
    + " desinscrivez desinscrire desinscris perdez perds perdre sortez sors sortir exclure"
    " excluez desinscrit bloquez bloque",
    "TEXTO": (
        "contact "
        "dappel dappels denvoi denvois doffre doffres dinfolettre demail demails "
        "message messages texto textos sms courriel courriels courrier mail mails appel appels email emails"
        " pub pubs publicite"
        " publicites promotion promotions rappel rappels annonces sollicitation sollicitations demarchage"
        " prospection envoi"
        " envois communication communications notification notifications spam spams textes promos offres"
        " infolettre contacts msg msgs"
    ),
    "NUM": (
        "numero num nom telephone tel cell cellulaire portable mobile ligne coordonnees donnees"
        " renseignements infos adresse"
        " courriel contact"
    ),
    "PARENT": "femme mari conjoint conjointe mere pere fils fille blonde chum epouse epoux maman papa copine copain",
}

_GAP = (
    "(lui|leur|avec|de|d|tout|tous|toutes|toute|les|le|la|vos|votre|tes|ces|ce|cet|des|me|m|moi|nous|vous|a|au|aux"
    "|mon|ma|mes|suite|PLEASE|svp|stp"
    "|immediatement|donc|de|plus|autres|autre|aucun|aucune|SWEAR|maudits|maudites|osti|tabarnak|crisse"
    "|recevoir|continuer|maintenant)"
)
_LISTE = (
    "(de|d|des|a) (votre|vos|la|ta|tes|cette|ce|mes|toutes|toute|les|ces|leur)* (liste|listes|base"
    "|fichier|fichiers|systeme|contacts|registre|registres|envois|bd|groupe|dossier|dossiers|banque"
    "|donnees)"
)
_DEMANDE = (
    "(pouvez|pourriez|peux|pourrais|voulez|voudriez|priere|merci|veuillez|peut|pourrait|faut|faudrait"
    "|jaimerais|aimerais|souhaite|souhaiterais|veux|voudrais|demande|exige|prie)"
)
_NE = "(ne|n|plus|pas|jamais|pu|pus|aucun|rien)"

STOP_RULES: dict[str, tuple[str, ...]] = {
    "que cela cesse": (
        f"ARRETER {_GAP}* (ECRIRE|MECRIRE|TEXTO)",
        (
            "^ (PLEASE|bon|ok|non|la|ca|suffit|je|vous|demande|prie|de|stp)* ARRETER (ca|cela|la|tout|de|suite"
            "|immediatement|PLEASE|stp|donc|maintenant)* $"
        ),
        (
            f"{_DEMANDE} (vous|tu|on|bien|de|d|que|svp|me|m|PLEASE|donc|simplement|y)* ARRETER (ca|cela|tout"
            "|PLEASE|de|suite|vos|les|TEXTO|ECRIRE)* $"
        ),
        (
            f"{_DEMANDE} (vous|tu|on|bien|de|d|que|svp|me|m|PLEASE|je)* (RETIRER|retire|retires|enleves) (moi|mon"
            f"|le|ce|ma|mes|NUM|de|PARENT)* {_LISTE}"
        ),
        f"{_DEMANDE} (vous|tu|on|bien|de|d|que|svp|PLEASE)* (me|m|nous) RETIRER !(mon|la|le|les|un|une)",
        f"{_DEMANDE} (vous|tu|on|bien|de|d|que|svp|PLEASE)* RETIRER (mon|ce|le|mes) NUM",
        (
            f"(mettez|mettre|metter|met|mets) (fin / un terme) (a|aux|au) {_GAP}* (TEXTO|contact|abonnement"
            "|conversation|echanges)?"
        ),
        "^ PLEASE* fin (des|de|aux) (vos|ces|tous|les)* TEXTO PLEASE* $",
        (
            "(dit|demande|redit|repete|dire|demander|prie|combien de fois) (_){0,5} (ARRETER|darret~|cesser"
            "|RETIRER / ne plus)"
        ),
        "ARRETER (_){0,4} (sinon|ou) (je|jappelle|j|plainte|la)",
        "(telephone|cell|numero|travail|fils|fille|PARENT) (_){0,1} (arretez|cessez|stop|arrete) PLEASE* $",
        "^ (_)* !(vous|nous|quand|pas|heure|y|si|tu|on|ils|qui|que) _ (arretez|cessez|stoppez) PLEASE* $",
        (
            "(crisse|tabarnak|ostie|calice|esti|osti|putain|merde|bordel|simonac|svp|non|stp|bon|franchement"
            "|serieux|allez) (arrete|arreter|cesse) PLEASE* $"
        ),
        (
            "(allez|vas|vont) (vous|tu)? (donc|bientot|enfin)* ARRETER (oui|un|jour|PLEASE|ou|non|bientot|de)* ($"
            "|ECRIRE|MECRIRE|TEXTO)"
        ),
        (
            "(que|souhaite|jaimerais|voudrais) (vous|tu|ca|cela) (arretiez|cessiez|arretes|arrete|cesse|cesses)"
            " PLEASE* $"
        ),
        "(arretez|arrete) moi (ca|cela)",
        ("^ PLEASE* arret (immediat|complet|total|definitif|de|des|du|tout|tous|vos|les|PLEASE)* (TEXTO)? PLEASE* $"),
        (
            "(resilier|resiliez|resilie|annulez|annuler|annule) (mon|ma|l|le|cet|cette|notre)* (abonnement"
            "|inscription"
            "|labonnement|linscription)"
        ),
        "fin (de|d|du) (mon|l|labonnement|abonnement|linscription|service|cet)+",
        "(repondu|ecrit|texte|envoye|dit|tape) (deja|le|mot)* (arret|stop) PLEASE* $",
        "(faites|assurez|veillez) (_){0,4} (recoive|recois|recoit|recevoir|contacte) (plus|pas)",
        "ne (recoive|recois|recevoir) plus (rien|de|aucun|vos)* (TEXTO|rien / PLEASE* $)",
        "TEXTO (ne|me|nous)* (derangent|derange|fatiguent|ecoeurent|importunent|achalent|gossent|enervent)",
        "TEXTO (ne)? (sont|est) (pas|plus) (les|le)? (bienvenus|bienvenue|bienvenues|desires|voulus|bienvenu)",
        "(break|pause) (de|avec) (vos|tes|les)? TEXTO",
        "(juste|simplement|seulement|donc|pas) (ARRETER) (juste|simplement|donc|PLEASE)* $",
        "RETIRER moi (simplement|juste|svp|donc) PLEASE* $",
        "^ (PLEASE|svp)* RETIRER (mon|ce|le)? NUM PLEASE* $",
        "retrait (de|d) (la|votre|vos) liste",
        "ca va faire (les|vos|tes|avec) TEXTO",
        "^ PLEASE* (annulez|annuler|annule) (mon|ce) NUM PLEASE* $",
        "^ PLEASE* fin (des|de|du)? TEXTO PLEASE* $",
    ),
    "plus de textos": (
        (
            "^ (PLEASE|non|ok|bon|merci|desole|alors)* (plus|pu|pus|pas|aucun|aucuns|jamais|zero|fini|finis|assez"
            "|stop) (de|d|les|vos|des|aucun|jamais|ces|autres|autre|SWEAR)* TEXTO (PLEASE|stp|du|tout)* $"
        ),
        f"(plus|jamais|pu|pus) (me|m|nous)+ (ECRIRE|MECRIRE) {_GAP}* (TEXTO|rien / PLEASE* $)",
        (
            "(ne|n)? (veux|veut|souhaite|souhaitons|desire|voulons|veulent|voudrais|jveux|besoin|aimerais"
            "|aimerait|interesse|jaimerais)"
            f" (plus|pas|pu|pus|rien|aucun|aucune / ne plus)+ {_GAP}* (TEXTO|ECRIRE|recevoir|contacte"
            "|contactee|sollicite|rien|derange|entendre)"
            " !(fonce|pale|bulles|informe|informee|trop|appele|present|la|les (resultats))"
        ),
        (
            "(jaimerais|aimerais|prefere|prefererais|souhaite|voudrais|veux) (ne|n) (plus|pas|pu|rien) (recevoir"
            "|etre|avoir|ECRIRE|me|m)*"
            f" {_GAP}* (TEXTO|contacte|contactee|rien|sollicite|derange|ECRIRE|recevoir)"
        ),
        "(ne|n) (consens|consent|accepte|autorise|autorisons|consentons) (plus|pas|pu|aucunement|point)",
        "(PARENT|elle|il) (ne|n)? (veut|desire|souhaite) (plus|pas|pu) (de|recevoir|vos|d|ces)* TEXTO",
        "(plus|pu) (jamais)? (de)? (nouvelles|contact) (de vous|svp|PLEASE)+ $",
        (
            "(achetez|achete|fait|vendu|ailleurs|autre|demenage) (_){0,4} (plus|pu|pas|stop|arretez|RETIRER|ne)"
            " (de|me|m|moi|les)* (TEXTO|ECRIRE|MECRIRE|liste / PLEASE* $)"
        ),
        "(ne|n|veux|veut|souhaite)+ (plus|pas|pu)+ que (vous|tu|on|quon) (me|m|nous)* (ECRIRE|MECRIRE)",
        "(ne|nai|n) (ai|avons)? (plus|pas|pu) besoin de (vos|ces|tes|recevoir)+ TEXTO?",
        "(ne|n)+ (ECRIRE) (plus|jamais|pas|pu)+ (ce|ma|mon|a|notre)+ (NUM|PARENT)",
        (
            "^ (PLEASE|non)* (aucun|aucune|plus|pu|pus|zero|pas) (de|d|un|seul|une|seule|autre)* TEXTO ((ni|et|ou"
            "|de|d|PLEASE)* TEXTO)* PLEASE* $"
        ),
        "(veux|jveux|veut) (plus|pu|pas|rien)* rien (savoir|recevoir)",
        "^ (PLEASE|je|non|moi)* (jen|nen / j en) veux (plus|pu|pus) PLEASE* $",
        (
            "(pas|aucun|aucune|plus) (le|la)? (droit|autorisation|permission|autorise|autorises|autorisee|autorisees)"
            " (de|a|d|pour)* (me|m|nous)* (ECRIRE|MECRIRE)"
        ),
        (
            "(nautorise|autorise|autorisons|nautorisons) (pas|plus|aucunement) (a|de|l|le|les|vos|la|lenvoi|me|d"
            "|des)* (ECRIRE|MECRIRE|TEXTO|lenvoi)"
        ),
        (
            "(MECRIRE|ECRIRE) (moi|nous)? (plus|pu|jamais|pas) (sur|a|ici|sous) (ce|mon|cette|ma|aucun|PLEASE)*"
            " (NUM|ligne|adresse|pretexte|circonstance|$)"
        ),
        "(ECRIRE|MECRIRE) (pas|plus)? sous aucun (pretexte|motif)",
        "(utilisez|nutilisez|utilise|nutilise|utiliser) (plus|pas|jamais)? (mon|ce|notre) NUM !(de)",
        (
            "(ne|n) (plus|pas|jamais) (etre|jamais)+ (contacte|contactee|contactes|contactees|sollicite|sollicitee"
            "|derange|derangee|deranges|appele|appelee|texte|relance|importune)"
        ),
        "(plus|pu|pas) besoin (de|d) (vos|ces|tes|recevoir)* TEXTO PLEASE* $",
        (
            "(veux|veut|voulons|souhaite|desire|aimerais|jveux) (plus|pas|pu|pus|aucun|aucune) !((_){0,2} (manquer"
            "|rater|perdre|annuler)) (_){0,3} TEXTO"
        ),
        "(veux|veut|souhaite|desire|jveux) (plus|pu|pus) (_){0,4} (nouvelles|liste)",
        "^ (PLEASE|non|merci)* pas (de|d|dautre|dautres|autre|autres)* TEXTO PLEASE* $",
        (
            "(veux|veut|souhaite|souhaitons|voulons|veulent|desire|desirons|souhaiterais) (plus|pas|pu|pus)+ etre"
            " (jamais)? (contacte|contactee|contactes|contactees|sollicite|derange|derangee|appele|appelee|texte"
            "|importune|(sur|dans (la|votre|vos|cette) liste))"
        ),
        "(plus|pu|pus) (de|d|autre)? TEXTO de (votre part / vous) PLEASE* $",
    ),
    "hors de la liste": (
        f"RETIRER (moi|nous|mon|ce|le|ma|mes|notre|NUM|de|PARENT|du|telephone|cellulaire)* {_LISTE}",
        "RETIRER (mon|ce|notre|mes)+ NUM (PLEASE|de|votre|cote|vos|fichiers|immediatement)* $",
        "RETIRER (le)? (numero) de (ma|mon) PARENT",
        "(je|j)? (me|nous)? (desabonn~|desinscri~)",
        (
            "(oppose|mopposer|opposition|mopposons|moppose) (_){0,2} (a|au|aux) (vos|tout|toute|la|votre|ces|le|l"
            "|recevoir|ce)* (TEXTO|ECRIRE|utilisation|traitement|NUM)"
        ),
        "(droit) (d)? (opposition|dopposition|effacement|deffacement|loubli|oubli)",
        (
            "(retire|retirer|revoque|revoquer|annule|retirons) (par la presente)? (tout|mon|le|notre)*"
            " (consentement|accord|autorisation|abonnement)"
        ),
        (
            "(suppression|retrait|effacement|radiation|desinscription|deletion) (de|du|d)* (mon|mes|ce|notre)*"
            " (NUM|consentement)"
        ),
        "(consentement|autorisation|accord) (retire|retiree|revoque|revoquee|annule|refuse)",
        "(liste)? (nationale)? (de|des)? (numeros|numero) (exclus|exclu)",
        "bloctel|lnnte (_)? ",
        "RETIRER moi (ca|cela|de) (PLEASE|la|ici|liste|de)* $",
        "RETIRER (son|leur|mon|le) NUM (PLEASE|de|vos|votre|liste|dossiers)* $",
        "numero (_){0,2} RETIRER (le|les|la) PLEASE* $",
        (
            "(veux|voudrais|souhaite|aimerais|jaimerais|desire|demande|exige) (_){0,3} (efface|effacee|retire|retiree"
            "|enleve|enlevee|supprime|supprimee|desabonne|desabonnee|desinscrit|raye|rayee) !(de la voiture|la)"
        ),
        "RETIRER (moi|nous) (comme|tel|PLEASE|immediatement)",
        "(leffacement|effacement|suppression|retrait|destruction) (de|du|des|d)+ (mes|mon|ce|donnees|NUM)",
        "(rgpd|loi|lcap) (_){0,6} (RETIRER|donnees|renseignements|cessez|arretez)",
        "(oppose|moppose) (_){0,6} TEXTO",
        "(navez|avez|as|nas) (pas|plus|jamais) (eu)? (ma|mon) (permission|autorisation|consentement|accord)",
    ),
    "fichez-moi la paix": (
        (
            "(calisse|calissez|crisse|crissez|sacrez|sacre|fichez|fiche|foutez|fous|fouttez|laisse|laissez"
            "|donnez) (moi|nous) (la|en|donc / un peu)* (paix|patience|tranquille|break)"
        ),
        (
            "(lachez|lache|laissez|laisse|foutez|decrochez) (moi|nous) (un peu)? avec (vos|tes|ces|les|votre)"
            " (SWEAR)? TEXTO"
        ),
        "(decalisse|decalissez|decrisse|decrissez|degage|degagez|debarrassez|deguerpissez) PLEASE* $",
        "(laissez|laisse) (ma|mon|mes|notre) (PARENT|famille|parents) (tranquille|tranquilles / en paix)",
        "(lachez|lache|lachez) (moi|nous) (la|les) (grappe|baskets|basket|patience|couilles)",
        "(allez|va) (tous|donc|vous)? (chier|foutre|promener)",
        "^ (PLEASE|non|ok)* ca suffit (la|maintenant|PLEASE|les|vos|avec|TEXTO|oui)* $",
        "(allez|va|vas) (donc)? au (diable|bonhomme)",
        "(mange|mangez) (donc)? (de la)? (marde|merde)",
    ),
    "sinon": (
        (
            "(si|prochaine|prochain|encore|autre|continuez|continue|dernier) (_){0,6} (avocat|plainte|police|crtc"
            "|cnil|poursuis|poursuivre|tribunal|signale|denonce|bloque|harcelement|opc|justice|lcap)"
        ),
        (
            "(avocat|plainte|police|crtc|cnil|poursuis|poursuivre|signale|denonce|bloque) (_){0,2} si (vous|tu"
            "|ca) (_){0,3} (ECRIRE|MECRIRE|continuez|continue|arretez|arrete|recois)"
        ),
    ),
}

HOLD_RULES: dict[str, tuple[str, ...]] = {
    "negated, in French": (
        "(ne|n)? (me|m|nous) RETIRER (moi)? (pas|surtout)",
        "(arretez|arrete|cessez) (surtout)? pas (de|d)? (ECRIRE|MECRIRE|menvoyer)",
        "(menlevez|menleve|meffacez|moubliez) pas",
    ),
    "only at some hours, in French": (
        "(pas|plus|arretez) (de|d)? (ECRIRE|MECRIRE)? (si|aussi|trop) (tard|tot)",
        "(ECRIRE|MECRIRE) (pas|plus) (si|aussi|trop) (tard|tot)",
    ),
}
