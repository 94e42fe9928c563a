"""The clients of the story: aiosmtplib submits, aioimaplib reads, over real TLS connections."""

import asyncio
import re
import ssl
from collections.abc import Awaitable
from types import TracebackType
from typing import Self

import aioimaplib
import aiosmtplib

from vaguemestre.cli.demo.people import Letter, Person
from vaguemestre.cli.demo.transcript import Transcript
from vaguemestre.imap.mailbox_name import encode_mailbox_name
from vaguemestre.mail.mailbox import INBOX

_CODE = re.compile(r"^\[CAPABILITY [^\]]*\] ")
_PATIENCE = 20.0  # seconds: a step that takes longer has failed


class Submitter:
    """One signed-in connection to the submission port (TLS from the first octet)."""

    def __init__(self, transcript: Transcript, person: Person, port: int, tls: ssl.SSLContext) -> None:
        self._transcript = transcript
        self._person = person
        self._client = aiosmtplib.SMTP(
            hostname="localhost", port=port, use_tls=True, tls_context=tls, timeout=_PATIENCE
        )

    async def __aenter__(self) -> Self:
        await self._client.connect()
        response = await self._client.login(self._person.address, self._person.password)
        self._transcript.client(f"AUTH …  ({self._person.name})")
        self._transcript.server(f"{response.code} {response.message}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    async def send(
        self, letter: Letter, recipient: Person, announce_size: bool = True, quiet: bool = False
    ) -> aiosmtplib.SMTPResponse:
        """Submit one letter; the reply that decided: the first refusal, or the last acceptance."""
        options = [f"SIZE={len(letter.octets)}"] if announce_size else []
        said = " ".join([f"MAIL FROM:<{self._person.address}>", *options])
        try:
            response = await self._client.mail(self._person.address, options=options)
            self._show(said, response, quiet)
            said = f"RCPT TO:<{recipient.address}>"
            response = await self._client.rcpt(recipient.address)
            self._show(said, response, quiet)
            said = f"DATA … ({len(letter.octets):,} octets)"
            response = await self._client.data(letter.octets)
        except aiosmtplib.SMTPResponseException as refused:
            response = aiosmtplib.SMTPResponse(refused.code, refused.message)
            self._show(said, response, quiet)
            await self._client.rset()
            return response
        self._show(said, response, quiet)
        return response

    def _show(self, said: str, response: aiosmtplib.SMTPResponse, quiet: bool) -> None:
        if not quiet:
            self._transcript.client(said)
            for line in response.message.split("\n"):  # French, then English
                self._transcript.server(f"{response.code} {line}", refused=response.code >= 400)


class Reader:
    """One signed-in IMAP connection with INBOX selected."""

    def __init__(self, transcript: Transcript, person: Person, port: int, tls: ssl.SSLContext) -> None:
        self._transcript = transcript
        self._person = person
        self._port = port
        self._tls = tls
        self._client: aioimaplib.IMAP4_SSL | None = None

    async def __aenter__(self) -> Self:
        client = aioimaplib.IMAP4_SSL("localhost", self._port, ssl_context=self._tls, timeout=_PATIENCE)
        self._client = client
        await client.wait_hello_from_server()
        await self._run("LOGIN …", client.login(self._person.address, self._person.password))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._imap.logout()

    async def select(self, name: str = INBOX) -> int:
        """Select INBOX again, or another mailbox; how many messages it holds."""
        named = encode_mailbox_name(name, utf8=False).decode("ascii")
        lines = await self._run(f"SELECT {name}", self._imap.select(f'"{named}"'))
        for line in lines:
            found = re.match(rb"(\d+) EXISTS", line)
            if found:
                self._transcript.server(f"* {line.decode()}")
                return int(found[1])
        return 0

    async def fetch(self, number: int, item: str = "BODY.PEEK[]") -> bytes:
        """One item of one message, as it is."""
        lines = await self._run(f"FETCH {number} {item}", self._imap.fetch(str(number), item))
        return max(map(bytes, lines), key=len, default=b"")  # the literal is the longest line by far

    async def idle(self) -> None:
        """Begin to wait for news."""
        await self._imap.idle_start(timeout=_PATIENCE)
        self._transcript.client("IDLE")

    async def news(self) -> str:
        """The next EXISTS the server pushes; IDLE goes on."""
        while True:
            for line in await self._imap.wait_server_push(timeout=_PATIENCE):
                if b"EXISTS" in line:
                    return f"* {line.decode()}"

    async def done(self) -> None:
        """End IDLE."""
        self._imap.idle_done()
        await asyncio.sleep(0)

    @property
    def _imap(self) -> aioimaplib.IMAP4_SSL:
        if self._client is None:
            raise RuntimeError("the connection is not open")
        return self._client

    async def _run(self, said: str, command: Awaitable[aioimaplib.Response]) -> list[bytes]:
        response = await command
        self._transcript.client(f"{said}  ({self._person.name})" if said.startswith("LOGIN") else said)
        last = response.lines[-1].decode(errors="replace") if response.lines else ""
        told = _CODE.sub("", last)  # the capabilities that follow LOGIN would hide the story
        self._transcript.server(f"{response.result} {told}", refused=response.result != "OK")
        self._transcript.expect(response.result == "OK", f"{said} to succeed")
        return list(response.lines)
