"""Who waits for long is told that the server is at work. RFC 9585 §3, §4."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from tests.support.builders import DOCTOR
from tests.support.imap_door import PATIENCE, OpenDoor, an_open_door

from vaguemestre.imap import codes
from vaguemestre.imap.session import COMMANDS, State
from vaguemestre.imapd.limits import ImapLimits
from vaguemestre.imapd.progress import MAY_TAKE_LONG
from vaguemestre.service.ports.store import Transaction

LETTER = b"Subject: x\r\n\r\nx\r\n"
OFTEN = replace(ImapLimits(), progress_every=0.001)  # seconds


@asynccontextmanager
async def a_store_that_writes_nothing(opened: OpenDoor) -> AsyncIterator[None]:
    """Everything that is written waits behind one unit, until the end."""
    begun, ended = Event(), Event()

    def unit(tx: Transaction) -> None:
        begun.set()
        assert ended.wait(PATIENCE)

    holding = asyncio.create_task(opened.world.store.write(unit, "test", is_long=True))
    try:
        assert await asyncio.to_thread(begun.wait, PATIENCE)
        yield
    finally:
        ended.set()
        await holding


@pytest.mark.parametrize("command", [b"COPY 1 Sent", b"UID MOVE 1 Sent"])
async def test_a_client_that_waits_is_told_again_and_again(tmp_path: Path, command: bytes) -> None:
    async with an_open_door(tmp_path, limits=OFTEN) as opened, opened.client(signed_in=DOCTOR) as client:
        await client.append("INBOX", LETTER)
        await client.ask("SELECT INBOX")
        async with a_store_that_writes_nothing(opened):
            await client.say(b"c " + command + b"\r\n")
            for _ in range(3):
                assert await client.line() == b'* OK [INPROGRESS ("c" NIL NIL)] Still at work\r\n'
        told = await client.until(b"c ")
        assert told[-1].startswith(b"c OK ")
        assert await client.ask("NOOP") == [b"t4 OK Completed\r\n"]


async def test_a_message_that_waits_to_be_filed_is_reported_under_its_own_tag(tmp_path: Path) -> None:
    async with an_open_door(tmp_path, limits=OFTEN) as opened, opened.client(signed_in=DOCTOR) as client:
        async with a_store_that_writes_nothing(opened):
            await client.say(b"x]y APPEND INBOX {%d+}\r\n" % len(LETTER), LETTER, b"\r\n")
            assert await client.line() == b"* OK [INPROGRESS] Still at work\r\n"
        assert (await client.until(b"x]y "))[-1].startswith(b"x]y OK [APPENDUID ")


def test_nothing_is_said_in_the_middle_of_an_answer() -> None:
    known = {name.removeprefix("UID ") for name in COMMANDS[State.SELECTED]}
    assert known >= MAY_TAKE_LONG
    assert "FETCH" not in MAY_TAKE_LONG


def test_the_code_names_the_command() -> None:
    assert codes.inprogress(b"a1") == b'INPROGRESS ("a1" NIL NIL)'
    assert codes.inprogress(b"a]") == b"INPROGRESS"
