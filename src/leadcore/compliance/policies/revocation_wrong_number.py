"""Sentences that say we write to the wrong person, in three languages, over the normal form of the classifier."""

import re


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


NAMES = _listed(
    "james john robert michael david william richard joseph thomas charles chris christopher daniel matthew matt"
    " anthony mark donald steven steve paul andrew andy joshua josh kevin brian george timothy tim ron ronald"
    " jason ed edward jeff jeffrey ryan jacob gary nick nicholas eric jon jonathan larry justin scott brandon ben"
    " benjamin sam samuel greg frank patrick ray jack dennis jerry tyler aaron adam nathan henry doug zach peter"
    " kyle noah ethan jeremy walter keith roger terry sean austin carl arthur dylan jesse jordan bryan billy joe"
    " bruce gabriel logan alan juan jose luis carlos jorge miguel pedro manuel ricardo francisco javier antonio"
    " fernando raul eduardo sergio roberto mario oscar hector marcos marcus diego andres alejandro rafael ramon"
    " ruben marc pierre jean luc michel philippe louis antoine nicolas mathieu alexandre mary patricia jennifer"
    " jen linda elizabeth liz barbara susan jessica sarah sara karen lisa nancy betty sandra margaret ashley kim"
    " kimberly emily donna michelle carol amanda melissa deborah stephanie rebecca laura sharon cynthia kathy"
    " kathleen amy angela shirley anna brenda emma pamela nicole samantha katherine kate christine debra rachel"
    " carolyn janet maria heather diane olivia julie joyce victoria kelly christina lauren joan evelyn judith"
    " megan andrea cheryl hannah jackie martha gloria teresa ann anne sonia rosa carmen guadalupe ana lucia sofia"
    " isabel elena marie sophie camille chloe julien nathalie isabelle priya raj amit ahmed ali mohammed wei ling"
    " dana tina tony mike dave bob rob bill will tom jim dan alex max leo maya zoe luke tanya crystal brittany"
    " vanessa monica erica derek craig jake connor hunter cody travis shane kenny danny bobby johnny tommy jimmy jay"
    " marvin calvin clayton preston trevor spencer garrett mitchell randy ricky wayne dwayne jerome andre malik tyrone"
    " brittney kayla alexis destiny hailey courtney lindsey tiffany danielle veronica yolanda alma silvia leticia"
    " beatriz gabriela alejandra adriana mariana ximena valeria paola lorena norma irma josefina pablo julio cesar"
    " arturo enrique armando gerardo guillermo ernesto rodrigo ivan jaime hugo gilberto alfredo rogelio salvador"
    " francois jacques gilles sylvain stephane benoit guillaume maxime sebastien martine genevieve sylvie veronique"
    " catherine audrey melanie karine josee manon"
)
_NAME = rf"(?:{'|'.join(sorted(NAMES))})"
_NUMBER = r"(?:number|phone|cell|num|line)"

