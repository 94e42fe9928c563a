"""An LDAP door on real sockets over a directory of a few people, and a client of few words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from tests.support.builders import DOCTOR, a_policy
from tests.support.extraction import a_doctor, a_file, a_service
from tests.support.smtp_door import PATIENCE, client_context, pki
from tests.support.world import World, a_world

from vaguemestre.directory.importing import Terms, import_from
from vaguemestre.directory.source import source_at
from vaguemestre.directory.sqlite_file import SqlitePlace
from vaguemestre.directory.sqlite_reader import SqliteDirectory
from vaguemestre.ldap.ber import Reader, element, integer, text
from vaguemestre.ldap.frame import Frames
from vaguemestre.ldap.responses import START_TLS
from vaguemestre.ldapd.door import LdapDoor
from vaguemestre.ldapd.pace import Pace
from vaguemestre.ldapd.session import Terms as LdapTerms
from vaguemestre.ldapd.shared import Shared
from vaguemestre.net.tls import server_context
from vaguemestre.service.directory.address_book import AddressBook

PASSWORD: Final = "un mot de passe"
BASE: Final = "o=annuaire"
MOST: Final = 5
PEOPLE: Final = (
    a_doctor(),
    a_doctor(
        "jean.martin@medecin.mssante.example", nom="MARTIN", prenom="Jean", rpps="10000000025", raison=""
    ),
    a_service(),
    *(a_doctor(f"x{n}@many.mssante.example", nom="DUPONT", prenom="Paul", raison="") for n in range(9)),
)


class LdapClient:
    """Sends what it is told to, and reads whole answers: the tag and the content of each operation."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._frames = Frames()

    async def say(self, operation: bytes, *more: bytes) -> None:
        """One message."""
        self.writer.write(element(0x30, integer(1), operation, *more))
        await self.writer.drain()

    async def answer(self) -> tuple[int, Reader]:
        """The next message; EOFError at the end."""
        while (content := self._frames.take()) is None:
            octets = await asyncio.wait_for(self.reader.read(65_536), PATIENCE)
            if not octets:
                raise EOFError
            self._frames.feed(octets)
        message = Reader(content)
        message.integer()
        tag = message.tag
        assert tag is not None
        return tag, message.inner(tag)

    async def code(self) -> int:
        """Of a result."""
        _, inside = await self.answer()
        return inside.integer(0x0A)

    async def bind(self, name: str, password: str) -> int:
        """Sign in; what came of it."""
        await self.say(element(0x60, integer(3), text(name), text(password, 0x80)))
        return await self.code()

    async def search(
        self,
        asked: bytes,
        *attributes: str,
        base: str = BASE,
        scope: int = 2,
        size: int = 0,
        controls: bytes = b"",
    ) -> tuple[int, list[dict[str, list[str]]]]:
        """The result, and the entries before it; each has its name under ``dn``."""
        await self.say(
            element(
                0x63,
                text(base),
                integer(scope, 0x0A),
                integer(0, 0x0A),
                integer(size),
                integer(0),
                element(0x01, b"\x00"),
                asked,
                element(0x30, *map(text, attributes)),
            ),
            controls,
        )
        entries: list[dict[str, list[str]]] = []
        while True:
            tag, inside = await self.answer()
            if tag == 0x65:
                return inside.integer(0x0A), entries
            entry = {"dn": [inside.text()]}
            listed = inside.inner(0x30)
            while listed.tag is not None:
                one = listed.inner(0x30)
                name, values = one.text(), one.inner(0x31)
                entry[name] = []
                while values.tag is not None:
                    entry[name].append(values.text())
            entries.append(entry)

    async def start_tls(self) -> None:
        """As RFC 4511 §4.14 has it."""
        await self.say(element(0x77, text(START_TLS, 0x80)))
        assert await self.code() == 0
        await asyncio.wait_for(self.writer.start_tls(client_context(), server_hostname="localhost"), PATIENCE)


@dataclass(frozen=True, slots=True)
class OpenLdap:
    """A door that is open, and the house behind it."""

    door: LdapDoor
    world: World
    port: int
    tls_port: int

    @asynccontextmanager
    async def client(self, *, tls: bool = False) -> AsyncIterator[LdapClient]:
        """Somebody connected."""
        context = client_context() if tls else None
        port = self.tls_port if tls else self.port
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, server_hostname="localhost" if tls else None
        )
        try:
            yield LdapClient(reader, writer)
        finally:
            writer.transport.abort()


@asynccontextmanager
async def an_open_ldap(
    folder: Path, *, require_tls: bool = False, most_each: int = 50, pace: Pace | None = None
) -> AsyncIterator[OpenLdap]:
    """The doctor has a password; the directory has the people above."""
    file = folder / "directory.db"
    source = source_at(a_file(folder, PEOPLE))
    import_from(source, SqlitePlace(file), Terms(), lambda _read, _size: None, {})
    directory = SqliteDirectory(file)
    async with a_world(folder) as world:
        await world.bal(DOCTOR, password=PASSWORD)
        book = AddressBook(world.store, directory, world.clock, a_policy(), timedelta(days=3))
        context = server_context(pki().certificate, pki().key)
        terms = LdapTerms(BASE, MOST, pace or Pace(1000, lambda: 0.0))
        shared = Shared(world.authentication, book, terms, context, require_tls, 100, most_each)
        door = LdapDoor(shared)
        servers = [await door.listen("127.0.0.1", 0, implicit_tls=tls) for tls in (False, True)]
        port, tls_port = (server.sockets[0].getsockname()[1] for server in servers)
        try:
            yield OpenLdap(door, world, port, tls_port)
        finally:
            await door.close()
            directory.close()
