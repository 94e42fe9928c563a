"""A program signs in with its certificate, by IMAP and SMTP over real TLS. RFC 4422 appendix A."""

import asyncio
import socket
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from tests.support.client_pki import ClientAuthority, ShownCertificate
from tests.support.imap_door import PATIENCE, Client, client_context, pki
from tests.support.world import World, a_world

from vaguemestre.imapd.door import ImapDoor
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.distinguished_name import parse_name
from vaguemestre.net.tls import ClientCertificates, TlsFiles
from vaguemestre.service.accounts.keeping import AccountRefused
from vaguemestre.smtpd.submission_door import SubmissionDoor

PROGRAM = "resultats@cabinet.mssante.fr"
SUBJECT = "CN=resultats,OU=318000000012345,O=Laboratoire,C=FR"


class Laboratory:
    """Both doors, a program's mailbox, and the authority that signs for its programs."""

    def __init__(
        self,
        world: World,
        authority: ClientAuthority,
        revoked: ShownCertificate,
        renew: Callable[[], None],
        imap: int,
        smtp: int,
    ) -> None:
        self.world = world
        self.authority = authority
        self.revoked = revoked
        self.renew = renew
        self._imap = imap
        self._smtp = smtp

    async def imap(self, shown: ShownCertificate | None) -> list[bytes]:
        """What IMAP answers to a client with that certificate, from the greeting on."""
        async with a_connection(self._imap, shown) as client:
            greeting = await client.line()
            return [greeting, *await client.ask("AUTHENTICATE EXTERNAL =")]

    async def smtp(self, shown: ShownCertificate | None, mailbox: str) -> bytes:
        """What SMTP answers to AUTH EXTERNAL of a client that names its mailbox."""
        async with a_connection(self._smtp, shown) as client:
            await client.line()
            await client.say(b"EHLO labo\r\n")
            await client.until(b"250 ")
            await client.say(b"AUTH EXTERNAL %b\r\n" % (b64encode(mailbox.encode()) or b"="))
            return await client.line()

    def over_tls12(
        self, protocol: str, context: ssl.SSLContext, session: ssl.SSLSession | None
    ) -> tuple[bool, bool, ssl.SSLSession | None]:
        """Whether EXTERNAL signs in, whether the TLS session was resumed, and what may be resumed next."""
        port, dialogue = {
            "smtp": (self._smtp, ((b"EHLO labo\r\n", b"250 "), (b"AUTH EXTERNAL =\r\n", b""))),
            "imap": (self._imap, ((b"a AUTHENTICATE EXTERNAL =\r\n", b"a "),)),
        }[protocol]
        raw = socket.create_connection(("127.0.0.1", port), PATIENCE)
        with closing(context.wrap_socket(raw, server_hostname="localhost", session=session)) as client:
            lines = client.makefile("rb")
            said = lines.readline()
            for command, end in dialogue:
                client.sendall(command)
                while not (said := lines.readline()).startswith(end):
                    pass
            return said.startswith((b"235 ", b"a OK ")), bool(client.session_reused), client.session


@asynccontextmanager
async def a_connection(port: int, shown: ShownCertificate | None) -> AsyncIterator[Client]:
    context = client_context()
    if shown is not None:
        context.load_cert_chain(shown.path)
    reader, writer = await asyncio.wait_for(
        asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost"), PATIENCE
    )
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


@asynccontextmanager
async def a_laboratory(folder: Path) -> AsyncIterator[Laboratory]:
    authority = ClientAuthority(folder)
    revoked = authority.certificate(SUBJECT)
    clients = ClientCertificates(authority.authorities, authority.revocations(revoked))
    files = TlsFiles(pki().certificate, pki().key, clients)
    context = files.context()
    async with a_world(folder) as world:
        await world.bal(PROGRAM, BalKind.APP)
        await world.accounts.add_certificate(parse_address(PROGRAM), parse_name(SUBJECT), "test")
        imap = ImapDoor(world.authentication, world.mailboxes, world.clock, context, require_tls=True)
        smtp = SubmissionDoor(world.authentication, world.submissions, context, True, "mail.test")
        try:
            ports = [
                (await door.listen("127.0.0.1", 0, implicit_tls=True)).sockets[0].getsockname()[1]
                for door in (imap, smtp)
            ]
            yield Laboratory(world, authority, revoked, lambda: files.load_into(context), *ports)
        finally:
            await imap.close()
            await smtp.close()


