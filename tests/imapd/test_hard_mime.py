"""Hard messages in by APPEND and out by FETCH: each octet kept, each part found. RFC 9051 §7.5.2."""

from collections.abc import Mapping

import pytest
from tests.support.builders import DOCTOR
from tests.support.imap_door import Client, OpenDoor
from tests.support.imap_values import Value, fetch_items, listed

PLAIN: list[Value] = [b"text", b"plain", [b"charset", b"us-ascii"], None, None, b"7BIT"]
NO_EXTENSION: list[Value] = [None, None, None, None]
NO_ENVELOPE: list[Value] = [None] * 10


def text(octets: int, lines: int) -> list[Value]:
    """The structure of a part that says nothing of itself."""
    return [*PLAIN, str(octets), str(lines), *NO_EXTENSION]


async def filed(client: Client, message: bytes) -> None:
    assert b" OK " in await client.append("INBOX", message)
    await client.ask("SELECT INBOX")


async def items(client: Client, *names: str) -> Mapping[str, Value]:
    """What message 1 answers; every octet of it must be as it came."""
    responses = await client.responses(f"FETCH 1 ({' '.join(names)})")
    assert responses[-1].endswith(b" OK FETCH completed\r\n")
    return fetch_items(responses[0])


async def fetched(opened: OpenDoor, message: bytes, *names: str) -> Mapping[str, Value]:
    """File it, and fetch it: BODY[], its size and these."""
    async with opened.client(signed_in=DOCTOR) as client:
        await filed(client, message)
        found = await items(client, "RFC822.SIZE", *names, "BODY.PEEK[]")
        assert found["BODY[]"] == message
        assert found["RFC822.SIZE"] == str(len(message))
        return found


INNERMOST = b"Subject: inside\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>three"
MIDDLE = (
    b"Subject: middle\r\nFrom: a@b.example\r\nContent-Type: multipart/alternative; boundary=aa\r\n\r\n"
    b"--aa\r\nContent-Type: text/plain\r\n\r\ntwo\r\n"
    b"--aa\r\nContent-Type: message/rfc822\r\nContent-Description: the last\r\n\r\n" + INNERMOST + b"\r\n"
    b"--aa--\r\n"
)
# The boundary of the inner multipart begins with that of the outer one.
NESTED = (
    b"Subject: outer\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\none\r\n"
    b"--a\r\nContent-Type: message/rfc822\r\n\r\n" + MIDDLE + b"\r\n--a--\r\n"
)


