"""E-mails as MJML: made into HTML when a cadence is read, with Liquid left for later and values escaped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.cadences.model import Template
from leadcore.cadences.policies.checking import check_cadence
from leadcore.cadences.policies.definition import read_cadence
from leadcore.cadences.policies.mjml_mail import html_from, is_mjml
from leadcore.cadences.policies.rendering import render
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import TenantId
from leadcore.testing.builders import new_id

_BODY = """<mjml><mj-body><mj-section><mj-column>
<mj-text>{{ greeting }}, your {{ vehicle }} is waiting.</mj-text>
<mj-button href="{{ chat_link }}">Talk with us</mj-button>
</mj-column></mj-section></mj-body></mjml>"""


def _file(html: str) -> str:
    return f'''name = "mail"
exits = ["replied", "opted_out", "booked", "closed_in_crm", "taken_over"]
[[steps]]
id = "hello"
day = 0
subject = "About {{{{ about }}}}"
email = "{{{{ greeting }}}}, {{{{ chat_link }}}}\\n\\n{{{{ postal_address }}}}"
email_html = """
{html}
"""
'''


def test_a_step_in_mjml_is_sent_as_html_with_its_values_escaped() -> None:
    cadence = read_cadence(_file(_BODY), tenant_id=TenantId(new_id()))
    [hello, _] = cadence.steps

    told = render(
        hello.templates["email"],
        {
            "greeting": "Hi <b>Pat</b>", "vehicle": "2022 Tesla & trailer", "about": "tint",
            "chat_link": "https://chat.example.com/c/#abc", "postal_address": "100 Congress Ave",
        },
    )  # fmt: skip

    assert "Hi &lt;b&gt;Pat&lt;/b&gt;, your 2022 Tesla &amp; trailer is waiting." in told.html
    assert 'href="https://chat.example.com/c/#abc"' in told.html
    assert told.html.rstrip().endswith("</body></html>"), "the unsubscribe line is put before the end of the body"
    assert "<mj-" not in told.html
    assert "fonts.googleapis" not in told.html, "a mail must not tell others that it was opened"
    assert told.body == "Hi <b>Pat</b>, https://chat.example.com/c/#abc\n\n100 Congress Ave"


def test_a_file_with_mjml_passes_the_check() -> None:
    assert [each for each in check_cadence(_file(_BODY)) if each.rule == "mjml"] == []


@pytest.mark.parametrize(
    ("html", "message", "line"),
    [
        ("<mjml><mj-body>\n<mj-sektion></mj-sektion></mj-body></mjml>", "unknown MJML element 'mj-sektion'", 10),
        ("<mjml><mj-body>\n<mj-include path='/etc/hosts' /></mj-body></mjml>", "unknown MJML element 'mj-include'", 10),
        ("<mjml><mj-head></mj-head></mjml>", "the MJML has no 'mj-body'", 8),
        ("<mjml><mj-body><mj-section></mj-body></mjml>", "not MJML", 8),
    ],
)
def test_a_mistake_is_named_with_its_place(html: str, message: str, line: int) -> None:
    [found] = [each for each in check_cadence(_file(html)) if each.rule == "mjml"]
    with pytest.raises(InvalidInputError, match="MJML") as refused:
        read_cadence(_file(html), tenant_id=TenantId(new_id()))

    assert found.message.startswith(message)
    assert found.line == line
    assert found.fix
    assert refused.value.field == "steps[0].email_html"


def test_an_unknown_variable_in_mjml_is_found() -> None:
    found = check_cadence(_file(_BODY.replace("vehicle", "car")))

    assert [each.message for each in found if each.rule == "variable"] == ["unknown variable car"]


@given(st.text(alphabet="abc &<>\"'{}%\n", max_size=40))
def test_html_is_left_as_it_is(text: str) -> None:
    html = f"<p>{text}</p>"

    assert not is_mjml(html)
    assert html_from(html, path="x") == html


@given(st.text(alphabet="abcéß☀ .,!?\n", min_size=1, max_size=60))
def test_words_of_mjml_are_kept(words: str) -> None:
    source = (
        f"<mjml><mj-body><mj-section><mj-column><mj-text>{words}x</mj-text></mj-column></mj-section></mj-body></mjml>"
    )

    made = html_from(source, path="x")

    assert "".join(words.split()) in "".join(made.split())
    assert render(Template(body="", html=made), {}).html == made