async def test_a_registered_program_signs_in(tmp_path: Path) -> None:
    async with a_laboratory(tmp_path) as laboratory:
        shown = laboratory.authority.certificate(SUBJECT)
        greeting, answer = await laboratory.imap(shown)
        assert b"AUTH=EXTERNAL" in greeting
        assert b" OK [CAPABILITY " in answer
        assert (await laboratory.smtp(shown, PROGRAM)).startswith(b"235 ")
        assert (await laboratory.smtp(shown, "")).startswith(b"235 ")


async def test_another_subject_of_the_same_authority_does_not(tmp_path: Path) -> None:
    async with a_laboratory(tmp_path) as laboratory:
        shown = laboratory.authority.certificate(SUBJECT.replace("resultats", "autre"))
        assert b"AUTHENTICATIONFAILED" in (await laboratory.imap(shown))[-1]
        assert (await laboratory.smtp(shown, PROGRAM)).startswith(b"535-")


async def test_without_a_certificate_it_is_not_offered(tmp_path: Path) -> None:
    async with a_laboratory(tmp_path) as laboratory:
        greeting, answer = await laboratory.imap(None)
        assert b"AUTH=EXTERNAL" not in greeting
        assert b" NO [CANNOT]" in answer
        assert (await laboratory.smtp(None, PROGRAM)).startswith(b"504 ")


@pytest.mark.parametrize("wrong", ["expired", "revoked", "of another authority"])
async def test_a_bad_certificate_does_not_come_in(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "other").mkdir()
    async with a_laboratory(tmp_path) as laboratory:
        shown = {
            "expired": laboratory.authority.certificate(SUBJECT, expired=True),
            "revoked": laboratory.revoked,
            "of another authority": ClientAuthority(tmp_path / "other").certificate(SUBJECT),
        }[wrong]
        with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
            await laboratory.imap(shown)


@pytest.mark.parametrize("protocol", ["smtp", "imap"])
async def test_a_session_resumed_does_not_bring_back_a_certificate_revoked_since(
    tmp_path: Path, protocol: str
) -> None:
    async with a_laboratory(tmp_path) as laboratory:
        shown = laboratory.authority.certificate(SUBJECT)
        context = client_context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(shown.path)
        over = laboratory.over_tls12
        is_in, _, session = await asyncio.to_thread(over, protocol, context, None)
        assert is_in
        is_in, resumed, session = await asyncio.to_thread(over, protocol, context, session)
        assert (is_in, resumed) == (True, True)
        laboratory.authority.revocations(laboratory.revoked, shown)
        laboratory.renew()
        is_in, resumed, _ = await asyncio.to_thread(over, protocol, context, session)
        assert (is_in, resumed) == (False, True)


async def test_a_certificate_taken_back_opens_no_more_and_people_have_none(tmp_path: Path) -> None:
    async with a_laboratory(tmp_path) as laboratory:
        world, shown = laboratory.world, laboratory.authority.certificate(SUBJECT)
        await world.accounts.remove_certificate(parse_address(PROGRAM), parse_name(SUBJECT), "test")
        assert (await laboratory.smtp(shown, PROGRAM)).startswith(b"535-")
        assert await world.accounts.certificates(parse_address(PROGRAM)) == []
        await world.bal("a@cabinet.mssante.fr")
        with pytest.raises(AccountRefused, match="APP"):
            await world.accounts.add_certificate(
                parse_address("a@cabinet.mssante.fr"), parse_name(SUBJECT), "test"
            )
