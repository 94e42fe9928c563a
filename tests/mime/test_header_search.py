"""Headers are searched as a person reads them; the short cut for plain ones never changes the answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.mime.header_search import SearchedHeader, Sought, SoughtField
from vaguemestre.mime.text import field_texts, header_text

PIECES = st.sampled_from(
    [
        b"Subject: ",
        b"subject:",
        b"X-Other: ",
        b"\r\n",
        b"\r\n ",
        b"\n\t",
        b" ",
        b"a",
        b"Kb",
        b"S",
        b"=?utf-8?q?=C3=A9t=C3=A9?=",
        b"=?iso-2022-jp?b?GyRCJSIbKEI=?=",
        b"=?",
        "é\u212aſ".encode(),
        b"\xe9",
        b"\x00",
        b"\r",
    ]
)
HEADERS = st.one_of(st.lists(PIECES | st.binary(max_size=2), max_size=25).map(b"".join), st.binary())
TEXTS = st.one_of(
    st.text(max_size=3),
    st.text("aAbBkKsSé\u212aſ=?: \t\r\n", max_size=4),
    st.sampled_from(["été", "SS", "ß", "a kb", "subject", "İ"]),
)


@given(HEADERS, TEXTS)
def test_a_field_holds_what_its_decoded_values_hold(header: bytes, text: str) -> None:
    expected = any(text.casefold() in value.casefold() for value in field_texts(header, "subject"))
    assert SearchedHeader(header).has_in_field(SoughtField("subject", text)) == expected


@given(HEADERS, TEXTS)
def test_a_header_holds_what_its_decoded_text_holds(header: bytes, text: str) -> None:
    expected = text.casefold() in header_text(header).casefold()
    assert SearchedHeader(header).has(Sought(text)) == expected


@given(HEADERS, st.lists(TEXTS, max_size=4))
def test_what_was_asked_before_changes_no_answer(header: bytes, texts: list[str]) -> None:
    asked = SearchedHeader(header)
    for text in texts:
        for name in ("subject", "x-other"):
            sought = SoughtField(name, text)
            assert asked.has_in_field(sought) == SearchedHeader(header).has_in_field(sought)
        assert asked.has(Sought(text)) == SearchedHeader(header).has(Sought(text))


@pytest.mark.parametrize("text", ["k", "K", "\u212a"])
@pytest.mark.parametrize("value", ["k", "K", "\u212a"])
def test_letters_that_fold_alike_find_one_another(text: str, value: str) -> None:
    header = f"Subject: a{value}b\r\n\r\n".encode()
    assert SearchedHeader(header).has_in_field(SoughtField("subject", f"A{text}B"))


def test_a_text_with_blanks_is_found_across_a_fold() -> None:
    header = b"Subject: compte\r\n rendu\r\n\r\n"
    assert SearchedHeader(header).has_in_field(SoughtField("subject", "Compte Rendu"))
    assert not SearchedHeader(header).has_in_field(SoughtField("subject", "compterendu"))
    assert not SearchedHeader(header).has_in_field(SoughtField("to", "rendu"))
