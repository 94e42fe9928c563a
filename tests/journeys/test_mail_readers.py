"""What Thunderbird and an iPhone say, in their order and spelling, over TLS to a server process."""

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from imapclient import IMAPClient
from tests.support.imap_door import Client
from tests.support.journey import PASSWORD, PATIENCE, Pair, Server
from tests.support.letters import SENTENCE, a_letter
from tests.support.mail_clients import by_aiosmtplib

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 2_000  # a message of 700 KB: iOS asks for it in two pieces

# As Thunderbird asks for the list of messages.
HEADERS = (
    "From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To "
    "Content-Type Reply-To"
)


@asynccontextmanager
async def connected(server: Server, listener: str = "imaps") -> AsyncIterator[Client]:
    tls = server.tls() if listener == "imaps" else None
    reader, writer = await asyncio.open_connection(
        "127.0.0.1",
        server.ports[listener],
        ssl=tls,
        server_hostname="localhost" if tls else None,
        limit=2**23,
    )
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


async def fetched(client: Client, command: str) -> tuple[bytes, bytes]:
    """The first line of the FETCH response and its literal; the tagged response must be OK."""
    await client.say(b"f ", command.encode(), b"\r\n")
    line = await client.line()
    while b" FETCH " not in line:
        assert line.startswith(b"* "), line
        line = await client.line()
    found = re.search(rb"\{(\d+)\}\r\n$", line)
    assert found is not None, line
    octets = await client.exactly(int(found[1]))
    assert (await client.until(b"f "))[-1].startswith(b"f OK ")
    return line, octets


async def a_letter_came(server: Server, people: Pair, number: int = 1, pdf: bytes | None = None) -> bytes:
    attachments = (("cr.pdf", pdf),) if pdf is not None else ()
    letter = a_letter(
        people.doctor,
        people.citizen,
        message_id=f"<{number}.{people.doctor}>",
        attachments=attachments,
    )
    assert (await by_aiosmtplib(server, people.doctor, people.citizen, letter)).code == 250
    return letter


async def test_thunderbird_signs_in_looks_around_reads_and_waits(server: Server, people: Pair) -> None:
    letter = await a_letter_came(server, people)
    async with connected(server) as client:
        assert b"AUTH=PLAIN" in await client.line()
        assert (await client.ask("capability"))[0].startswith(b"* CAPABILITY IMAP4rev1 ")
        await client.say(b"2 authenticate PLAIN\r\n")
        assert (await client.line()).startswith(b"+")
        await client.say(b64encode(f"\0{people.citizen}\0{PASSWORD}".encode()), b"\r\n")
        assert b"2 OK " in (await client.until(b"2 "))[-1]
        words = (await client.ask("capability"))[0]
        assert all(word in words for word in (b" NAMESPACE ", b" SPECIAL-USE", b" MOVE ", b" LIST-EXTENDED"))
        assert (await client.ask('ID ("name" "Thunderbird" "version" "128.0")'))[0].startswith(b"* ID (")
        assert (await client.ask("namespace"))[0] == b'* NAMESPACE (("" "/")) NIL NIL\r\n'
        listed = b"".join(await client.ask('list (subscribed) "" "*" return (special-use)'))
        assert all(use in listed for use in (b"\\Sent)", b"\\Drafts)", b"\\Trash)", b"\\Junk)"))
        assert b'"Conversations closes"' in listed
        assert (await client.ask('list "" "INBOX"'))[0].endswith(b" INBOX\r\n")
        opened = b"".join(await client.ask('select "INBOX"'))
        assert b"* 1 EXISTS" in opened
        assert b"[UIDVALIDITY " in opened
        assert b"\\*)] " in opened
        assert b"[READ-WRITE]" in opened
        assert (await client.ask('getquotaroot "INBOX"'))[0].startswith(b"* QUOTAROOT ")
        assert (await client.ask("UID fetch 1:* (FLAGS)"))[0] == b"* 1 FETCH (UID 1 FLAGS ($ConvOpen))\r\n"
        line, header = await fetched(
            client, f"UID fetch 1 (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS ({HEADERS})])"
        )
        assert b"UID 1" in line
        assert b"\r\nSubject: Compte rendu\r\n" in b"\r\n" + header
        assert b"Return-Path" not in header
        assert header.endswith(b"\r\n\r\n")
        await waits(client, server, people)
        line, body = await fetched(client, "UID fetch 1 (UID RFC822.SIZE BODY[])")
        assert body.endswith(letter)
        flags = await client.ask("UID fetch 1:* (FLAGS)")
        assert flags[0] == b"* 1 FETCH (UID 1 FLAGS (\\Seen $ConvOpen))\r\n"
        assert b" OK " in (await client.ask("uid store 1 +Flags ($MDNSent NonJunk)"))[-1]
        assert b"NonJunk" in (await client.ask("UID fetch 1 (FLAGS)"))[0]
        assert b"COPYUID" in b"".join(await client.ask('uid move 1 "Trash"'))
        status = (await client.ask('STATUS "Trash" (UIDNEXT MESSAGES UNSEEN RECENT)'))[0]
        assert b"MESSAGES 1" in status
        assert b"UNSEEN 0" in status
        answer = await client.append('"Sent"', letter, "(\\Seen) ")
        assert b"[APPENDUID " in answer
        assert (await client.ask("logout"))[0].startswith(b"* BYE ")


