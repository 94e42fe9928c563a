"""A citizen's INS changes: his mailbox, his conversations and his right to answer stay. domain.md §2."""

import itertools

import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_CITIZEN
from tests.support.world import World

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.dsn import Notify, Wish
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.reply import Reply
from vaguemestre.service.accounts.keeping import AccountRefused, AccountUnknown
from vaguemestre.service.sign_in.outcome import Channel, SignedIn

LATER = "279035121518890@patient.mssante.fr"
PASSWORD = "un mot de passe assez long"

_numbers = itertools.count(1)


def a_letter(sender: str, to: str, *more: str, number: int = 0) -> bytes:
    lines = (
        f"From: {sender}",
        f"To: {to}",
        "Subject: x",
        f"Message-ID: <{number or next(_numbers)}@x>",
        *more,
    )
    return ("\r\n".join((*lines, "", "Bonjour")) + "\r\n").encode()


async def two_people(world: World) -> tuple[Bal, Bal]:
    doctor = await world.bal(DOCTOR)
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN, PASSWORD)
    await world.aliases.add(citizen.address, parse_address(LATER), "test")
    return doctor, citizen


async def answered_as(world: World, citizen: Bal, path: str, octets: bytes) -> Reply:
    """The citizen sends with that MAIL FROM."""
    signed_in, reverse_path = SignedIn(citizen), parse_address(path)
    reply = await world.submissions.accepts_sender(signed_in, reverse_path, None)
    if not reply.is_positive:
        return reply
    envelope = Envelope(reverse_path, ())
    reply = await world.submissions.accepts_recipient(signed_in, envelope, parse_address(DOCTOR))
    if not reply.is_positive:
        return reply
    incoming = world.submissions.begin(signed_in, envelope.with_recipient(parse_address(DOCTOR)), "ESMTPSA")
    incoming.feed(octets)
    return (await world.submissions.submit(incoming)).reply


async def test_the_new_address_leads_to_the_same_mailbox_and_the_conversation_goes_on(world: World) -> None:
    doctor, citizen = await two_people(world)
    await world.send(doctor, a_letter(DOCTOR, CITIZEN, number=1001), CITIZEN)
    await world.send(doctor, a_letter(DOCTOR, LATER, "In-Reply-To: <1001@x>", number=1002), LATER)
    told, first, second = await world.inbox(citizen)
    assert b"Your INS number has changed" in await world.octets(told)
    assert first.conversation == second.conversation is not None
    assert len(await world.oversight.pairs(citizen.address)) == 1


@pytest.mark.parametrize("path", [CITIZEN, LATER, LATER.upper()])
@pytest.mark.parametrize("from_", [CITIZEN, LATER])
async def test_he_answers_under_either_address(world: World, path: str, from_: str) -> None:
    doctor, citizen = await two_people(world)
    await world.send(doctor, a_letter(DOCTOR, LATER, number=2001), LATER)
    answer = a_letter(from_, DOCTOR, "In-Reply-To: <2001@x>", f"Reply-To: {LATER}", f"Sender: {from_}")
    assert (await answered_as(world, citizen, path, answer)).is_positive
    assert len(await world.inbox(doctor)) == 1


async def test_he_signs_in_under_either_address(world: World) -> None:
    _, citizen = await two_people(world)
    for name in (CITIZEN, LATER):
        signed_in = await world.authentication.sign_in(name, PASSWORD, Channel("imap", "192.0.2.7"))
        assert signed_in.bal.id == citizen.id


async def test_an_alias_of_somebody_else_is_nobody_to_write_as(world: World) -> None:
    doctor, _ = await two_people(world)
    other = await world.bal(OTHER_CITIZEN, BalKind.CITIZEN)
    await world.send(doctor, a_letter(DOCTOR, OTHER_CITIZEN, number=3001), OTHER_CITIZEN)
    answer = a_letter(LATER, DOCTOR, "In-Reply-To: <3001@x>")
    assert str(await answered_as(world, other, LATER, answer)).startswith("550 5.7.1")
    assert str(await answered_as(world, other, OTHER_CITIZEN, answer)).startswith("550 5.7.1")


async def test_both_addresses_of_one_person_are_one_citizen_and_one_copy(world: World) -> None:
    doctor, citizen = await two_people(world)
    await world.bal(OTHER_CITIZEN, BalKind.CITIZEN)
    both = a_letter(DOCTOR, f"{CITIZEN}, {LATER}")
    assert (await world.send(doctor, both, CITIZEN, LATER)).is_positive
    assert len(await world.inbox(citizen)) == 2  # with the notice of the alias
    with_another = a_letter(DOCTOR, f"{LATER}, {OTHER_CITIZEN}")
    assert not (await world.send(doctor, with_another, LATER)).is_positive
    assert not (await world.send(doctor, with_another, LATER, OTHER_CITIZEN)).is_positive


async def test_who_asked_to_be_told_of_a_delivery_to_the_alias_is_told(world: World) -> None:
    doctor, _ = await two_people(world)
    wish = Wish(frozenset({Notify.SUCCESS}))
    assert (await world.send(doctor, a_letter(DOCTOR, LATER), LATER, wish=wish)).is_positive
    await world.reports.run_once(10)
    assert len(await world.inbox(doctor)) == 1


async def test_what_cannot_be_an_alias_is_refused(world: World) -> None:
    doctor, citizen = await two_people(world)
    other = await world.bal(OTHER_CITIZEN, BalKind.CITIZEN)
    for alias, said in (
        (LATER, "taken"),
        (OTHER_CITIZEN, "taken"),
        (CITIZEN, "taken"),
        ("191070000002271@patient.mssante.fr", "asks for 43"),
        ("someone@patient.mssante.fr", "begins with his INS"),
        ("279035121518890@cabinet.mssante.fr", "not one for CITIZEN"),
    ):
        with pytest.raises(AccountRefused, match=said):
            await world.aliases.add(other.address, parse_address(alias), "test")
    free = parse_address("191070000002243@patient.mssante.fr")
    with pytest.raises(AccountRefused, match="Only a citizen"):
        await world.aliases.add(doctor.address, free, "test")
    with pytest.raises(AccountUnknown):
        await world.aliases.add(free, free, "test")
    with pytest.raises(AccountRefused, match="never changes"):
        await world.aliases.remove(citizen.address, citizen.address, "test")


async def test_a_removed_alias_leads_nowhere_and_the_journal_holds_no_ins_whole(world: World) -> None:
    doctor, citizen = await two_people(world)
    await world.aliases.remove(parse_address(LATER), parse_address(LATER), "test")
    assert str(await world.send(doctor, a_letter(DOCTOR, LATER), LATER)).startswith("550 5.1.1")
    entries = await world.store.read(lambda tx: tx.journal.entries(citizen.id))
    assert [entry.event for entry in entries] == ["alias_removed", "alias_added", "account_added"]
    assert LATER[:15] not in str(entries)
