"""Readers of others' mailboxes: granted, revoked, listed; the holder is told."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests.support.builders import (
    CITIZEN,
    DOCTOR,
    OTHER_CITIZEN,
    OTHER_DOCTOR,
    an_attachment,
    some_facts,
)
from tests.support.letters import a_letter
from tests.support.world import World

from vaguemestre.mail.access import GrantKind, Right
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.health_document import DocumentKind, HealthDocument
from vaguemestre.mail.mailbox import MessageRow
from vaguemestre.service.access.grants import Access, AccessRefused, AccessRequest
from vaguemestre.service.accounts.birth_dates import BirthDateRefused
from vaguemestre.service.accounts.keeping import AccountUnknown
from vaguemestre.service.arriving.cases import case_for

READ = frozenset({Right.READ})


def a_request(
    bal: str, reader: str, kind: GrantKind, *, first: date | None = None, last: date | None = None
) -> AccessRequest:
    return AccessRequest(parse_address(bal), parse_address(reader), kind, READ, first, last, "à sa demande")


async def a_child(world: World, born: date = date(2008, 11, 25)) -> tuple[Bal, Bal]:
    """A child and its mother; it is of age in three days."""
    child = await world.bal(CITIZEN, BalKind.CITIZEN)
    mother = await world.bal(OTHER_CITIZEN, BalKind.CITIZEN)
    await world.birth_dates.set(child.address, born, "test")
    return child, mother


async def told(world: World, bal: Bal) -> list[str]:
    rows: list[MessageRow] = await world.inbox(bal)
    return [(await world.octets(row)).decode() for row in rows]


async def granted(world: World, request: AccessRequest) -> Access:
    return await world.accesses.grant(request, "ann")


async def test_a_delegate_is_granted_and_the_holder_is_told_in_both_languages(world: World) -> None:
    doctor, secretary = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    access = await granted(world, a_request(DOCTOR, OTHER_DOCTOR, GrantKind.DELEGATE))
    assert (access.bal.id, access.reader.id, access.rights) == (doctor.id, secretary.id, READ)
    (notice,) = await told(world, doctor)
    assert "paul.durand@cabinet.mssante.fr" in notice
    assert "Access granted to your mailbox" in notice
    (entry,) = await world.store.read(lambda tx: tx.journal.entries(doctor.id, "access_granted"))
    assert (entry.actor, entry.detail["reader"]) == ("operator:ann", f"bal:{secretary.id}")


async def test_a_representative_needs_the_birth_date_and_reads_until_the_birthday(world: World) -> None:
    child = await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.bal(OTHER_CITIZEN, BalKind.CITIZEN)
    request = a_request(CITIZEN, OTHER_CITIZEN, GrantKind.REPRESENTATIVE)
    with pytest.raises(AccessRefused, match="birth date"):
        await granted(world, request)
    await world.birth_dates.set(child.address, date(2010, 7, 14), "test")
    assert (await granted(world, request)).grant.terms.end == datetime(2028, 7, 13, 22, 0, tzinfo=UTC)
    await world.birth_dates.set(child.address, date(2010, 7, 15), "test")  # it was mistyped
    (access,) = await world.accesses.of(child.address)
    assert access.grant.terms.end == datetime(2028, 7, 14, 22, 0, tzinfo=UTC)


async def test_a_last_day_ends_a_representative_sooner_and_never_later(world: World) -> None:
    await a_child(world)
    for last, end in (
        (date(2026, 11, 23), datetime(2026, 11, 23, 23, 0, tzinfo=UTC)),
        (date(2040, 1, 1), datetime(2026, 11, 24, 23, 0, tzinfo=UTC)),
    ):
        request = a_request(CITIZEN, OTHER_CITIZEN, GrantKind.REPRESENTATIVE, last=last)
        access = await granted(world, request)
        assert access.grant.terms.end == end
        await world.accesses.revoke(access.grant.id, "ann")


async def test_a_citizen_is_told_of_another_without_a_whole_ins(world: World) -> None:
    child, mother = await a_child(world)
    await granted(world, a_request(CITIZEN, OTHER_CITIZEN, GrantKind.REPRESENTATIVE))
    (notice,) = await told(world, child)
    assert mother.address.local not in notice


async def test_the_fact_that_representatives_read_a_bal_lasts_as_long_as_they_do(world: World) -> None:
    await a_child(world)
    doctor = await world.bal(DOCTOR)
    policy = world.submissions._policy
    recipient = parse_address(CITIZEN)
    document = HealthDocument(DocumentKind.CDA, "")
    facts = some_facts(attachments=[replace(an_attachment(), documents=(document,))])

    async def is_read() -> bool:
        now = world.clock.now()
        case = await world.store.read(lambda tx: case_for(tx, policy, doctor, recipient, 1, now, facts))
        return case.holder_is_read_by_representatives

    assert not await is_read()
    access = await granted(world, a_request(CITIZEN, OTHER_CITIZEN, GrantKind.REPRESENTATIVE))
    assert await is_read()
    world.clock.moment = datetime(2026, 11, 24, 22, 59, tzinfo=UTC)
    assert await is_read()
    world.clock.pass_(minutes=1)
    assert not await is_read()
    world.clock.pass_(minutes=-1)
    await world.accesses.revoke(access.grant.id, "ann")
    assert not await is_read()
    assert (await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)).is_positive


async def test_a_birth_date_is_kept_of_minors_alone_and_forgotten_when_they_are_of_age(world: World) -> None:
    child, _ = await a_child(world)
    doctor = await world.bal(DOCTOR)
    for address, born in ((child.address, date(1999, 1, 1)), (child.address, date(2027, 1, 1))):
        with pytest.raises(BirthDateRefused):
            await world.birth_dates.set(address, born, "test")
    with pytest.raises(BirthDateRefused, match="citizens alone"):
        await world.birth_dates.set(doctor.address, date(2015, 1, 1), "test")
    assert await world.birth_dates.forget_once(100) == 0
    world.clock.pass_(days=60)
    assert await world.birth_dates.forget_once(100) == 1
    assert await world.store.read(lambda tx: tx.grants.birth_date(child.id)) is None


async def test_the_same_is_not_granted_twice_and_what_is_revoked_is_revoked_once(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    await world.bal(OTHER_DOCTOR)
    request = a_request(DOCTOR, OTHER_DOCTOR, GrantKind.DELEGATE)
    access = await granted(world, request)
    with pytest.raises(AccessRefused, match=f"Grant {access.grant.id}"):
        await granted(world, request)
    revoked = await world.accesses.revoke(access.grant.id, "ann")
    assert revoked.rights == frozenset()
    with pytest.raises(AccessRefused, match="already"):
        await world.accesses.revoke(access.grant.id, "ann")
    assert len(await told(world, doctor)) == 2
    assert (await granted(world, request)).rights == READ
    listed = await world.accesses.of(parse_address(OTHER_DOCTOR), by_reader=True)
    assert [one.rights for one in listed] == [frozenset(), READ]


async def test_what_cannot_be_granted_says_why(world: World) -> None:
    await world.bal(DOCTOR)
    await world.bal(CITIZEN, BalKind.CITIZEN)
    for bal, reader, kind, why in (
        (DOCTOR, DOCTOR, GrantKind.DELEGATE, "own mailbox"),
        (CITIZEN, DOCTOR, GrantKind.CARER, "citizens"),
        (DOCTOR, CITIZEN, GrantKind.DELEGATE, "professionals"),
    ):
        with pytest.raises(AccessRefused, match=why):
            await granted(world, a_request(bal, reader, kind))
    with pytest.raises(AccountUnknown):
        await granted(world, a_request(DOCTOR, OTHER_DOCTOR, GrantKind.DELEGATE))