async def waits(client: Client, server: Server, people: Pair) -> None:
    """IDLE, and what arrives meanwhile."""
    await client.say(b"9 IDLE\r\n")
    assert (await client.line()).startswith(b"+ ")
    await a_letter_came(server, people, 2)
    assert await client.line() == b"* 2 EXISTS\r\n"
    await client.say(b"DONE\r\n")
    assert (await client.until(b"9 "))[-1].startswith(b"9 OK ")


async def test_an_iphone_reads_a_large_message_piece_by_piece(server: Server, people: Pair) -> None:
    letter = await a_letter_came(server, people, pdf=PDF)
    async with connected(server) as client:
        await client.line()
        assert b" OK " in (await client.ask(f"LOGIN {people.citizen} {{{len(PASSWORD)}+}}\r\n{PASSWORD}"))[-1]
        assert (await client.ask('ID ("name" "iPhone Mail" "version" "22A3354" "os" "iOS")'))[-1][:2] == b"t2"
        await client.ask("SELECT INBOX")
        found = await client.ask("UID SEARCH RETURN (ALL) 1:* NOT DELETED")
        assert found[0].endswith(b" UID ALL 1\r\n")
        line, _ = await fetched(
            client,
            "FETCH 1:1 (INTERNALDATE UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (date subject from to cc"
            " message-id in-reply-to references content-type x-priority x-uniform-type-identifier)])",
        )
        size = re.search(rb"RFC822\.SIZE (\d+)", line)
        assert size is not None
        line, header = await fetched(client, "UID FETCH 1 (BODYSTRUCTURE BODY.PEEK[HEADER])")
        assert b'"application" "pdf"' in line.lower()
        pieces, at = [], 0
        while at < int(size[1]):
            line, piece = await fetched(client, f"UID FETCH 1 (BODY.PEEK[]<{at}.393216> UID)")
            assert b"BODY[]<%d> {" % at in line
            assert len(piece) == min(393_216, int(size[1]) - at)
            pieces.append(piece)
            at += len(piece)
        whole = b"".join(pieces)
        assert whole.startswith(header)
        assert whole.endswith(letter)
        assert len(pieces) == 2
        line, nothing = await fetched(client, f"UID FETCH 1 (BODY.PEEK[]<{at}.393216>)")
        assert nothing == b""
        assert (await client.ask("UID FETCH 1 (FLAGS)"))[0] == b"* 1 FETCH (UID 1 FLAGS ($ConvOpen))\r\n"
        _, text = await fetched(client, "UID FETCH 1 BODY[1]<0.2048>")
        assert SENTENCE.encode() in text


def by_imapclient(server: Server, people: Pair) -> None:
    with IMAPClient("localhost", server.ports["imap"], ssl=False, timeout=PATIENCE) as client:
        assert b"LOGINDISABLED" in client.capabilities()
        client.starttls(server.tls())
        assert b"LOGINDISABLED" not in client.capabilities()
        client.plain_login(people.citizen, PASSWORD)
        client.select_folder("INBOX")
        found = client.fetch([1], ["ENVELOPE", "BODYSTRUCTURE", "RFC822.SIZE", "BODY.PEEK[]"])[1]
        assert found[b"ENVELOPE"].subject == b"Compte rendu"
        assert found[b"RFC822.SIZE"] == len(found[b"BODY[]"])
        client.add_flags([1], ["\\Flagged"])
        assert client.search(["FLAGGED", "FROM", people.doctor]) == [1]


async def test_imapclient_begins_in_clear_and_goes_on_in_tls(server: Server, people: Pair) -> None:
    await a_letter_came(server, people)
    await asyncio.to_thread(by_imapclient, server, people)
