"""Addresses and matricules: what is read, what is refused, what is never shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.mail.address import Address, AddressSyntaxError, parse_address
from vaguemestre.mail.ins import Ins, InsSyntaxError, parse_ins, with_ins_masked
from vaguemestre.mail.reply import Reply
from vaguemestre.mail.sentence import DAY, counted


@pytest.mark.parametrize(
    "text",
    ["a@b", "claire.martin@cabinet.mssante.fr", '"claire martin"@b.fr', "élodie@hôpital.fr", "a+b@c-d.fr"],
)
def test_an_address_reads_and_prints_alike(text: str) -> None:
    assert str(parse_address(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@b",
        "a@",
        "a b@c",
        "a@b@c",
        "a@-b",
        "a@b-",
        "a..b@c",
        ".a@b",
        "a@b..c",
        "a@b\r\n",
        "x" * 65 + "@b",
    ],
)
def test_what_is_not_an_address_is_refused(text: str) -> None:
    with pytest.raises(AddressSyntaxError):
        parse_address(text)


def test_addresses_compare_without_case() -> None:
    assert parse_address("A.B@C.FR").key == Address("a.b", "c.fr").key


@pytest.mark.parametrize(
    "text", ["279035121518989", "277076322082910", "297022A02077878", "180032B02040123", "207058575627097"]
)
def test_the_key_of_public_test_identities_is_right(text: str) -> None:
    assert parse_ins(text).has_right_key


def test_a_wrong_key_keeps_its_shape_and_says_the_right_one() -> None:
    ins = parse_ins("191070000002271")
    assert (ins.key, ins.right_key, ins.has_right_key) == (71, 43, False)


@pytest.mark.parametrize(
    "text", ["27903512151898", "2790351215189890", "2790351215x8989", "27903A121518989", ""]
)
def test_what_has_not_the_shape_of_an_ins_is_refused(text: str) -> None:
    with pytest.raises(InsSyntaxError):
        parse_ins(text)


@given(st.from_regex(r"[12][0-9]{14}", fullmatch=True))
def test_an_ins_is_never_shown_whole(text: str) -> None:
    ins = Ins(text)
    assert text not in repr(ins)
    assert text[1:13] not in ins.masked


def test_the_class_of_a_status_is_read_off_the_code() -> None:
    assert Reply(452, 2, 2, "full").status == "4.2.2"


def test_a_sentence_shows_no_ins_whole() -> None:
    masked = "No account has the address 1············43@patient.mssante.fr"
    assert with_ins_masked("No account has the address 191070000002243@patient.mssante.fr") == masked
    assert with_ins_masked("191072a00002243 and 191072A00002243") == "1············43 and 1············43"
    for text in ("conversation 12", "1910700000022431", "x191070000002243"):
        assert with_ins_masked(text) == text


@pytest.mark.parametrize(
    ("number", "fr", "en"), [(0, "0 jour", "0 days"), (1, "1 jour", "1 day"), (2, "2 jours", "2 days")]
)
def test_a_number_and_its_noun_agree_as_each_language_has_it(number: int, fr: str, en: str) -> None:
    assert (counted(number, *DAY).fr, counted(number, *DAY).en) == (fr, en)
