"""A citizen writes first to a pharmacy, with a prescription, and to nobody else. domain.md §2."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR, a_policy
from tests.support.held import held, states
from tests.support.letters import a_letter
from tests.support.world import World, a_world

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.fate import FateState
from vaguemestre.net.http import post_json
from vaguemestre.policy.limits import CitizenMayWrite
from vaguemestre.service.accounts.keeping import AccountRefused, AccountRequest
from vaguemestre.service.arriving.dispensations import Dispensations, a_year_before

PHARMACY = "pharmacie.du.port@cabinet.mssante.fr"
PHOTOGRAPH = (("ordonnance.pdf", b"%PDF-1.4 ordonnance"),)


@dataclass
class Registry:
    """A server of somebody else's, on a real socket, that answers what it is told to."""

    port: int = 0
    answer: bytes = b'{"dispensed": true}'
    status: str = "200 OK"
    asked: list[dict[str, str]] = field(default_factory=list)
    authorization: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One question a connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        self.asked.append(json.loads(await reader.readexactly(int(fields["content-length"]))))
        self.authorization.append(fields.get("authorization", ""))
        size = len(self.answer)
        head = f"HTTP/1.1 {self.status}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + self.answer)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def a_registry() -> AsyncIterator[Registry]:
    registry = Registry()
    server = await asyncio.start_server(registry.serve, "127.0.0.1", 0)
    registry.port = server.sockets[0].getsockname()[1]
    async with server:
        yield registry


@asynccontextmanager
async def a_checking_world(folder: Path, port: int) -> AsyncIterator[World]:
    url = f"http://127.0.0.1:{port}/dispensations"
    async with a_world(
        folder,
        replace(a_policy(), checks_dispensation=True),
        dispensations=lambda clock: Dispensations(url, "Bearer jeton", post_json, clock),
    ) as world:
        yield world


async def a_pharmacy(world: World, sector: str | None = "SA33", *, unlisted: bool = False) -> Bal:
    request = AccountRequest(
        parse_address(PHARMACY), BalKind.ORG, finess="123456789", sector=sector, is_unlisted=unlisted
    )
    return await world.accounts.add(request, "test")


async def _prescribe(world: World, citizen: Bal, name: str = "<p1@x>", *, attached: bool = True) -> str:
    letter = a_letter(
        citizen,
        PHARMACY,
        subject="Ordonnance",
        message_id=name,
        attachments=PHOTOGRAPH if attached else (),
    )
    return str(await world.send(citizen, letter, PHARMACY))


async def test_a_prescription_opens_a_conversation_that_both_go_on_in(world: World) -> None:
    pharmacy, citizen = await a_pharmacy(world), await world.bal(CITIZEN, BalKind.CITIZEN)
    assert (await _prescribe(world, citizen)).startswith("250 ")
    answer = a_letter(pharmacy, CITIZEN, message_id="<a@x>", answers="<p1@x>")
    assert (await world.send(pharmacy, answer, CITIZEN)).is_positive
    thanks = a_letter(citizen, PHARMACY, message_id="<t@x>", answers="<a@x>")
    assert (await world.send(citizen, thanks, PHARMACY)).is_positive
    ((pair, _),) = await world.oversight.pairs(citizen.address)
    assert {row.conversation for row in await world.inbox(pharmacy)} == {pair.conversation}
    entries = await world.store.read(lambda tx: tx.journal.entries(citizen.id, "conversation_opened"))
    assert [entry.actor for entry in entries] == [f"bal:{citizen.id}"]


async def test_without_attachment_he_is_told_to_attach_it(world: World) -> None:
    pharmacy, citizen = await a_pharmacy(world), await world.bal(CITIZEN, BalKind.CITIZEN)
    assert "[MSS-PHA-2]" in await _prescribe(world, citizen, attached=False)
    assert await world.inbox(pharmacy) == []


async def test_a_program_is_refused_from_a_citizen_to_a_pharmacy_too(world: World) -> None:
    await a_pharmacy(world)
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    letter = a_letter(citizen, PHARMACY, attachments=(("ordonnance.pdf", b"MZ\x90\0" + bytes(500)),))
    assert "[MSS-ATT-" in str(await world.send(citizen, letter, PHARMACY))


@pytest.mark.parametrize(("sector", "unlisted"), [(None, False), ("SA07", False), ("SA33", True)])
async def test_only_a_published_pharmacy_is_one(world: World, sector: str | None, unlisted: bool) -> None:
    await a_pharmacy(world, sector, unlisted=unlisted)
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    assert "[MSS-CONV-0]" in await _prescribe(world, citizen)


