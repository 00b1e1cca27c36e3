"""A machine's reply is no reply; whoever asks or revokes is taken for a person, whatever stands around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.compliance.policies.automatic_replies import is_automatic_reply
from leadcore.compliance.policies.revocation import classify

MACHINES = (
    "I'm driving right now and will get back to you later.",
    "I\u2019m currently driving with Do Not Disturb While Driving turned on. I\u2019ll see it when I get there.",
    '(I\u2019m not receiving notifications. If this is urgent, reply "urgent" to send a notification through.)',
    "Auto-reply: I'm in a meeting",
    "[Automated response] Thanks, we have your message",
    "This is an automated message. We got it.",
    "Hello,\n\nI am out of the office until Monday and will respond when I am back.",
    "Thank you for your email. I am currently out of office with limited access to email.",
)


@pytest.mark.parametrize("text", MACHINES)
def test_what_machines_send_is_known(text: str) -> None:
    assert is_automatic_reply(text)


@pytest.mark.parametrize("subject", ["Automatic reply: Your request", "Out of office", "Respuesta automática: cita"])
def test_a_subject_tells_it_too(subject: str) -> None:
    assert is_automatic_reply("Back on the 3rd.", subject=subject)


@pytest.mark.parametrize(
    "text",
    [
        "How much is it?", "I'm driving", "I am out of the office until Monday, can we do Tuesday?",
        "automatic tint please", "Are you a bot? is this automated",
        "I'm on vacation, back Monday. Call me then", "do you have an automatic reply?",
        "Thank you for your message, Tuesday is fine", "Re: out of the office? no, come by", "",
    ],
)  # fmt: skip
def test_people_are_people(text: str) -> None:
    assert not is_automatic_reply(text)


@given(st.sampled_from(MACHINES), st.sampled_from(["STOP", "please stop texting me", "no mas", "wrong number"]))
def test_a_revocation_is_one_whatever_machine_it_comes_through(text: str, words: str) -> None:
    said = f"Auto-reply: {words}"

    assert not is_automatic_reply(said)
    assert is_automatic_reply(text) == (classify(text).kind == "none")
    assert not is_automatic_reply(words, subject="Automatic reply: Your request")
