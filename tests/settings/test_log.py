"""No person appears in a log line, wherever the address or the number stood."""

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum import luhn

from vaguemestre.log import Pseudonymiser, configure_logging
from vaguemestre.mail.address import Address, parse_address
from vaguemestre.mail.ins import parse_ins, with_ins_masked

PSEUDONYMISE = Pseudonymiser(b"a key for tests")

locals_ = st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~é-]{8,20}(\.[a-z]{1,8})?", fullmatch=True)
quoted = st.from_regex(r'"[A-Za-z @\[\],;:<>]{8,20}"', fullmatch=True)
domains = st.from_regex(r"[a-z][a-z0-9]{0,9}(\.[a-z]{2,8}){1,2}", fullmatch=True)
numbers = st.from_regex(r"[0-9]{5}([0-9]{2}|2[ABab])[0-9]{8}", fullmatch=True)
around = st.text(st.characters(exclude_categories=["Cs", "Nd"]), max_size=20)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield io.StringIO()
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


@given(locals_ | quoted, domains, around, around)
@example('"@A::::::"', "a.aa", '"', "")
def test_an_address_in_free_text_keeps_only_its_domain(
    local: str, domain: str, left: str, right: str
) -> None:
    shown = PSEUDONYMISE.text(f"{left} {local}@{domain} {right}")
    assert f"{local}@{domain}" not in shown
    assert f"{local[3:]}@" not in shown
    assert f"]@{domain}" in shown


@given(numbers, around, around)
def test_an_ins_never_appears_whole(number: str, left: str, right: str) -> None:
    for text in (
        f"{left}{number}{right}",
        f"{number}@patient.mssante.fr",
        f"<{number}>",
        f"{number}{number}",
    ):
        shown = PSEUDONYMISE.text(text)
        assert number not in shown
        assert number[1:13] not in shown


@given(numbers, st.sampled_from([" ", "\u00a0", "\u202f", ".", "-"]))
def test_an_ins_written_in_groups_is_masked_too(number: str, gap: str) -> None:
    groups = (number[:1], number[1:3], number[3:5], number[5:7], number[7:10], number[10:13], number[13:])
    shown = PSEUDONYMISE.text(gap.join(groups))
    assert gap.join(groups[:6]) not in shown


@given(siren=st.from_regex(r"[0-9]{13}", fullmatch=True), after=st.sampled_from(["", ",O=X", "+CN=y", " "]))
@example(siren="7754166880001", after=",O=ASIP")
def test_the_number_of_an_operator_is_shown_unless_it_may_be_an_ins(siren: str, after: str) -> None:
    number = f"3{siren}{luhn.calc_check_digit(siren)}"
    text = f"CN=mss.example,OU={number}{after}"
    is_shown = number in PSEUDONYMISE.text(text)
    assert is_shown == (number in with_ins_masked(text)) == (not parse_ins(number).has_right_key)
    for elsewhere in (
        number,
        f"O={number}",
        f"SOU={number}",
        f"OU={number}1",
        f"OU=x{number}",
        f"OU={number}@x.fr",
    ):
        assert number not in PSEUDONYMISE.text(elsewhere)


@given(st.from_regex(r"[0-9]{5}([0-9]{2}|2[AB])[0-9]{6}", fullmatch=True), around, around)
def test_no_ins_is_taken_for_the_number_of_an_operator(body: str, left: str, right: str) -> None:
    number = f"{body}{parse_ins(body + '00').right_key:02d}"
    for text in (
        f"OU={number}",
        f"{left} OU={number},{right}",
        f"ou = {number}",
        f"OU={number[:1]} {number[1:]}",
    ):
        for shown in (PSEUDONYMISE.text(text), with_ins_masked(text)):
            assert number not in shown
    assert number[1:13] not in PSEUDONYMISE.text(f"OU={number[:1]} {number[1:]}")


@given(st.text(max_size=60))
def test_the_same_text_twice_is_the_same_line(text: str) -> None:
    once = PSEUDONYMISE.text(text)
    assert PSEUDONYMISE.text(text) == once


def test_one_mailbox_is_one_pseudonym_in_any_case_and_another_key_is_another() -> None:
    shown = PSEUDONYMISE.text("Claire.Martin@Cabinet.mssante.fr")
    assert shown.split("@")[0] == PSEUDONYMISE.text("claire.martin@cabinet.mssante.fr").split("@")[0]
    assert shown != Pseudonymiser(b"another").text("Claire.Martin@Cabinet.mssante.fr")
    assert re.fullmatch(r"\[[0-9a-f]{10}\]@Cabinet\.mssante\.fr", shown)


def test_values_are_searched_whatever_holds_them() -> None:
    line = PSEUDONYMISE(
        None,
        "info",
        {
            "event": "mail_refused",
            "sender": parse_address("claire@cabinet.mssante.fr"),
            "recipients": [Address("191070000002243", "patient.mssante.fr")],
            "octets": b"RCPT TO:<191070000002243@patient.mssante.fr>",
            "ins": parse_ins("191070000002243"),
            "detail": {"claire@cabinet.mssante.fr": ("191070000002243",)},
            "number": 191070000002243,
            "size": 12,
            "tls": True,
        },
    )
    shown = str(line)
    assert "claire" not in shown
    assert "91070000002" not in shown
    assert line["size"] == 12
    assert line["tls"] is True


def test_tracebacks_are_pseudonymised(stream: io.StringIO) -> None:
    configure_logging(json=True, level="info", key=b"k", stream=stream)
    try:
        raise RuntimeError("no mailbox 191070000002243@patient.mssante.fr")
    except RuntimeError:
        structlog.get_logger().exception("delivery_failed")
    line = json.loads(stream.getvalue())
    assert line["event"] == "delivery_failed"
    assert "RuntimeError: no mailbox [" in line["exception"]
    assert "91070000002" not in stream.getvalue()


def test_lines_of_libraries_go_the_same_way(stream: io.StringIO) -> None:
    configure_logging(json=True, level="info", key=b"k", stream=stream)
    logging.getLogger("mail.log").warning("peer said %s", "claire@cabinet.mssante.fr")
    logging.getLogger("mail.log").info("chatter of claire@cabinet.mssante.fr")
    line = json.loads(stream.getvalue())
    assert line["logger"] == "mail.log"
    assert "claire" not in stream.getvalue()


def test_the_console_form_is_pseudonymised_and_honours_the_level(stream: io.StringIO) -> None:
    configure_logging(json=False, level="warning", key=b"k", stream=stream)
    structlog.get_logger().info("mail_delivered", recipient="claire@cabinet.mssante.fr")
    structlog.get_logger().warning("mail_refused", recipient="claire@cabinet.mssante.fr")
    assert "mail_delivered" not in stream.getvalue()
    assert "mail_refused" in stream.getvalue()
    assert "claire" not in stream.getvalue()
