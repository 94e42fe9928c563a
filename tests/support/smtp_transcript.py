r"""Plays a transcript: what the client says, and what the server must answer, octet for octet.

``C: `` is a line of the client's, CRLF added; ``C> `` octets as they stand, with ``\r \n \0 \xNN``
understood; ``C*101: `` a line said so many times; ``S: `` a line expected, ``S: <closed>`` the end of the
connection; ``! starttls`` and ``! tls`` begin TLS, the second before anything; ``! require tls`` is a door
where it is required. ``! relay`` is the door of other operators, ``! starttls operator`` shows it that
certificate of a health PKI, ``! starttls nothing`` none; ``! turned away strangers`` is a connection before,
which TLS ended because of such a certificate, here of another PKI. ``C2: `` and ``S2: `` are a second
client's.
With ``! outgoing`` the client is ours, which brings a citizen elsewhere what it wrote by itself (an
``answer``, a ``closing``), and the server another operator's (``support.outgoing``). ``{word}`` binds on
first sight and must match after.
``#`` begins a remark.

Behind the door is a letterbox (``support.letterbox``), or with ``! service`` the real service, where
``! service recipients=1`` is what the account of who signs in may do at most, ``! limits message=2000000``
what a message of hers to a citizen may be. ``! scanner Eicar`` is beside it a scanner of viruses that finds
that in everything, ``! scanner down`` one that hangs up. With ``! representative`` the citizen is a child.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tests.support.builders import a_policy
from tests.support.clamd import a_scanner_that_says
from tests.support.operator_tls import client_of, health_pki, strangers
from tests.support.outgoing import a_message_leaves
from tests.support.practice import a_practice
from tests.support.relay_door import OpenRelay, an_open_relay, is_turned_away
from tests.support.smtp_door import Client, OpenDoor, an_open_door

from vaguemestre.antivirus.clamd import Clamd
from vaguemestre.mail.bal import BalKind
from vaguemestre.mime.examination import Bounds
from vaguemestre.net.health_pki import HealthPki
from vaguemestre.policy.limits import BOUNDLESS, USUAL, Destination, Limits
from vaguemestre.service.arriving.examination import Examination

_BINDING = re.compile(r"\{([a-z]+)\}")
_SERVICE = "! service"
_LIMITS = "! limits"
_SCANNER = "! scanner"
_REPRESENTATIVE = "! representative"
_OF_THE_SERVICE = (_SERVICE, _LIMITS, _SCANNER, _REPRESENTATIVE)
_OUTGOING = "! outgoing"
_TURNED_AWAY = "! turned away"
_DIRECTIVES = {"! tls", "! require tls", "! relay", f"{_OUTGOING} answer", f"{_OUTGOING} closing"}
# Whose line, of which client, how often; then how to read it, and the line.
_LINE = re.compile(r"([CS])(\d?)(?:\*(\d+))?(: ?|> )(.*)")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a transcript that is said."""

    text: str
    number: str
    is_client: bool
    is_raw: bool
    times: int
    where: str


async def play(name: str, lines: list[str], folder: Path) -> None:
    """Raise AssertionError, with the line number, at the first difference. ``folder`` is empty."""
    leaves = next((line for line in lines if line.startswith(_OUTGOING)), None)
    if leaves is not None:
        await a_message_leaves(folder, leaves.removeprefix(_OUTGOING).strip(), partial(_talk, name, lines))
        return
    async with _a_door(lines, folder) as opened, AsyncExitStack() as stack:
        clients: dict[str, Client] = {}
        bound: dict[str, str] = {}
        for position, line in enumerate(lines, 1):
            if not line or line[0] == "#" or line in _DIRECTIVES or line.startswith(_OF_THE_SERVICE):
                continue
            if line.startswith(_TURNED_AWAY):
                assert isinstance(opened, OpenRelay)
                await is_turned_away(opened, *_unwanted(line.removeprefix(_TURNED_AWAY).strip()))
                continue
            if line.startswith("! starttls"):
                await clients[""].start_tls(_shown(line.removeprefix("! starttls").strip()))
                continue
            said = _read(line, f"{name}:{position}")
            if said.number not in clients:
                clients[said.number] = await stack.enter_async_context(opened.client(tls="! tls" in lines))
            if said.is_client:
                await _say(clients[said.number], said)
            else:
                await _expect(clients[said.number], said, bound)


