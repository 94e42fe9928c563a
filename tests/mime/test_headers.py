"""Header fields: what people read in them, whatever the octets. RFC 5322 §2.2, RFC 2047 §6.2, RFC 2231 §4."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.mime.charsets import decode, decode_beginning
from vaguemestre.mime.headers import decode_text, message_ids, parse_date, split_fields, unfold
from vaguemestre.mime.parameters import parameter_text, parameters


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b" plain", "plain"),
        (b" folded\r\n over two\n\tlines\r", "folded over two\tlines"),
        (b"=?utf-8?Q?R=C3=A9sultat_d=27analyse?=", "Résultat d'analyse"),
        (b"=?iso-8859-1?q?caf=E9?= noir", "café noir"),
        (b"a =?utf-8?B?w6k=?= b", "a é b"),
        (b"=?utf-8?Q?blanks?=\r\n =?utf-8?Q?vanish?=", "blanksvanish"),
        (b"=?utf-8?B?w6?= =?utf-8?B?qQ==?=", "é"),
        (b"=?utf-8?Q?=C3?= =?utf-8?Q?=A9?=", "é"),
        (b"=?utf-8?Q?un?= et =?utf-8?Q?deux?=", "un et deux"),
        (b"=?utf-8*fr?Q?langue?=", "langue"),
        (b"=?nowhere?Q?=C3=A9?=", "é"),
        (b"=?idna?Q?xn--a?=", "xn--a"),
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        (b"=?utf-8?Q?unfinished", "=?utf-8?Q?unfinished"),
        ("résultat".encode(), "résultat"),
        ("résultat".encode("latin-1"), "résultat"),
        (b"", ""),
    ],
)
def test_a_header_is_decoded_as_a_person_reads_it(raw: bytes, text: str) -> None:
    assert decode_text(raw) == text


@given(st.binary(), st.text(max_size=20))
def test_nothing_raises_whatever_the_octets(octets: bytes, charset: str) -> None:
    decode_text(octets)
    decode_text(b"=?" + octets + b"?Q?" + octets + b"?= =?utf-8?B?" + octets + b"?=")
    decode(octets, charset)
    decode_beginning(octets, charset)
    split_fields(octets)
    message_ids(octets)
    parse_date(octets)
    found = parameters(unfold(octets))
    parameter_text(found, "name")
    parameter_text(((b"name*0*", octets), (b"name*1*", b"utf-8''" + octets)), "name")


def test_fields_keep_their_order_and_their_folds_and_lines_that_are_none_are_passed_over() -> None:
    block = b"A: 1\r\nnot a field\r\nB : 2\r\n 3\r\na: 4\nC:\r\n\r\n"
    assert split_fields(block) == {b"a": [b" 1\r", b" 4"], b"b": [b" 2\r\n 3\r"], b"c": [b"\r"]}


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        (b"Fri, 21 Nov 1997 09:55:06 -0600", datetime(1997, 11, 21, 15, 55, 6, tzinfo=UTC)),
        (b"21 Nov 1997 09:55 GMT", datetime(1997, 11, 21, 9, 55, tzinfo=UTC)),
        (b"Fri, 21 Nov 1997 09:55:06 -0000", datetime(1997, 11, 21, 9, 55, 6, tzinfo=UTC)),
        (b"Fri, 21 Nov 1997 09:55:06 +0100 (CET)", datetime(1997, 11, 21, 8, 55, 6, tzinfo=UTC)),
        (b"tomorrow", None),
        (b"Fri, 99 Nov 1997 09:55:06 +0100", None),
        (b"", None),
    ],
)
def test_a_date_is_aware_or_nothing(raw: bytes, moment: datetime | None) -> None:
    found = parse_date(raw)
    assert found == moment
    assert found is None or isinstance(found.utcoffset(), timedelta)


def test_message_identifiers_come_in_order_with_their_brackets() -> None:
    assert message_ids(b" <a@b>\r\n\t(said) <c.d@e> junk <f g>") == ["<a@b>", "<c.d@e>"]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b"attachment; filename=plain.pdf", "plain.pdf"),
        (b'attachment; filename="quoted; name.pdf"', "quoted; name.pdf"),
        (b'attachment; filename="a\\"b.pdf"', 'a"b.pdf'),
        (b"attachment; filename=compte rendu.exe", "compte rendu.exe"),
        (b"attachment; filename*=utf-8''r%C3%A9sultat.pdf", "résultat.pdf"),
        (b'attachment; filename*0="long"; filename*1="er.pdf"', "longer.pdf"),
        (b"attachment; filename*1*=%C3%A9.pdf; filename*0*=utf-8'fr'caf", "café.pdf"),
        (b'attachment; filename="=?utf-8?Q?r=C3=A9sultat.pdf?="', "résultat.pdf"),
        (b"attachment; FILENAME=Upper.pdf", "Upper.pdf"),
        (b'attachment; filename="unfinished.pdf', "unfinished.pdf"),
        (b"attachment; size=3", None),
        (b"attachment", None),
    ],
)
def test_a_file_name_is_found_in_every_form_that_senders_use(value: bytes, name: str | None) -> None:
    assert parameter_text(parameters(value), "filename") == name