async def test_messages_inside_messages_are_found_at_every_level(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await filed(client, NESTED)
        found = await items(client, "BODY.PEEK[]", "BODYSTRUCTURE")
        assert found["BODY[]"] == NESTED
        first, second, *_ = listed(found["BODYSTRUCTURE"])
        assert first == text(3, 0)
        outer = listed(second)
        assert outer[:7] == [b"message", b"rfc822", None, None, None, b"7BIT", str(len(MIDDLE))]
        assert listed(outer[7])[1] == b"middle"
        plain, last, kind, *_ = listed(outer[8])
        assert kind == b"alternative"
        assert listed(plain)[6] == "3"
        inner = listed(last)
        assert inner[4] == b"the last"
        assert inner[6] == str(len(INNERMOST))
        assert listed(inner[7])[1] == b"inside"
        assert listed(inner[8])[:7] == [b"text", b"html", [b"charset", b"utf-8"], None, None, b"7BIT", "8"]
        sections: dict[str, bytes | None] = {
            "BODY[1.MIME]": b"\r\n",
            "BODY[1.HEADER]": None,  # part 1 is no message
            "BODY[2]": MIDDLE,
            "BODY[2.MIME]": b"Content-Type: message/rfc822\r\n\r\n",
            "BODY[2.HEADER]": MIDDLE[: MIDDLE.index(b"--aa")],
            "BODY[2.TEXT]": MIDDLE[MIDDLE.index(b"--aa") :],
            "BODY[2.HEADER.FIELDS (Subject)]": b"Subject: middle\r\n\r\n",
            "BODY[2.1]": b"two",
            "BODY[2.1.MIME]": b"Content-Type: text/plain\r\n\r\n",
            "BODY[2.2.MIME]": b"Content-Type: message/rfc822\r\nContent-Description: the last\r\n\r\n",
            "BODY[2.2.HEADER]": INNERMOST[:-8],
            "BODY[2.2.TEXT]": b"<p>three",
            "BODY[2.2.1]": b"<p>three",
            "BODY[2.2.1.MIME]": INNERMOST[:-8],
            "BODY[2.2.2]": None,
            "BODY[2.3]": None,
            "BODY[3]": None,
        }
        asked = (name.replace("BODY[", "BODY.PEEK[") for name in sections)
        assert await items(client, *asked) == sections
        binary = await items(client, "BINARY.PEEK[2.2.1]", "BINARY.SIZE[2]", "BINARY.PEEK[2]<9.6>")
        assert binary == {
            "BINARY[2.2.1]": b"<p>three",
            "BINARY.SIZE[2]": str(len(MIDDLE)),
            "BINARY[2]<9>": b"middle",
        }


@pytest.mark.parametrize("end", [b"", b"\r\n--a--", b"\r\n--a--\r\n", b"\r\n--a-- \t\r\nepilogue\r\n"])
async def test_a_multipart_ends_where_it_can(opened: OpenDoor, end: bytes) -> None:
    message = (
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\nbefore\r\n--a\r\n\r\none\r\n--a\r\n\r\ntwo" + end
    )
    found = await fetched(opened, message, "BODYSTRUCTURE", "BODY.PEEK[2]", "BODY.PEEK[3]")
    tail: list[Value] = [b"mixed", [b"boundary", b"a"], None, None, None]
    assert found["BODYSTRUCTURE"] == [text(3, 0), text(3, 0), *tail]
    assert (found["BODY[2]"], found["BODY[3]"]) == (b"two", None)


async def test_headers_in_eight_bits_come_as_they_are(opened: OpenDoor) -> None:
    message = (
        b"Subject: R\xe9sultats\r\nFrom: \xc3\x89l\xc3\xa9onore <e@b.example>\r\n"
        b'To: "Andr\xe9" <a@d.example>\r\nContent-Type: text/plain; name="r\xe9.txt"\r\n'
        b"Content-Description: \xc3\xa9t\xc3\xa9\r\n\r\nx"
    )
    found = await fetched(opened, message, "ENVELOPE", "BODYSTRUCTURE", "BODY.PEEK[HEADER.FIELDS (TO)]")
    from_: Value = [["\xc9l\xe9onore".encode(), None, b"e", b"b.example"]]
    to: Value = [[b"Andr\xe9", None, b"a", b"d.example"]]
    assert found["ENVELOPE"] == [None, b"R\xe9sultats", from_, from_, from_, to, None, None, None, None]
    structure = listed(found["BODYSTRUCTURE"])
    assert structure[2] == [b"name", b"r\xe9.txt"]
    assert structure[4] == "été".encode()
    assert found["BODY[HEADER.FIELDS (TO)]"] == b'To: "Andr\xe9" <a@d.example>\r\n\r\n'


async def test_encoded_words_and_parameters_in_pieces_are_the_clients_to_decode(opened: OpenDoor) -> None:
    subject = b"=?utf-8?B?w6k=?= =?iso-8859-1?Q?=E9?="
    message = (
        b"Subject: =?utf-8?B?w6k=?=\r\n =?iso-8859-1?Q?=E9?=\r\n"
        b"From: =?utf-8?Q?Andr=C3=A9=2C_Paul?= <a@b.example>\r\n"
        b"Content-Type: application/pdf; name*0*=utf-8'fr'r%C3%A9;\r\n name*1*=sul; name*2=\"tat.pdf\"\r\n"
        b"Content-Disposition: attachment; filename*=utf-8''r%C3%A9.pdf; "
        b'filename="=?utf-8?Q?r=C3=A9?="\r\n\r\nx'
    )
    found = await fetched(opened, message, "ENVELOPE", "BODYSTRUCTURE")
    envelope, structure = listed(found["ENVELOPE"]), listed(found["BODYSTRUCTURE"])
    assert envelope[1] == subject
    assert envelope[2] == [[b"=?utf-8?Q?Andr=C3=A9=2C_Paul?=", None, b"a", b"b.example"]]
    assert structure[2] == [b"name*0*", b"utf-8'fr'r%C3%A9", b"name*1*", b"sul", b"name*2", b"tat.pdf"]
    names: Value = [b"filename*", b"utf-8''r%C3%A9.pdf", b"filename", b"=?utf-8?Q?r=C3=A9?="]
    assert structure[8] == [b"attachment", names]


async def test_empty_parts_are_parts(opened: OpenDoor) -> None:
    message = (
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n--a\r\n\r\n"
        b"--a\r\nContent-Type: message/rfc822\r\n\r\n"
        b"--a\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n\r\n--a--\r\n"
    )
    found = await fetched(
        opened, message, "BODYSTRUCTURE", "BODY.PEEK[1.MIME]", "BODY.PEEK[2]", "BODY.PEEK[3.HEADER]",
        "BODY.PEEK[3]", "BODY.PEEK[4]", "BINARY.PEEK[4]", "BINARY.SIZE[4]", "BODY.PEEK[5]"
    )  # fmt: skip
    structure = listed(found["BODYSTRUCTURE"])
    assert structure[:2] == [text(0, 0), text(0, 0)]
    assert listed(structure[2])[6:10] == ["0", NO_ENVELOPE, text(0, 0), "0"]
    assert listed(structure[3])[:2] == [b"application", b"pdf"]
    assert structure[4] == b"mixed"
    assert [found[f"BODY[{part}]"] for part in ("1.MIME", "2", "3", "4", "3.HEADER")] == [b""] * 5
    assert (found["BINARY[4]"], found["BINARY.SIZE[4]"], found["BODY[5]"]) == (b"", "0", None)


async def test_a_multipart_without_any_part_has_an_empty_one(opened: OpenDoor) -> None:
    message = b"Content-Type: multipart/mixed; boundary=a\r\n\r\nno boundary here\r\n"
    found = await fetched(opened, message, "BODYSTRUCTURE", "BODY.PEEK[1]", "BODY.PEEK[TEXT]")
    assert listed(found["BODYSTRUCTURE"])[:2] == [text(0, 0), b"mixed"]
    assert (found["BODY[1]"], found["BODY[TEXT]"]) == (b"", b"no boundary here\r\n")


async def test_base64_with_junk_is_decoded_past_it_and_kept_as_it_is(opened: OpenDoor) -> None:
    body = b"SGVs!!\r\n\r\n*bG8\xffs\r\n IQ==\r\n"
    message = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: BASE64 \r\n\r\n" + body
    found = await fetched(
        opened, message, "BODYSTRUCTURE", "BODY.PEEK[1]", "BINARY.PEEK[1]", "BINARY.SIZE[1]"
    )
    assert listed(found["BODYSTRUCTURE"])[5:7] == [b"BASE64", str(len(body))]
    assert (found["BODY[1]"], found["BINARY[1]"], found["BINARY.SIZE[1]"]) == (body, b"Hello,!", "7")


@pytest.mark.parametrize("where", ["body", "header", "boundary"])
async def test_a_line_of_nearly_a_megabyte_is_a_line(opened: OpenDoor, where: str) -> None:
    long = b"x" * 900_000
    message = {
        "body": b"Subject: s\r\n\r\n" + long,
        "header": b"Subject: s\r\nX-Long: " + long + b"\r\n\r\nbody",
        "boundary": b"Subject: s\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a"
        + long
        + b"\r\n--a\r\n\r\nx",
    }[where]
    found = await fetched(
        opened, message, "ENVELOPE", "BODYSTRUCTURE", "BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]", "BODY.PEEK[1]"
    )
    end = message.index(b"\r\n\r\n") + 4
    assert listed(found["ENVELOPE"])[1] == b"s"
    assert (found["BODY[HEADER]"], found["BODY[TEXT]"]) == (message[:end], message[end:])
    assert found["BODY[1]"] == (b"x" if where == "boundary" else message[end:])


@pytest.mark.parametrize(
    ("message", "header", "body", "lines"),
    [
        (b"only text\r\nand more\r\n", b"", b"only text\r\nand more\r\n", 2),
        (b"\r\nafter an empty line", b"\r\n", b"after an empty line", 0),
        (b"\r\n", b"\r\n", b"", 0),
        (b"x", b"", b"x", 0),
        (b"\n", b"\n", b"", 0),
        (b"\xff\xfe\xfd", b"", b"\xff\xfe\xfd", 0),
        (b"Subject: no body", b"Subject: no body", b"", 0),
    ],
)
async def test_a_message_without_header_or_without_body(
    opened: OpenDoor, message: bytes, header: bytes, body: bytes, lines: int
) -> None:
    sections = ("BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]", "BODY.PEEK[1]", "BODY.PEEK[1.MIME]")
    found = await fetched(opened, message, "BODYSTRUCTURE", *sections)
    assert found["BODYSTRUCTURE"] == text(len(body), lines)
    values = [found[section.replace(".PEEK", "")] for section in sections]
    assert values == [header, body, body, header]


async def test_line_ends_without_cr_are_understood_and_left_alone(opened: OpenDoor) -> None:
    message = (
        b"Subject: LF\nTo: a@b.example\nContent-Type: multipart/mixed; boundary=a\n\n"
        b"--a\n\none\n--a\nContent-Type: text/html\n\n<p>two\nlines\n--a--\n"
    )
    found = await fetched(
        opened, message, "ENVELOPE", "BODYSTRUCTURE", "BODY.PEEK[1]", "BODY.PEEK[2.MIME]", "BODY.PEEK[2]"
    )
    assert listed(found["ENVELOPE"])[1] == b"LF"
    assert listed(found["BODYSTRUCTURE"])[0] == text(3, 0)
    assert [found[f"BODY[{part}]"] for part in ("1", "2.MIME", "2")] == [
        b"one",
        b"Content-Type: text/html\n\n",
        b"<p>two\nlines",
    ]


async def test_nul_octets_are_refused_whole_since_no_literal_may_hold_them(opened: OpenDoor) -> None:
    message = b"Subject: x\r\nContent-Transfer-Encoding: binary\r\n\r\n\0\1\0"
    async with opened.client(signed_in=DOCTOR) as client:
        assert b" NO [CANNOT] " in await client.append("INBOX", message)
        assert b" NO [UNKNOWN-CTE] " in await client.append("INBOX", message, "~")
        assert await client.ask("STATUS INBOX (MESSAGES)") == [
            b"* STATUS INBOX (MESSAGES 0)\r\n",
            b"t4 OK STATUS completed\r\n",
        ]


async def test_parts_by_thousands_and_nests_without_end_have_a_structure(opened: OpenDoor) -> None:
    many = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\nx\r\n" * 3_000
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3_000)
    )
    inside = b"Content-Type: message/rfc822\r\n\r\n" * 3_000
    async with opened.client(signed_in=DOCTOR) as client:
        for message in (many, deep, inside):
            assert b" OK " in await client.append("INBOX", message)
        await client.ask("SELECT INBOX")
        responses = await client.responses("FETCH 1:3 (ENVELOPE BODY BODYSTRUCTURE BODY.PEEK[])")
        assert [fetch_items(response)["BODY[]"] for response in responses[:-1]] == [many, deep, inside]
