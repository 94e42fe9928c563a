"""Short words for what journeys do with real client libraries, over TLS."""

import asyncio
import imaplib
import smtplib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import default

import aioimaplib
import aiosmtplib
from tests.support.journey import PASSWORD, PATIENCE, Server


@dataclass(frozen=True, slots=True)
class Answer:
    """A final SMTP reply."""

    code: int
    text: str


def by_smtplib(server: Server, sender: str, recipients: str | list[str], octets: bytes) -> Answer:
    """Submit on the STARTTLS port; the reply that decided."""
    wanted = [recipients] if isinstance(recipients, str) else recipients
    with smtplib.SMTP("localhost", server.ports["submission"], timeout=PATIENCE) as client:
        client.starttls(context=server.tls())
        client.login(sender, PASSWORD)
        return spoken(client, sender, wanted, octets)


def spoken(client: smtplib.SMTP, sender: str, recipients: list[str], octets: bytes) -> Answer:
    """MAIL, RCPT, DATA; the first reply that refuses, or the last."""
    code, text = client.mail(sender, [f"SIZE={len(octets)}"])
    for recipient in recipients:
        if code < 400:
            code, text = client.rcpt(recipient)
    if code < 400:
        code, text = client.data(octets)
    else:
        client.rset()
    return Answer(code, text.decode())


@asynccontextmanager
async def aiosmtplib_client(server: Server) -> AsyncIterator[aiosmtplib.SMTP]:
    """Connected to the TLS port; gone after the block, where the library leaves TLS to end by itself."""
    client = aiosmtplib.SMTP(
        hostname="localhost",
        port=server.ports["submissions"],
        use_tls=True,
        tls_context=server.tls(),
        timeout=PATIENCE,
    )
    async with client:
        assert client.transport is not None
        end = client.transport.get_extra_info("socket")
        yield client
    async with asyncio.timeout(PATIENCE):
        # A loop that is closed before says that a socket was left open.
        while end.fileno() >= 0:  # noqa: ASYNC110 (the library tells nobody)
            await asyncio.sleep(0)


async def by_aiosmtplib(
    server: Server, sender: str, recipient: str, octets: bytes, *, announced: bool = True
) -> Answer:
    """Submit on the TLS port; the reply that decided."""
    async with aiosmtplib_client(server) as client:
        await client.login(sender, PASSWORD)
        try:
            await client.mail(sender, options=[f"SIZE={len(octets)}"] if announced else [])
            await client.rcpt(recipient)
            said = await client.data(octets)
        except aiosmtplib.SMTPResponseException as refused:
            return Answer(refused.code, refused.message)
        return Answer(said.code, said.message)


@contextmanager
def imaplib_client(server: Server, who: str) -> Iterator[imaplib.IMAP4_SSL]:
    """The standard library's client, signed in on the TLS port."""
    client = imaplib.IMAP4_SSL("localhost", server.ports["imaps"], ssl_context=server.tls(), timeout=PATIENCE)
    try:
        client.login(who, PASSWORD)
        yield client
    finally:
        client.logout()


async def aioimaplib_client(server: Server, who: str) -> aioimaplib.IMAP4_SSL:
    """Signed in on the TLS port."""
    client = aioimaplib.IMAP4_SSL(
        host="localhost", port=server.ports["imaps"], ssl_context=server.tls(), timeout=PATIENCE
    )
    await client.wait_hello_from_server()
    assert (await client.login(who, PASSWORD)).result == "OK"
    return client


def messages(client: imaplib.IMAP4, mailbox: str = "INBOX") -> dict[int, bytes]:
    """Every message of a mailbox, octet for octet, by uid; none is marked seen."""
    status, _ = client.select(f'"{mailbox}"', readonly=True)
    assert status == "OK"
    status, found = client.uid("FETCH", "1:*", "(UID BODY.PEEK[])")
    assert status == "OK"
    read: dict[int, bytes] = {}
    for item in found:
        if isinstance(item, tuple):
            read[int(item[0].split(b"UID ")[1].split()[0])] = item[1]
    return read


def inbox(server: Server, who: str, mailbox: str = "INBOX") -> dict[int, bytes]:
    """What somebody's INBOX holds now, or another mailbox named as it travels."""
    with imaplib_client(server, who) as client:
        return messages(client, mailbox)


async def next_report(server: Server, who: str) -> Message:
    """The first report in somebody's INBOX, which is awaited: senders are told within seconds."""
    client = await aioimaplib_client(server, who)
    while True:
        assert (await client.select("INBOX")).result == "OK"
        for octets in (await asyncio.to_thread(inbox, server, who)).values():
            message = message_from_bytes(octets, policy=default)
            if message.get_content_type() == "multipart/report":
                await client.logout()
                return message
        idling = await client.idle_start(timeout=PATIENCE)
        await client.wait_server_push(PATIENCE)  # what came since SELECT is told at once
        client.idle_done()
        await asyncio.wait_for(idling, PATIENCE)
