"""The operator's own text reveals nothing either, because it cannot."""

import pytest

from vaguemestre.service.telling.notification_text import DEFAULT, TextError, notification_text


def test_our_own_text_is_in_both_languages_and_says_where_to_sign_in() -> None:
    said = notification_text(DEFAULT.encode(), "Mon messager", "https://mon.example/")
    assert said.subject == "Du nouveau dans Mon messager / Something new in Mon messager"
    assert said.text.count("https://mon.example/") == 2
    assert "{" not in said.subject + said.text


def test_an_operators_text_is_taken_with_either_line_end() -> None:
    said = notification_text(b"Un mot\r\n\r\nVoyez {url}\r\n", "x", "https://é/")
    assert (said.subject, said.text) == ("Un mot", "Voyez https://é/")


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"Un mot\n\n{url} de {sender}", "{sender}"),
        (b"{subject}\n\n{url}", "{subject}"),
        (b"Un mot\n\n{url} {0}", "{0}"),
        (b"Un mot\n\n{url} {url.__class__}", "{url.__class__}"),
        (b"Un mot\n\n{url} {", "holds {"),
        (b"Un mot\n\nrien", "{url}"),
        (b"Un mot", "empty line"),
        (b"\n\n{url}", "empty line"),
        (b"Deux\nlignes\n\n{url}", "empty line"),
        (b"\xff\n\n{url}", "UTF-8"),
        (b"x\n\n{url}" + b"x" * 20_000, "16384"),
    ],
)
def test_a_text_that_could_reveal_or_says_nothing_is_refused(octets: bytes, why: str) -> None:
    with pytest.raises(TextError) as refused:
        notification_text(octets, "x", "https://mon.example/")
    assert why in str(refused.value)
