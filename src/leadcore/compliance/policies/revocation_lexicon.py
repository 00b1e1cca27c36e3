"""The words of the rules, by what they do in a sentence, in English, Spanish and French, in normal form.

People mix the three ("ya no texts please"), so a concept holds the words of all. Abbreviations are those of texting.
"""

LEXICON = {
    "PLEASE": (
        "please pls plz plse plss kindly thanks thank thx tks ty you now just already ok okay hey hi hello sir"
        " maam asap fa porfis porfas"
        " immediately rn right today guys yall bro bruh dude man dawg girl sis buddy por favor porfavor porfa"
        " xfa xfavor"
        " gracias ya ahora svp sil te vous plait merci maintenant again anymore totally completely permanently"
        " forever and i everyone all lol lmao omg ffs smh tho though period exclamation point question mark comma here"
        " immediatement seriously literally jesus christ"
    ),
    "SWEAR": "fucking fuckin fkin fking fing f effing freaking freakin frickin damn goddamn bloody stupid dumb shitty",
    "FUCK": "eff fuq fuk phuck fuck fck fk fuk screw stfu gtfo fu",
    "STOP": ("stop stopp stoppp stp quit cease halt desist discontinue terminate stawp stahp stap stoop stopping"),
    "END": "stop stp quit cease halt discontinue terminate end cancel cancelling ending suspend pause disable kill",
    "DOING": (
        "texting texing textin txting txtin txtng texteando messaging messagin mesaging msging contacting"
        " calling callin"
        " emailing writing sending sendin spamming spammin bothering botherin pestering harassing bugging"
        " buggin annoying"
        " soliciting hounding disturbing blowing blowin hitting hittin mailing pinging reaching sliding mandandome"
        " enviandome escribiendome escribiendo mandando communicating messaging advertising notifying dming"
    ),
    "SENT": (
        "text texts txt txts txtz message messages msg msgs msgz mssg mssgs sms smss mms email emails mail notification"
        " notifications alert alerts reminder reminders promo promos promotion promotions ad ads advertisement"
        " advertisements"
        " advertising marketing spam spams communication communications solicitation solicitations contact updates"
        " newsletter newsletters call calls followups offers blasts coupons robotexts"
    ),
    "THINGS": (
        "these those this that it them stuff things crap shit bs nonsense bullshit junk garbage anything nothing any"
    ),
    "TEXT": (
        "text txt message msg contact call write email bother spam send bug harass ring disturb solicit reach hit ping"
        " annoy pester dm phone mail texting texted contacting messaging sending calling"
    ),
    "BEEN": "texted contacted messaged called emailed bothered disturbed solicited spammed harassed notified",
    "ME": "me us mee",
    "YOU": "you u ya yall guys ur youse",
    "MY": "my this mine that our",
    "YOUR": "your ur the this that these those any all such yr dis yall yalls another every",
    "WORD": "my cell phone mobile full contact personal home work",
    "NUMBER": (
        "number numbers num nbr nmbr numba numer phone cell info information infos contact data details name line email"
        " address mobile telephone digits"
    ),
    "LIST": (
        "list lists listing database databases system contacts records record file files rolodex thread group chat"
        " campaign mailings directory crm subscription"
    ),
    "DROP": (
        "remove rmv rm remov removing delete del deleting take taking drop scratch erase unlist get pull"
        " strike wipe clear"
        " purge scrub cross exclude omit kick"
    ),
    "LOSE": "lose loose forget burn trash toss erase delete purge scrub unsave ditch",
    "WANT": "want wanna need wish care like desire wnt",
    "NEG": "dont dnt doont donnot dony dknt donr dint dont never nvr nevr donot dotn odnt",
    "NOT": "not nto nott",
    "AGAIN": "again anymore ever more further anything else",
    "CONSENT": "consent permission authorization authorisation approval",
    "AGREE": "agree agreed consent consented authorize authorized permit opt sign signed ask asked subscribe",
    "ASKED": (
        "asked ask asking told tell telling begged beg begging need demand demanding request requesting insist"
        " want beseech"
        " warned warning expect order ordering"
    ),
    "SAID": "said say saying says texted typed replied wrote sent dit said",
    "THREAT": (
        "report reporting reported sue lawyer attorney fcc ftc court police cops complaint harassment block"
        " blocking legal"
        " authorities bbb charges"
    ),
    "TIRED": "tired sick fed over annoyed exhausted",
    # Spanish
    "PAREN": (
        "pare paren para parar parale parenle dejen deje deja dejar dejes basta detengan detenga detener"
        " detenganse alto"
        " suspendan suspenda suspender terminen termine terminar cancelen cancele cancela cancelar cesen cese stop paro"
        " cancelo detengo"
    ),
    "ESCRIBIR": (
        "escriba escriban escribas escribir escribirme escribiendo escribeme escriva escrivan escrivas"
        " escribais esriban"
        " mande manden mandes mandar mandarme mandando mandandome envie envien envies enviar enviarme enviando contacte"
        " contacten contactes contactar contactarme llame llamen llames llamar llamarme llamando moleste"
        " molesten molestes"
        " molestar molestarme molestando texte texteen textee textees textear textearme textes textien texten textien"
        " marque marquen marques marcar busque busquen busques mensajeen mensajear hable hablen hables hostiguen"
        " hostigar acosen acosar chinguen chingues chingar chingando joda jodan jodas joder fastidien fastidie"
        " fastidiar"
        " incomoden notifiquen"
    ),
    "MENSAJE": (
        "mensaje mensajes mensajito mensajitos texto textos sms correo correos llamadas publicidad promociones"
        " notificaciones"
        " spam texts text avisos anuncios suscripcion propaganda msj msjs messages whatsapps"
    ),
    "QUIERO": "quiero deseo quisiera necesito kiero quero",
    "QUITAR": (
        "quite quiten quita quitar quitarme quitenme quiteme quitame borre borren borra borrar borrarme"
        " borreme borrenme"
        " elimine eliminen elimina eliminar eliminarme eliminame saque saquen saca sacar sacarme saqueme"
        " saquenme sacame"
        " remueva remuevan remover remuevame remueveme olviden olvide olvida olvidense pierdan pierda pierde tire tiren"
    ),
    "NUMERO": "numero num telefono celular cel nombre contacto correo datos info informacion",
    "BLOQUEAR": (
        "bloquear bloquearlos bloqueo reportar reportarlos denunciar denunciarlos demandar demandarlos demando"
        " denuncio reporto"
    ),
    "VAYAN": "vayanse vete vayan larguense largate chinguen",
    # French
    "ARRETER": (
        "arretez arrete arreter arret arrets cessez cesse cesser stoppez stoppe stopper darreter stop stoper terminez"
    ),
    "ECRIRE": (
        "ecrire ecrivez ecris ecrit mecrire mecrivez mecris envoyer envoyez envoie envoye menvoyer menvoyez"
        " menvoie contacter"
        " contactez contacte texter textez texte appeler appelez appelle mappeler mappelez mappelle deranger"
        " derangez derange"
        " harceler harcelez harcele solliciter sollicitez spammer spammez importuner importunez mimportunez mimportuner"
        " messager messagez nenvoyez necrivez nappelez denvoyer decrire recevoir relancer relancez achaler achalez"
    ),
    "MECRIRE": (
        "mecrire mecrivez mecris menvoyer menvoyez menvoie mappeler mappelez mappelle mimportunez mimportuner nenvoyez"
        " necrivez nappelez"
    ),
    "TEXTO": (
        "message messages texto textos sms courriel courriels appel appels email emails pub pubs publicite publicites"
        " notification notifications spam texte textes promos abonnement offres infolettre"
    ),
    "PLUS": "plus pus pu jamais",
    "RETIRER": (
        "retirez retire retirer enlevez enleve enlever effacez efface effacer supprimez supprime supprimer"
        " otez ote oter rayez"
        " raye rayer desabonnez desabonne desabonner desinscrivez desinscrire perdez perds oubliez oublie sortez"
    ),
    "MON": "mon ma mes ce",
    "NUM": "numero nom contact telephone adresse courriel donnees coordonnees infos informations cell",
}
