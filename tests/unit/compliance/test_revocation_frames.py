import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.compliance.policies.revocation import classify
from leadcore.compliance.policies.revocation_inflection import elided, french, spanish
from leadcore.compliance.policies.revocation_sentences import Sentence
from leadcore.compliance.policies.revocation_slips import Slips

_WISH = ("i want you to stop", "please stop", "you need to stop", "could you please stop", "i am asking you to stop")
_SENDING = ("texting", "messaging", "contacting", "spamming", "bothering")
_WHOM = ("me", "us", "my wife", "my phone", "this number")


@given(st.sampled_from(_WISH), st.sampled_from(_SENDING), st.sampled_from(_WHOM))
def test_a_frame_reads_sentences_nobody_has_listed(wish: str, sending: str, whom: str) -> None:
    assert classify(f"{wish} {sending} {whom}").kind == "stop"


@given(
    st.sampled_from(["dejen", "dejad", "deje", "paren", "pare"]),
    st.sampled_from(["escribir", "mandar", "enviar", "molestar", "contactar", "textear"]),
    st.sampled_from(["me", "nos"]),
)
def test_every_form_of_a_spanish_verb_is_read(ending: str, sending: str, whom: str) -> None:
    assert classify(f"{ending} de {sending}{whom}").kind == "stop"


@given(
    st.sampled_from(["arrêtez", "arrête", "cessez", "veuillez cesser"]),
    st.sampled_from(["écrire", "envoyer", "appeler"]),
)
def test_every_form_of_a_french_verb_is_read(ending: str, sending: str) -> None:
    assert classify(f"{ending} de m'{sending} des textos").kind == "stop"


def test_spanish_verbs_are_given_with_what_is_written_onto_them() -> None:
    forms = spanish("sac/saqu/ar", clitics=("", "me")).split()

    assert {"saca", "sacame", "saquen", "saquenme", "sacad", "saques"} <= set(forms)
    assert "saquesme" not in forms


def test_french_verbs_are_given_with_what_is_elided_onto_them() -> None:
    assert {"menvoyez", "denvoyer", "envoyez"} <= set(french("envoyer").split())
    assert "mcontactez" not in french("contacter").split()
    assert "decrire" in elided("ecrire").split()


@pytest.mark.parametrize(
    "text",
    [
        "i got no texts from you yet",
        "wrong number of windows on the quote",
        "no me manden la factura por correo",
        "dejen un mensaje",
        "n'appelez pas, écrivez-moi",
        "stop by to see the colors",
        "no para de llover",
    ],
)
def test_what_only_sounds_like_an_opt_out_is_set_aside(text: str) -> None:
    assert classify(text).kind == "none"


def test_what_is_set_aside_is_no_part_of_any_rule() -> None:
    assert Sentence("i will stop by").meant == "i will"


def test_a_plea_beside_what_is_set_aside_is_still_read() -> None:
    assert classify("stop by my house? no, stop texting me").kind == "stop"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("if you don't stop I will report you", "stop"),
        ("don't text me again, I'm at work", "stop"),
        ("don't text me at work", "ambiguous"),
        ("why won't you just stop", "stop"),
        ("I don't. Please stop.", "stop"),
        ("I don't, stop texting me", "stop"),
        ("don't stop texting me", "ambiguous"),
        ("don't text me, until monday", "ambiguous"),
    ],
)
def test_signs_and_threats_decide_what_a_negation_is_about(text: str, kind: str) -> None:
    assert classify(text).kind == kind


@pytest.mark.parametrize("text", ["🚫 texts", "🚫📱", "❌ messages", "🔕 texts"])
def test_signs_that_stand_for_words_are_read(text: str) -> None:
    assert classify(text).kind == "stop"


@pytest.mark.parametrize("text", ["📱", "🚫", "see you 📱"])
def test_a_sign_alone_ends_nothing(text: str) -> None:
    assert classify(text).kind == "none"


@pytest.mark.parametrize("slip", ["onsubscribe", "unsubcrib", "unsuscrbe", "unsubscrobee"])
def test_two_slips_are_mended_in_the_longest_words_only(slip: str) -> None:
    slips = Slips(["unsubscribe", "contact"], telling=["unsubscribe"])

    assert slips.mend(slip) == "unsubscribe"
    assert slips.mend("describe") == "describe"
    assert slips.mend("cntat") == "cntat"
