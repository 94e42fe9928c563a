"""Signing in for another: by which ways, and what nobody learns by trying."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.support.builders import CITIZEN, DOCTOR, NOON, OTHER_CITIZEN, OTHER_DOCTOR
from tests.support.client_pki import ClientAuthority
from tests.support.readers import let
from tests.support.scram import ActingClient
from tests.support.world import World

from vaguemestre.mail.access import Deed, Grant, GrantKind, Right, Terms
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.service.access.grants import AccessRequest
from vaguemestre.service.ports.access import NewGrant
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.sign_in.acting_for import parted
from vaguemestre.service.sign_in.outcome import Channel, SignedIn, SignInRefused
from vaguemestre.service.trust.subjects import subject_of

OWN, HERS = "correct horse", "other horse"
IMAP, SMTP = Channel("imap", "192.0.2.1"), Channel("smtp", "192.0.2.1")

Sign = Callable[[World, str, str, str], Awaitable[SignedIn]]


async def plain(world: World, own: str, bal: str, password: str) -> SignedIn:
    step = await world.authentication.begin("PLAIN", IMAP).step(f"{bal}\0{own}\0{password}".encode())
    assert isinstance(step, SignedIn)
    return step


async def scram(world: World, own: str, bal: str, password: str) -> SignedIn:
    exchange = world.authentication.begin("SCRAM-SHA-256", IMAP)
    client = ActingClient(own, password, bal)
    step = await exchange.step(client.first())
    assert isinstance(step, bytes)
    step = await exchange.step(client.final(step))
    assert isinstance(step, bytes)
    signed_in = await exchange.step(b"")
    assert isinstance(signed_in, SignedIn)
    return signed_in


async def by_name(world: World, own: str, bal: str, password: str) -> SignedIn:
    return await world.authentication.sign_in(f"{bal}*{own}", password, IMAP)


WAYS = pytest.mark.parametrize("sign", [plain, scram, by_name], ids=["PLAIN", "SCRAM", "name"])


async def two(world: World) -> tuple[Bal, Bal]:
    return await world.bal(DOCTOR, password=HERS), await world.bal(OTHER_DOCTOR, password=OWN)


@pytest.mark.parametrize(
    ("name", "acts_as", "own", "bal"),
    [
        (DOCTOR, "", DOCTOR, ""),
        (DOCTOR, DOCTOR.upper(), DOCTOR, ""),
        (f"{DOCTOR}*{OTHER_DOCTOR}", "", OTHER_DOCTOR, DOCTOR),
        (f"{DOCTOR}*{DOCTOR}", "", DOCTOR, ""),
        (OTHER_DOCTOR, DOCTOR, OTHER_DOCTOR, DOCTOR),
        (f"{DOCTOR}*{OTHER_DOCTOR}", DOCTOR.upper(), OTHER_DOCTOR, DOCTOR),
        ("a*b@c.fr", "", "a*b@c.fr", ""),
        ("a*b@c.fr*d*e@f.fr", "", "d*e@f.fr", "a*b@c.fr"),
        (f"{DOCTOR}*{OTHER_DOCTOR}", CITIZEN, OTHER_DOCTOR, "*"),
        ("nobody", "", "nobody", ""),
    ],
)
def test_both_names_are_read_from_whatever_a_client_can_give(
    name: str, acts_as: str, own: str, bal: str
) -> None:
    assert parted(name, acts_as) == (own, bal)


@WAYS
async def test_a_delegate_signs_in_with_his_own_secret_and_is_known_as_himself(
    world: World, sign: Sign
) -> None:
    doctor, secretary = await two(world)
    await let(world, secretary, doctor, Right.READ, Right.SEND)
    found = await sign(world, OTHER_DOCTOR, DOCTOR, OWN)
    assert found.reader is not None
    assert (found.bal.id, found.reader.bal.id) == (doctor.id, secretary.id)
    assert found.reader.rights == {Right.READ, Right.SEND}
    (entry,) = await world.store.read(lambda tx: tx.journal.entries(doctor.id, Deed.SIGN_IN))
    assert (entry.actor, entry.detail) == (f"bal:{secretary.id}", {"door": "imap"})


@WAYS
async def test_without_a_grant_the_right_password_is_answered_as_a_wrong_one(
    world: World, sign: Sign
) -> None:
    doctor, secretary = await two(world)
    refusals = []
    for own, bal, password in (
        (OTHER_DOCTOR, DOCTOR, OWN),  # no grant
        (OTHER_DOCTOR, DOCTOR, "wrong"),
        (OTHER_DOCTOR, DOCTOR, HERS),  # the holder's password is no delegate's
        (OTHER_DOCTOR, "nobody@cabinet.mssante.fr", OWN),
        ("nobody@cabinet.mssante.fr", DOCTOR, OWN),
    ):
        with pytest.raises(SignInRefused) as refused:
            await sign(world, own, bal, password)
        refusals.append(str(refused.value))
    assert len(set(refusals)) == 1
    access = await let(world, secretary, doctor)
    await sign(world, OTHER_DOCTOR, DOCTOR, OWN)
    await world.accesses.revoke(access.grant.id, "test")
    with pytest.raises(SignInRefused):
        await sign(world, OTHER_DOCTOR, DOCTOR, OWN)


async def test_who_may_send_and_not_read_comes_by_smtp_alone(world: World) -> None:
    doctor, secretary = await two(world)
    await let(world, secretary, doctor, Right.SEND)
    name = f"{DOCTOR}*{OTHER_DOCTOR}"
    assert (await world.authentication.sign_in(name, OWN, SMTP)).bal.id == doctor.id
    with pytest.raises(SignInRefused):
        await world.authentication.sign_in(name, OWN, IMAP)


async def test_a_device_password_serves_too(world: World) -> None:
    doctor, secretary = await two(world)
    await let(world, secretary, doctor)
    password = await world.devices.add(secretary.address, "phone", "test")
    assert (await by_name(world, OTHER_DOCTOR, DOCTOR, password)).bal.id == doctor.id


async def test_a_parent_reads_until_the_birthday_begins_and_is_then_refused(world: World) -> None:
    child = await world.bal(CITIZEN, BalKind.CITIZEN)
    mother = await world.bal(OTHER_CITIZEN, BalKind.CITIZEN)
    await world.birth_dates.set(child.address, date(2008, 11, 25), "test")
    await world.accounts.set_password(mother.address, OWN, "test")
    read = frozenset({Right.READ})
    request = AccessRequest(child.address, mother.address, GrantKind.REPRESENTATIVE, read)
    await world.accesses.grant(request, "test")
    world.clock.moment = datetime(2026, 11, 24, 22, 59, 59, tzinfo=UTC)
    found = await by_name(world, OTHER_CITIZEN, CITIZEN, OWN)
    assert found.bal.id == child.id
    assert await world.authentication.ended([found], Right.READ) == frozenset()
    world.clock.pass_(seconds=1)
    assert await world.authentication.ended([found], Right.READ) == {found}
    with pytest.raises(SignInRefused):
        await by_name(world, OTHER_CITIZEN, CITIZEN, OWN)


async def test_nobody_signs_in_for_a_bal_or_as_a_person_that_is_suspended(world: World) -> None:
    doctor, secretary = await two(world)
    await let(world, secretary, doctor)
    found = await by_name(world, OTHER_DOCTOR, DOCTOR, OWN)
    for suspended in (doctor, secretary):
        await world.change(suspended, ProfileAct.SUSPEND)
        assert await world.authentication.ended([found], None) == {found}
        with pytest.raises(SignInRefused):
            await by_name(world, OTHER_DOCTOR, DOCTOR, OWN)
        await world.change(suspended, ProfileAct.RESUME)
    assert (await by_name(world, OTHER_DOCTOR, DOCTOR, OWN)).bal.id == doctor.id


async def test_guesses_count_against_both_names_and_slow_the_next(world: World) -> None:
    doctor, secretary = await two(world)
    await let(world, secretary, doctor)
    for number in range(6):
        with pytest.raises(SignInRefused):
            await by_name(world, OTHER_DOCTOR, DOCTOR, f"guess {number}")
    world.clock.waits.clear()
    with pytest.raises(SignInRefused):
        await world.authentication.sign_in(DOCTOR, "guess", IMAP)
    assert world.clock.waits  # the holder's account is guarded as if it had been guessed at itself
    world.clock.waits.clear()
    await by_name(world, OTHER_DOCTOR, DOCTOR, OWN)
    assert world.clock.waits


async def test_a_program_whose_access_has_ended_does_not_slow_anybody_all_day_long(world: World) -> None:
    await two(world)
    for _ in range(20):
        with pytest.raises(SignInRefused):
            await by_name(world, OTHER_DOCTOR, DOCTOR, OWN)
    world.clock.waits.clear()
    await world.authentication.sign_in(DOCTOR, HERS, IMAP)
    assert world.clock.waits == []


async def test_grants_of_the_future_open_nothing_yet(world: World) -> None:
    doctor, secretary = await two(world)

    def later(tx: Transaction) -> Grant:
        start = NOON.replace(hour=13)
        terms = Terms(GrantKind.DELEGATE, frozenset({Right.READ}), start, None)
        return tx.grants.add(NewGrant(doctor.id, secretary.id, terms, "operator:test"), NOON)

    await world.store.write(later, "test")
    with pytest.raises(SignInRefused):
        await by_name(world, OTHER_DOCTOR, DOCTOR, OWN)
    world.clock.pass_(hours=1)
    assert (await by_name(world, OTHER_DOCTOR, DOCTOR, OWN)).bal.id == doctor.id


async def test_a_citizens_carer_signs_in_for_him(world: World) -> None:
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    carer = await world.bal(OTHER_CITIZEN, BalKind.CITIZEN, OWN)
    await let(world, carer, citizen)
    assert (await plain(world, OTHER_CITIZEN, CITIZEN, OWN)).bal.id == citizen.id


async def test_a_program_with_a_certificate_reads_for_whom_he_may_and_for_nobody_else(
    world: World, tmp_path: Path
) -> None:
    doctor, _ = await two(world)
    program = await world.bal("logiciel@cabinet.mssante.fr", BalKind.APP)
    shown = ClientAuthority(tmp_path).certificate("CN=logiciel,O=Cabinet,C=FR")
    der = x509.load_pem_x509_certificate(shown.path.read_bytes())
    await world.accounts.add_certificate(program.address, subject_of(der), "test")
    seen = Channel("imap", "192.0.2.1", certificate=der.public_bytes(Encoding.DER))

    async def sign(bal: str) -> SignedIn:
        step = await world.authentication.begin("EXTERNAL", seen).step(bal.encode())
        assert isinstance(step, SignedIn)
        return step

    with pytest.raises(SignInRefused):
        await sign(DOCTOR)
    access = await let(world, program, doctor, Right.READ)
    signed_in = await sign(DOCTOR)
    assert signed_in.bal.id == doctor.id
    assert signed_in.reader is not None
    assert (signed_in.reader.bal.id, signed_in.reader.rights) == (program.id, frozenset({Right.READ}))
    assert (await sign("")).reader is None
    await world.accesses.revoke(access.grant.id, "test")
    with pytest.raises(SignInRefused):
        await sign(DOCTOR)