WRONG_NUMBER = tuple(
    re.compile(pattern)
    for pattern in (
        (
            r"\bwrong (?:(?:phone|cell) )?(?:number|person|phone|guy|dude|numer|num|nbr|lady|contact|recipient|one|no$)"
            r"|^wrong$|^(?:sorry )?wrong(?: sorry)?$|\bwrongnumber\b"
        ),
        (
            r"\b(?:you have|youve got|you got|u got|u have) the wrong\b(?! (?:car|year|date|time|color"
            r"|address|model|info))"
        ),
        rf"\b(?:this is|its|this aint|it is|im|i am) (?:not|no longer) [a-z]+s {_NUMBER}\b",
        rf"\b(?:this )?(?:isnt|is not|aint|not) [a-z]+s {_NUMBER}\b",
        rf"\bno longer (?:has|have|own|owns|uses|use|using)? ?(?:[a-z]+s|this|the) {_NUMBER}\b",
        rf"\b(?:no longer|not) (?:[a-z]+s|belongs?|at this)(?: \w+)? {_NUMBER}\b",
        (
            rf"\b(?:this|that) {_NUMBER} (?:does not|doesnt|no longer|dont|isnt|is not) (?:belong|his|hers|for)\w*"
            rf"|\b{_NUMBER} belongs to (?:some|any|a |another)"
        ),
        r"\b(?:dont|do not|doesnt) (?:have|own|use) (?:this|that|the) (?:number|phone)\b",
        (
            r"\bi (?:just |only |recently )+got (?:this|a|the)(?: new)?(?: phone| cell)? number\b"
            r"|\b(?:just|recently) got this(?: phone| cell)? number\b"
        ),
        rf"\bnew (?:{_NUMBER} )?owner\b(?=.*\b(?:number|phone|not)\b)|\bthis is my {_NUMBER} now\b",
        rf"\b(?:dont|do not|idk|never) (?:know |heard of |met )?(?:who )?(?:a |any |an )?{_NAME}\b(?! (?:at|from)\b)",
        (
            rf"^(?:sorry |no |hi |hey )*(?:this is |this |its |it is |im |i am )?(?:isnt |not "
            rf"|aint |is not |no )+{_NAME}"
            rf"(?: (?:sorry|here|anymore|lol|bro|at this number|wrong\b.*))*$"
        ),
        rf"\b(?:im|i am|this is|this|its) (?:not|isnt) {_NAME}\b(?! (?:car|fault))",
        rf"^(?:who|whos|who is|who the (?:heck|hell) is|and who is|hu is) (?:is )?{_NAME}(?: .{{0,12}})?$",
        rf"\bno(?:body| one)? {_NAME} (?:here|at this|lives|on this)\b|\b(?:theres|there is) no {_NAME}\b",
        r"\bnot (?:who|the (?:person|one|guy)|whom) (?:you|youre|u|your)\b",
        (
            r"\b(?:person|one|guy) (?:you are|youre|u r|your|you) (?:looking|trying"
            r"|searching)\b.*\b(?:isnt|not|doesnt|no)\b"
        ),
        (
            r"\b(?:youre|you are|u r|ur) looking for someone else\b|\b(?:meant|trying"
            r"|try) (?:to )?(?:text|reach|message|get)"
            r" (?:some(?:one|body)|another)\b|\bmust be someone else\b|\bmistaken\b.*\b(?:know|person|number)\b"
        ),
        (
            r"\b(?:dont|do not) know (?:any|an|a|who)(?:one|body)?(?: named| called| by| is| that)?\b.*\b(?:named"
            r"|called|name|is)\b"
        ),
        (
            r"\b(?:no one|nobody|noone)(?: here)?(?: is| by)? (?:named|called|that name|by that name|with that name)\b"
            r"(?! (?:me|us|back))"
        ),
        r"\b(?:no one|nobody|noone) (?:here )?by th\w+ name\b",
        r"\bi (?:dont|do not) (?:have|own) a (?:car|vehicle|truck)\b",
        # Spanish
        (
            r"\b(?:numero|persona|telefono) (?:equivocad[oa]|incorrect[oa]|errone[oa])\b|\bse equivoco de"
            r" (?:numero|persona)\b|\b(?:esta|estas) equivocado de (?:numero|persona)\b"
            r"|\bno soy (?:esa persona|quien busca\w*)\b"
        ),
        (
            r"\bse (?:ha |han )?equivoc\w+(?: de (?:numero|persona))?$|\bequivoc\w+ de (?:numero|persona)\b"
            r"|^(?:esta |estan |estas )?equivocad\w+$|\b(?:mal|tiene mal) (?:el )?numero\b"
        ),
        r"\btienen? (?:el|un) numero (?:equivocado|incorrecto|mal)\b",
        rf"\bno (?:soy|conozco(?: a)?(?: ningun| ninguna)?|es) {_NAME}\b|\bno soy la persona\b",
        rf"\b(?:aqui )?no (?:hay|vive|esta) (?:ningun|ninguna|nadie)\b(?=.*\b(?:nombre|{_NAME})\b)",
        r"\bno conozco a nadie\b|\bese no es mi nombre\b",
        # French
        r"\b(?:mauvais|faux|pas le bon) numero\b|\b(?:trompe\w*|erreur) de (?:numero|personne)\b|\bmauvaise personne\b",
        r"\bvous (?:faites erreur|vous (?:etes )?trompe\w*)\b|^c ?est une erreur$",
    )
)
SPEAKS_OF_ONE = re.compile(
    r"wrong|numb|phone|cell|line|\bnum|some|body|no"
    r" ?one|person|who|name|idk|(?:dont|not|never|doesnt|aint|isnt|im)\b|equivoc|mal"
    r"|numer|telefono|soy|conozco|nadie|hay|faux|mauvais|bon|tromp|erreur|new|mistaken|\bno |errone|incorrect"
)
"""Nothing of `WRONG_NUMBER` fits a message without one of these."""
NOT_WRONG_NUMBER = re.compile(
    r"\b(?:gave|given|give|put|entered|typed|wrote|left|had|have|is this|is it|did i|do i have|was) (?:\w+"
    r" ){0,3}wrong (?:number|phone)"
    r"|(?:^|\bi )(?:just |have )?(?:text|texted|called|dialed) the wrong (?:number|person)"
    r"|\bwrong (?:part|size|color|date|time|address)"
)
OURS_TOO = re.compile(r"\b(?:you|u|yall|youve) (?:guys )?(?:have|got|ve got|dialed|texted|called)")
