"""Submission through the services: all recipients or none, what is added, what is refused and when."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_CITIZEN, OTHER_DOCTOR
from tests.support.letters import a_letter
from tests.support.world import World

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.envelope import Envelope
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.sign_in.outcome import SignedIn


def _spooled(folder: Path) -> list[Path]:
    """The files of messages; what is in them is written by a thread, at its time."""
    return list((folder / "spool").glob("*/*"))


async def test_several_citizens_are_refused_at_the_second_rcpt(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    for address in (CITIZEN, OTHER_CITIZEN):
        await world.bal(address, BalKind.CITIZEN)
    reply = await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN, OTHER_CITIZEN)
    assert str(reply).startswith("550 5.7.1 [MSS-ADR-6] One citizen a message")


async def test_a_message_without_date_and_identifier_is_given_both_and_is_not_changed(world: World) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    bare = f"From: {DOCTOR}\r\nTo: {CITIZEN}\r\nSubject: nu\r\n\r\nBonjour.\r\n".encode()
    assert (await world.send(doctor, bare, CITIZEN)).is_positive
    (row,) = await world.inbox(citizen)
    octets = await world.octets(row)
    assert octets.endswith(bare)
    assert b"\r\nDate: " in octets
    assert b"\r\nMessage-ID: <" in octets


async def test_a_message_that_has_them_is_given_no_second_ones(world: World) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
    (row,) = await world.inbox(citizen)
    assert (await world.octets(row)).lower().count(b"message-id:") == 1


async def test_a_message_over_the_limit_is_refused_while_it_is_received(world: World, tmp_path: Path) -> None:
    doctor = await world.bal(DOCTOR)
    await world.bal(CITIZEN, BalKind.CITIZEN)
    envelope = Envelope(doctor.address, (parse_address(CITIZEN),))
    incoming = world.submissions.begin(SignedIn(doctor), envelope, "ESMTPSA")
    incoming.feed(a_letter(doctor, CITIZEN))
    incoming.feed(b"x" * 999_998 + b"\r\n")
    assert _spooled(tmp_path)
    for _ in range(25):
        incoming.feed(b"x" * 999_998 + b"\r\n")
    assert not _spooled(tmp_path)  # and not one octet more is kept
    assert (await world.submissions.submit(incoming)).reply.status == "5.3.4"


async def test_a_sender_cannot_write_under_another_name(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    await world.bal(OTHER_DOCTOR)
    await world.bal(CITIZEN, BalKind.CITIZEN)
    reply = await world.send(doctor, a_letter(OTHER_DOCTOR, CITIZEN), CITIZEN)
    assert reply.text == "The From field is not the address you signed in with"


async def test_a_suspended_account_sends_nothing_in_the_session_it_still_has(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.change(doctor, ProfileAct.SUSPEND)
    assert (await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)).status == "5.7.1"


async def test_every_refusal_leaves_its_rule_in_the_journal_and_no_content(world: World) -> None:
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.bal(DOCTOR)
    await world.send(citizen, a_letter(citizen, DOCTOR), DOCTOR)
    (entry,) = await world.store.read(lambda tx: tx.journal.entries(citizen.id, "refused"))
    assert entry.detail == {"rule": "CONV-0", "status": "5.7.1"}


async def _turns() -> AsyncIterator[None]:
    """The event loop's turns, for as long as a test may wait."""
    async with asyncio.timeout(20):
        while True:
            await asyncio.to_thread(bool)
            yield


async def test_a_large_message_whose_sender_left_before_the_commit_can_be_opened(world: World) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    large = a_letter(doctor, CITIZEN, text="0123456789" * 20_000)
    incoming = world.submissions.begin(
        SignedIn(doctor), Envelope(doctor.address, (citizen.address,)), "ESMTPSA"
    )
    incoming.feed(large)
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: Transaction) -> None:
        begun.set()
        assert go_on.wait(20)

    holding_up = asyncio.create_task(world.store.write(slow, "test", is_long=True))
    assert await asyncio.to_thread(begun.wait, 20)
    filing = asyncio.create_task(world.submissions.submit(incoming))
    async for _ in _turns():
        if world.store._writer._waiting:  # type: ignore[attr-defined]  # it waits in the lane
            break
    filing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await filing
    go_on.set()
    await holding_up
    await world.store.write(lambda tx: None, "test")  # after it, in the same lane
    (row,) = await world.inbox(citizen)
    assert (await world.octets(row)).endswith(large)


async def test_nobody_is_named_as_the_real_sender_but_the_account(world: World) -> None:
    doctor, _ = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    letter = f"Sender: {OTHER_DOCTOR}\r\n".encode() + a_letter(doctor, CITIZEN)
    assert str(await world.send(doctor, letter, CITIZEN)).startswith(
        "550 5.7.1 [MSS-SND-5] The Sender field is not"
    )
    letter = f"Sender: {DOCTOR}\r\n".encode() + a_letter(doctor, CITIZEN)
    assert (await world.send(doctor, letter, CITIZEN)).is_positive