async def test_only_an_org_mailbox_is_a_pharmacy(world: World) -> None:
    request = AccountRequest(parse_address(PHARMACY), BalKind.PER, sector="SA33")
    await world.accounts.add(request, "test")
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    assert "[MSS-CONV-0]" in await _prescribe(world, citizen)


async def test_what_the_directory_says_may_change(world: World) -> None:
    pharmacy, citizen = await a_pharmacy(world, None), await world.bal(CITIZEN, BalKind.CITIZEN)
    changed = await world.accounts.describe(pharmacy.address, "test", sector="SA38")
    assert (changed.sector, changed.is_unlisted) == ("SA38", False)
    assert (await _prescribe(world, citizen)).startswith("250 ")
    await world.accounts.describe(pharmacy.address, "test", is_unlisted=True)
    assert (await _prescribe(world, citizen, "<p2@x>")).startswith("550 ")
    with pytest.raises(AccountRefused):
        await world.accounts.describe(pharmacy.address, "test", sector="pharmacie")
    with pytest.raises(AccountRefused):
        await world.accounts.describe(citizen.address, "test", sector="SA33")


async def test_another_prescription_is_another_conversation_open_or_closed(world: World) -> None:
    pharmacy, citizen = await a_pharmacy(world), await world.bal(CITIZEN, BalKind.CITIZEN)
    assert (await _prescribe(world, citizen)).startswith("250 ")
    assert (await _prescribe(world, citizen, "<p2@x>")).startswith("250 ")
    await world.send(pharmacy, a_letter(pharmacy, CITIZEN, subject="[FIN]", message_id="<f@x>"), CITIZEN)
    answer = a_letter(citizen, PHARMACY, message_id="<t@x>", answers="<p1@x>", attachments=PHOTOGRAPH)
    assert "[MSS-CONV-2]" in str(await world.send(citizen, answer, PHARMACY))
    assert (await _prescribe(world, citizen, "<p3@x>")).startswith("250 ")
    assert len(await world.oversight.pairs(citizen.address)) == 3


async def test_a_prescription_to_a_pharmacy_lets_nobody_else_be_written_to(world: World) -> None:
    await a_pharmacy(world)
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    letter = a_letter(citizen, PHARMACY, cc=DOCTOR, attachments=PHOTOGRAPH)
    assert (await world.send(citizen, letter, PHARMACY, DOCTOR)).code == 550
    assert await world.inbox(doctor) == []


async def test_an_answer_to_a_doctor_may_go_to_the_pharmacy_too_and_both_answer_in_it(world: World) -> None:
    pharmacy = await a_pharmacy(world)
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.send(doctor, a_letter(doctor, CITIZEN, message_id="<1@x>"), CITIZEN)
    letter = a_letter(
        citizen, DOCTOR, cc=PHARMACY, message_id="<2@x>", answers="<1@x>", attachments=PHOTOGRAPH
    )
    assert (await world.send(citizen, letter, DOCTOR, PHARMACY)).is_positive
    pairs = [pair for pair, _ in await world.oversight.pairs(citizen.address)]
    assert {pair.professional.key for pair in pairs} == {DOCTOR, PHARMACY}
    assert len({pair.conversation for pair in pairs}) == 1
    answer = a_letter(citizen, PHARMACY, message_id="<3@x>", answers="<2@x>")
    assert (await world.send(citizen, answer, PHARMACY)).is_positive
    assert pharmacy.id != doctor.id


async def test_where_he_may_write_anew_a_word_without_attachment_is_enough_while_open(tmp_path: Path) -> None:
    async with a_world(tmp_path, a_policy(CitizenMayWrite.WHILE_OPEN)) as world:
        await a_pharmacy(world)
        citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
        assert "[MSS-PHA-2]" in await _prescribe(world, citizen, attached=False)
        assert (await _prescribe(world, citizen)).startswith("250 ")
        assert (await _prescribe(world, citizen, "<p2@x>", attached=False)).startswith("250 ")


