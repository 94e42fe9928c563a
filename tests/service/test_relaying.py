"""Mail that another operator brings for people here, over a real store. domain.md §2, §6."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_CITIZEN, a_policy
from tests.support.letters import a_letter
from tests.support.trusted import CLINIC, PATIENTS, SUBJECT, ATrustSpace, a_peer
from tests.support.world import World, a_world

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.fate import FateState
from vaguemestre.policy.limits import Allowance
from vaguemestre.policy.profiles import ProfileAct

ANNE = f"anne@{CLINIC}"
PATIENT = f"277076322082910@{PATIENTS}"
PEER = a_peer()
POLICY = replace(a_policy(), citizen_domains_elsewhere=frozenset({PATIENTS}))
CLOSED = "550 5.7.1 [MSS-CONV-2] This conversation has been closed by the professional"


@pytest.fixture
def trust() -> ATrustSpace:
    return ATrustSpace()


@pytest.fixture
async def world(tmp_path: Path, trust: ATrustSpace) -> AsyncIterator[World]:
    async with a_world(tmp_path, POLICY, trust=trust) as world:
        yield world


async def _people(world: World) -> tuple[Bal, Bal]:
    return await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)


async def _brings(world: World, letter: bytes, *recipients: str, sender: str = ANNE) -> str:
    return str(await world.relay(PEER, parse_address(sender), letter, *recipients))


async def test_a_letter_from_elsewhere_is_filed_traced_and_left_as_it_was(world: World) -> None:
    doctor, _ = await _people(world)
    letter = a_letter(ANNE, DOCTOR, message_id="<1@clinique>")
    queue_id = (await _brings(world, letter, DOCTOR)).removeprefix("250 2.0.0 Accepted as ")
    (row,) = await world.inbox(doctor)
    octets = await world.octets(row)
    assert octets.endswith(letter)
    added = octets.removesuffix(letter).decode()
    assert added.startswith(
        f"Return-Path: <{ANNE}>\r\nReceived: from mx.clinique.example ([192.0.2.7])\r\n"
        f" by mail.test with ESMTPS id {queue_id};"
    )
    assert added.count("\r\n") == 3
    (trace,) = await world.tracing.trace(queue_id)
    assert (str(trace.sender_address), trace.fates[0].state) == (ANNE, FateState.DELIVERED)


async def test_nothing_but_trace_fields_is_added_to_what_lacks_them(world: World) -> None:
    doctor, _ = await _people(world)
    bare = f"From: {ANNE}\r\nTo: {DOCTOR}\r\nSubject: x\r\n\r\ny\r\n".encode()
    for _ in range(2):  # without a Message-ID nobody can tell that it is the same again
        assert (await _brings(world, bare, DOCTOR)).startswith("250")
    rows = await world.inbox(doctor)
    assert len(rows) == 2
    added = (await world.octets(rows[0])).removesuffix(bare)
    assert [line.split(b":")[0] for line in added.splitlines() if line[:1] != b" "] == [
        b"Return-Path",
        b"Received",
    ]


async def test_a_professional_elsewhere_opens_closes_and_opens_again_with_a_citizen_of_ours(
    world: World,
) -> None:
    _, citizen = await _people(world)
    assert (await _brings(world, a_letter(ANNE, CITIZEN, message_id="<1@c>"), CITIZEN)).startswith("250")
    assert await world.oversight.pairs(citizen.address, open_only=True)
    (row,) = await world.inbox(citizen)
    assert row.conversation is not None
    fin = a_letter(ANNE, CITIZEN, message_id="<2@c>", subject="[FIN]")
    assert (await _brings(world, fin, CITIZEN)).startswith("250")
    assert not await world.oversight.pairs(citizen.address, open_only=True)
    again = a_letter(ANNE, CITIZEN, message_id="<3@c>", answers="<1@c>")
    assert (await _brings(world, again, CITIZEN)).startswith("250")
    (pair, _), *_ = await world.oversight.pairs(citizen.address, open_only=True)
    assert (str(pair.professional), pair.conversation) == (ANNE, row.conversation)
    assert len(await world.inbox(citizen)) == 3


async def test_who_is_blocked_or_closed_out_is_refused_elsewhere_as_here(world: World) -> None:
    _, citizen = await _people(world)
    letter = a_letter(ANNE, CITIZEN)
    await world.blocking.add(citizen.address, parse_address(ANNE), "test")
    assert "[MSS-PROF-1]" in await _brings(world, letter, CITIZEN)
    delegated = await _brings(world, letter, CITIZEN, sender=f"sec@{CLINIC}")
    assert "[MSS-PROF-1]" in delegated  # From decides
    await world.blocking.remove(citizen.address, parse_address(ANNE), "test")
    await world.change(citizen, ProfileAct.CLOSE)
    assert "[MSS-ADR-4]" in await _brings(world, letter, CITIZEN)


async def test_a_citizen_elsewhere_writes_only_where_a_professional_opened(world: World) -> None:
    await _people(world)
    await world.bal(OTHER_CITIZEN, BalKind.CITIZEN)
    letter = a_letter(PATIENT, DOCTOR)
    assert "[MSS-CONV-0]" in await _brings(world, letter, DOCTOR, sender=PATIENT)
    assert "[MSS-CONV-5]" in await _brings(world, letter, OTHER_CITIZEN, sender=PATIENT)


async def test_several_citizens_in_one_message_are_refused_wherever_they_are(world: World) -> None:
    await _people(world)
    letter = a_letter(ANNE, f"{CITIZEN}, {PATIENT}")
    assert "[MSS-ADR-6]" in await _brings(world, letter, CITIZEN)


async def test_an_operator_brings_nothing_for_others_nor_in_their_name(world: World) -> None:
    await _people(world)
    assert "[MSS-REL-1]" in await _brings(world, a_letter(ANNE, PATIENT), PATIENT)
    assert "[MSS-REL-2]" in await _brings(world, a_letter(DOCTOR, DOCTOR), DOCTOR, sender=DOCTOR)
    assert "[MSS-REL-4]" in await _brings(world, a_letter(CITIZEN, DOCTOR), DOCTOR)
    refused = await world.store.read(lambda tx: tx.journal.entries(event="refused"))
    assert {entry.actor for entry in refused} == {f"peer:{SUBJECT}"}
    assert [entry.detail["rule"] for entry in refused] == ["REL-4", "REL-2", "REL-1"]


async def test_a_list_that_changes_during_a_session_decides(world: World, trust: ATrustSpace) -> None:
    await _people(world)
    trust.domains[SUBJECT] = frozenset({PATIENTS})
    assert "[MSS-REL-2]" in await _brings(world, a_letter(ANNE, DOCTOR), DOCTOR)


async def test_a_report_is_filed_and_opens_nothing(world: World) -> None:
    doctor, citizen = await _people(world)
    header = f"From: mailer-daemon@{CLINIC}\r\nTo: {DOCTOR}\r\nAuto-Submitted: auto-replied"
    report = f"{header}\r\n\r\nx\r\n".encode()
    for address in (DOCTOR, CITIZEN):
        assert str(await world.relay(PEER, None, report, address)).startswith("250")
    assert len(await world.inbox(doctor)) == len(await world.inbox(citizen)) == 1
    assert not await world.oversight.pairs(citizen.address)
    letter = a_letter(PATIENT, DOCTOR)
    assert "[MSS-REL-3]" in str(await world.relay(PEER, None, letter, DOCTOR))


async def test_the_same_message_brought_again_is_filed_once(world: World) -> None:
    doctor, _ = await _people(world)
    letter = a_letter(ANNE, DOCTOR)
    assert await _brings(world, letter, DOCTOR) == await _brings(world, letter, DOCTOR)
    assert len(await world.inbox(doctor)) == 1


async def test_binary_parts_from_elsewhere_become_base64(world: World) -> None:
    doctor, _ = await _people(world)
    head = f"From: {ANNE}\r\nTo: {DOCTOR}\r\nContent-Type: text/plain\r\n"
    envelope = Envelope(parse_address(ANNE), (doctor.address,), is_binary=True)
    incoming = world.relaying.begin(PEER, envelope, "ESMTPS")
    incoming.feed(f"{head}Content-Transfer-Encoding: binary\r\n\r\n\0\n\r".encode())
    assert str((await world.relaying.submit(incoming)).reply).startswith("250")
    (row,) = await world.inbox(doctor)
    assert (await world.octets(row)).endswith(b"Encoding: base64\r\n\r\nAAoN\r\n")


async def test_content_decides_for_all_when_nobody_can_be_told(world: World) -> None:
    doctor, citizen = await _people(world)
    executable = (("a.pdf", b"MZ" + bytes(500)),)
    letter = a_letter(ANNE, f"{DOCTOR}, {CITIZEN}", attachments=executable)
    assert (await _brings(world, letter, DOCTOR, CITIZEN)).startswith("55")
    assert not await world.inbox(doctor)
    assert not await world.inbox(citizen)


async def test_an_operator_who_brings_too_much_waits(tmp_path: Path, trust: ATrustSpace) -> None:
    policy = replace(POLICY, peer_allowance=Allowance(2, 100, 100, 100, 10))
    async with a_world(tmp_path, policy, trust=trust) as world:
        await _people(world)
        for number in range(2):
            letter = a_letter(ANNE, DOCTOR, message_id=f"<{number}@c>")
            assert (await _brings(world, letter, DOCTOR)).startswith("250")
        assert (await _brings(world, a_letter(ANNE, DOCTOR), DOCTOR)).startswith("451 4.7.1 Too many")
        world.clock.pass_(minutes=2)
        assert (await _brings(world, a_letter(ANNE, DOCTOR), DOCTOR)).startswith("250")
