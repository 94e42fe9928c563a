r"""Plays an IMAP transcript: what the clients say, and what the server must answer, octet for octet.

``C: `` is a line of the client's, CRLF added; ``C> `` octets as they stand, with ``\r \n \0 \xNN``
understood; ``S: `` a line expected, ``S: <closed>`` the end of the connection. ``C2: `` and ``S2: `` are a
second client's, connected at its first line. ``! starttls`` and ``! tls`` begin TLS, the second before
anything; ``! require tls`` is a door where it is required; ``! letter`` sends a letter from the doctor to the
citizen, ``! answer`` the citizen's answer to it; ``! inspection`` is an administrator's look at the
doctor's bal; ``! secretary`` lets another read it and write in its name, ``! revoke`` ends that;
``! deflate`` follows OK to COMPRESS; ``! 84 days`` lets time pass, and warns of expiry. ``{word}`` binds on
first sight and must match after; in what a client
says it is what was bound. ``#`` begins a remark.
"""

import re
from contextlib import AsyncExitStack
from pathlib import Path

from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR
from tests.support.imap_door import PASSWORD, Client, OpenDoor, an_open_door
from tests.support.letters import a_letter
from tests.support.readers import let

from vaguemestre.mail.access import GrantId, Right

FIRST_LETTER = "<1@cabinet.mssante.fr>"

_BINDING = re.compile(r"\{([a-z]+)\}")
_ANNOUNCED = re.compile(r"(?<=CAPABILITY )\{capabilities\}")
_DAYS = re.compile(r"! (\d+) days")
_LINE = re.compile(r"([CS])([0-9]?)([:>]) ?(.*)")


class _Play:
    def __init__(self, opened: OpenDoor, stack: AsyncExitStack, tls: bool) -> None:
        self._opened = opened
        self._stack = stack
        self._tls = tls
        self._clients: dict[str, Client] = {}
        self._bound: dict[str, str] = {}

    async def _client(self, number: str) -> Client:
        if number not in self._clients:
            client = await self._stack.enter_async_context(self._opened.client(tls=self._tls))
            self._clients[number] = client
        return self._clients[number]

    async def line(self, line: str, where: str) -> None:
        if line == "! starttls":
            await (await self._client("")).start_tls()
            return
        if line == "! deflate":
            (await self._client("")).start_deflate()
            return
        if line == "! letter":
            letter = a_letter(self._opened.doctor, CITIZEN, message_id=FIRST_LETTER)
            assert (await self._opened.world.send(self._opened.doctor, letter, CITIZEN)).is_positive
            return
        if line == "! secretary":
            secretary = await self._opened.world.bal(OTHER_DOCTOR, password=PASSWORD)
            await let(self._opened.world, secretary, self._opened.doctor, Right.READ, Right.SEND)
            return
        if line == "! revoke":
            await self._opened.world.accesses.revoke(GrantId(1), "admin")
            return
        if line == "! inspection":
            await self._opened.world.inspection.overview(self._opened.doctor.address, "admin")
            return
        if line == "! answer":
            answer = a_letter(
                self._opened.citizen, DOCTOR, message_id="<2@x>", answers="<1@cabinet.mssante.fr>"
            )
            assert (await self._opened.world.send(self._opened.citizen, answer, DOCTOR)).is_positive
            return
        if (passed := _DAYS.fullmatch(line)) is not None:
            self._opened.world.clock.pass_(days=int(passed[1]))
            while await self._opened.world.warnings.run_once(100):
                pass
            return
        found = _LINE.fullmatch(line)
        assert found is not None or line in {"! tls", "! require tls"}, f"{where}: what is {line!r}?"
        if found is None:
            return
        client = await self._client("" if found[2] == "1" else found[2])
        if found[1] == "C":
            text = _BINDING.sub(lambda name: self._bound.get(name[1], name[0]), found[4]).encode()
            octets = text.decode("unicode_escape").encode("latin-1") if found[3] == ">" else text + b"\r\n"
            await client.say(octets)
        elif found[4] == "<closed>":
            assert await client.rest() == b"", f"{where}: the server says more"
        else:
            await self._expect(client, found[4], where)

    async def _expect(self, client: Client, text: str, where: str) -> None:
        said = (await client.line()).decode()
        assert said.endswith("\r\n"), f"{where}: expected {text!r}, got {said!r}"
        match = self._pattern(text).fullmatch(said[:-2])
        assert match is not None, f"{where}: expected {text!r}, got {said[:-2]!r}"
        self._bound.update(match.groupdict())

    def _pattern(self, text: str) -> "re.Pattern[str]":
        return re.compile(r"IMAP4[^\]]+".join(map(self._worded, _ANNOUNCED.split(text))))

    def _worded(self, text: str) -> str:
        pieces = _BINDING.split(text)
        for at in range(1, len(pieces), 2):
            name = pieces[at]
            pieces[at] = re.escape(self._bound[name]) if name in self._bound else f"(?P<{name}>[^ ]+)"
        pieces[::2] = [re.escape(piece) for piece in pieces[::2]]
        return "".join(pieces)


async def play(name: str, lines: list[str], folder: Path) -> None:
    """Raise AssertionError, with the line number, at the first difference."""
    async with (
        an_open_door(folder, require_tls="! require tls" in lines) as opened,
        AsyncExitStack() as stack,
    ):
        stage = _Play(opened, stack, "! tls" in lines)
        for number, line in enumerate(lines, 1):
            if line and line[0] != "#":
                await stage.line(line, f"{name}:{number}")