async def test_the_outside_is_asked_once_and_for_what_it_needs_alone(tmp_path: Path) -> None:
    async with a_registry() as registry, a_checking_world(tmp_path, registry.port) as world:
        pharmacy, citizen = await a_pharmacy(world), await world.bal(CITIZEN, BalKind.CITIZEN)
        assert (await _prescribe(world, citizen)).startswith("250 ")
        assert registry.asked == [
            {"citizen": CITIZEN, "pharmacy": PHARMACY, "finess": "123456789", "since": "2025-11-22"}
        ]
        assert registry.authorization == ["bearer jeton"]
        answer = a_letter(citizen, PHARMACY, message_id="<2@x>", answers="<p1@x>")
        assert (await world.send(citizen, answer, PHARMACY)).is_positive
        await world.send(pharmacy, a_letter(pharmacy, CITIZEN, message_id="<3@x>"), CITIZEN)
        assert len(registry.asked) == 1


async def test_a_pharmacy_that_does_not_know_him_is_not_written_to(tmp_path: Path) -> None:
    async with a_registry() as registry, a_checking_world(tmp_path, registry.port) as world:
        pharmacy, citizen = await a_pharmacy(world), await world.bal(CITIZEN, BalKind.CITIZEN)
        registry.answer = b'{"dispensed": false}'
        assert "550 5.7.1 [MSS-PHA-3]" in await _prescribe(world, citizen)
        assert await world.inbox(pharmacy) == []


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("503 Service Unavailable", b""),
        ("302 Found", b""),
        ("200 OK", b"not JSON"),
        ("200 OK", b"[true]"),
        ("200 OK", b'{"dispensed": "yes"}'),
        ("200 OK", b"[" * 200_000),
    ],
)
async def test_whatever_makes_no_sense_is_tried_again_later(
    tmp_path: Path, status: str, answer: bytes
) -> None:
    async with a_registry() as registry, a_checking_world(tmp_path, registry.port) as world:
        registry.status, registry.answer = status, answer
        pharmacy, citizen = await a_pharmacy(world), await world.bal(CITIZEN, BalKind.CITIZEN)
        assert "451 4.4.3 [MSS-PHA-4]" in await _prescribe(world, citizen)
        assert await world.inbox(pharmacy) == []
        registry.status, registry.answer = "200 OK", b'{"dispensed": true}'
        assert (await _prescribe(world, citizen)).startswith("250 ")


async def test_while_nobody_listens_prescriptions_are_deferred_and_answers_are_not(tmp_path: Path) -> None:
    async with a_registry() as registry:
        port = registry.port
    async with a_checking_world(tmp_path, port) as world:
        pharmacy, citizen = await a_pharmacy(world), await world.bal(CITIZEN, BalKind.CITIZEN)
        assert (await _prescribe(world, citizen)).startswith("451 4.4.3 ")
        await world.send(pharmacy, a_letter(pharmacy, CITIZEN, message_id="<1@x>"), CITIZEN)
        answer = a_letter(citizen, PHARMACY, message_id="<2@x>", answers="<1@x>")
        assert (await world.send(citizen, answer, PHARMACY)).is_positive


@pytest.mark.parametrize("dispensed", [True, False])
async def test_a_prescription_for_later_is_asked_about_again_at_its_hour(
    tmp_path: Path, dispensed: bool
) -> None:
    async with a_registry() as registry, a_checking_world(tmp_path, registry.port) as world:
        pharmacy, citizen = await a_pharmacy(world), await world.bal(CITIZEN, BalKind.CITIZEN)
        letter = a_letter(citizen, PHARMACY, message_id="<p1@x>", attachments=PHOTOGRAPH)
        assert (await held(world, citizen, PHARMACY, octets=letter)).is_positive
        assert await world.inbox(pharmacy) == []
        registry.asked.clear()
        registry.status = "503 Service Unavailable"
        world.clock.pass_(days=2)
        await world.releases.run_once(10)  # nobody knows: it waits on
        assert await states(world, "<p1@x>") == {FateState.HELD}
        registry.status, registry.answer = "200 OK", json.dumps({"dispensed": dispensed}).encode()
        world.clock.pass_(hours=1)
        await world.releases.run_once(10)
        assert len(await world.inbox(pharmacy)) == dispensed
        assert await states(world, "<p1@x>") == {FateState.DELIVERED if dispensed else FateState.REFUSED}
        assert {asked["pharmacy"] for asked in registry.asked} == {PHARMACY}
        assert len(registry.asked) == 2


async def test_only_https_or_this_machine_is_asked() -> None:
    with pytest.raises(OSError, match="only https"):
        await post_json("http://registry.example/", b"{}", None)


def test_twelve_months_are_counted_by_the_calendar() -> None:
    assert a_year_before(datetime(2028, 2, 29, tzinfo=UTC)).isoformat() == "2027-02-28"
    assert a_year_before(datetime(2027, 3, 1, tzinfo=UTC)).isoformat() == "2026-03-01"