async def _talk(
    name: str,
    lines: list[str],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    tls: ssl.SSLContext,
) -> None:
    """The other operator's part."""
    ours, bound = Client(reader, writer), dict[str, str]()
    for position, line in enumerate(lines, 1):
        if line == "! starttls":
            await writer.start_tls(tls)
        elif line and line[0] != "#" and line not in _DIRECTIVES:
            said = _read(line, f"{name}:{position}")
            await (_expect(ours, said, bound) if said.is_client else _say(ours, said))


@asynccontextmanager
async def _a_door(lines: list[str], folder: Path) -> AsyncIterator[OpenDoor | OpenRelay]:
    if "! relay" in lines:
        async with an_open_relay(folder) as relay:
            yield relay
        return
    if _said_of(_SERVICE, lines) is None:
        async with an_open_door(require_tls="! require tls" in lines) as opened:
            yield opened
        return
    allowance = replace(BOUNDLESS, **_numbers(_SERVICE, lines))
    carriage = {(Destination.CITIZEN, BalKind.PER): replace(USUAL, **_numbers(_LIMITS, lines))}
    policy = replace(a_policy(limits=Limits(carriage=carriage)), allowances={BalKind.PER: allowance})
    async with AsyncExitStack() as stack:
        found = _said_of(_SCANNER, lines)
        examination = None
        if found is not None:
            says = b"" if found == "down" else f"stream: {found} FOUND\0".encode()
            place = await stack.enter_async_context(a_scanner_that_says(says))
            examination = Examination(Bounds(), Clamd(place, 2, 30))
        practice = await stack.enter_async_context(a_practice(folder, policy, examination))
        if _REPRESENTATIVE in lines:
            await practice.represent()
        yield practice.opened


def _said_of(directive: str, lines: list[str]) -> str | None:
    """What follows it; None where it is not said."""
    found = next((line for line in lines if line.startswith(directive)), None)
    return None if found is None else found.removeprefix(directive).strip()


def _numbers(directive: str, lines: list[str]) -> dict[str, int]:
    words = (_said_of(directive, lines) or "").split()
    return {word: int(most) for word, _, most in (each.partition("=") for each in words)}


def _unwanted(name: str) -> tuple[HealthPki, str]:
    return (strangers(), "operator") if name == "strangers" else (health_pki(), name)


def _shown(name: str) -> ssl.SSLContext | None:
    if not name:
        return None
    return client_of(health_pki(), None if name == "nothing" else name)


def _read(line: str, where: str) -> _Line:
    match = _LINE.fullmatch(line)
    assert match is not None, f"{where}: what is {line!r}?"
    who, number, times, how, text = match.groups()
    return _Line(text, number, who == "C", how == "> ", int(times or 1), where)


async def _say(client: Client, line: _Line) -> None:
    if line.is_raw:
        await client.say(line.text.encode().decode("unicode_escape").encode("latin-1"))
    else:
        await client.say((line.text.encode() + b"\r\n") * line.times)


async def _expect(client: Client, line: _Line, bound: dict[str, str]) -> None:
    where, text = line.where, line.text
    if text == "<closed>":
        assert await client.rest() == b"", f"{where}: the server says more"
        return
    said = (await client.line()).decode()
    assert said.endswith("\r\n"), f"{where}: expected {text!r}, got {said!r}"
    match = _pattern(text, bound).fullmatch(said[:-2])
    assert match is not None, f"{where}: expected {text!r}, got {said[:-2]!r}"
    bound.update(match.groupdict())


def _pattern(text: str, bound: dict[str, str]) -> "re.Pattern[str]":
    pieces = _BINDING.split(text)
    for at in range(1, len(pieces), 2):
        name = pieces[at]
        pieces[at] = re.escape(bound[name]) if name in bound else f"(?P<{name}>[^ ]+)"
    pieces[::2] = [re.escape(piece) for piece in pieces[::2]]
    return re.compile("".join(pieces))
