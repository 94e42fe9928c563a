"""A secretary writes for a doctor, a carer for a citizen: whose message it is, and who wrote it."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.support.builders import CITIZEN, DOCTOR, OTHER_CITIZEN, OTHER_DOCTOR
from tests.support.letters import a_letter
from tests.support.readers import let
from tests.support.world import World

from vaguemestre.mail.access import Right
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.conversation import Pair
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.reply import Reply
from vaguemestre.service.accounts.keeping import AccountRequest
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.sign_in.outcome import SignedIn


async def as_identity(world: World, person: Bal, bal: Bal, octets: bytes, recipient: str) -> Reply:
    """Signed in as himself, MAIL FROM the other: as mail programs with several identities do."""
    signed_in = SignedIn(person)
    reply = await world.submissions.accepts_sender(signed_in, bal.address, None)
    if not reply.is_positive:
        return reply
    to = parse_address(recipient)
    reply = await world.submissions.accepts_recipient(signed_in, Envelope(bal.address, ()), to)
    if not reply.is_positive:
        return reply
    return await submit(world, signed_in, bal, octets, recipient)


async def submit(world: World, signed_in: SignedIn, bal: Bal, octets: bytes, recipient: str) -> Reply:
    envelope = Envelope(bal.address, (parse_address(recipient),))
    incoming = world.submissions.begin(signed_in, envelope, "ESMTPSA")
    incoming.feed(octets)
    return (await world.submissions.submit(incoming)).reply


async def received(world: World, bal: Bal) -> EmailMessage:
    *_, row = await world.inbox(bal)
    return message_from_bytes(await world.octets(row), EmailMessage, policy=policy.default)


async def entries(world: World, bal: Bal, event: str) -> list[JournalEntry]:
    return await world.store.read(lambda tx: tx.journal.entries(bal.id, event))


async def test_a_secretary_writes_for_a_doctor_and_both_are_named(world: World) -> None:
    doctor, secretary = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    await let(world, secretary, doctor, Right.READ, Right.SEND)
    letter = a_letter(doctor, CITIZEN)
    reply = await as_identity(world, secretary, doctor, letter, CITIZEN)
    assert reply.is_positive
    message = await received(world, citizen)
    assert (message["From"], message["Sender"]) == (DOCTOR, OTHER_DOCTOR)
    row = (await world.inbox(citizen))[-1]
    assert (await world.octets(row)).endswith(letter)  # nothing of what was written is touched
    (sent,) = await entries(world, doctor, "sent_for")
    assert (sent.actor, sent.detail["recipients"]) == (f"bal:{secretary.id}", "1")
    (trace,) = await world.tracing.trace(str(message["Message-ID"]))
    assert (str(trace.sender_address), str(trace.actor_address)) == (DOCTOR, OTHER_DOCTOR)
    (opened,) = await entries(world, citizen, "conversation_opened")
    assert opened.actor == f"bal:{secretary.id}"


async def test_the_citizen_answers_the_doctor_and_not_the_secretary(world: World) -> None:
    doctor, secretary = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    await let(world, secretary, doctor, Right.SEND)
    await as_identity(world, secretary, doctor, a_letter(doctor, CITIZEN, message_id="<1@x>"), CITIZEN)
    pairs: list[Pair] = await world.store.read(lambda tx: tx.conversations.pairs(citizen=citizen.id))
    assert [str(pair.professional) for pair in pairs] == [DOCTOR]
    answer = a_letter(citizen, DOCTOR, message_id="<2@x>", answers="<1@x>")
    assert (await world.send(citizen, answer, DOCTOR)).is_positive


async def test_without_the_right_another_address_is_refused_as_any_is(world: World) -> None:
    doctor, secretary = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    await world.bal(CITIZEN, BalKind.CITIZEN)
    letter = a_letter(doctor, CITIZEN)
    stranger = await as_identity(world, secretary, doctor, letter, CITIZEN)
    await let(world, secretary, doctor, Right.READ)
    reader = await as_identity(world, secretary, doctor, letter, CITIZEN)
    assert stranger == reader
    assert str(reader).startswith("550 5.7.1 ")


async def test_a_right_revoked_before_the_final_dot_refuses(world: World) -> None:
    doctor, secretary = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    access = await let(world, secretary, doctor, Right.SEND)
    signed_in = SignedIn(secretary)
    assert (await world.submissions.accepts_sender(signed_in, doctor.address, None)).is_positive
    await world.accesses.revoke(access.grant.id, "test")
    reply = await submit(world, signed_in, doctor, a_letter(doctor, CITIZEN), CITIZEN)
    assert str(reply).startswith("550 5.7.1 ")
    assert await world.inbox(citizen) == []


async def test_another_sender_field_than_ones_own_is_refused(world: World) -> None:
    doctor, secretary = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    await world.bal(CITIZEN, BalKind.CITIZEN)
    await let(world, secretary, doctor, Right.SEND)
    letter = a_letter(doctor, CITIZEN)
    refused = await as_identity(world, secretary, doctor, f"Sender: {DOCTOR}\r\n".encode() + letter, CITIZEN)
    assert str(refused).startswith("550 5.7.1 ")
    own = f"Sender: {OTHER_DOCTOR}\r\n".encode() + letter
    assert (await as_identity(world, secretary, doctor, own, CITIZEN)).is_positive


async def test_a_carer_answers_in_the_name_of_a_citizen(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    citizen, carer = (
        await world.bal(CITIZEN, BalKind.CITIZEN),
        await world.bal(OTHER_CITIZEN, BalKind.CITIZEN),
    )
    await let(world, carer, citizen, Right.READ, Right.SEND)
    await world.send(doctor, a_letter(doctor, CITIZEN, message_id="<1@x>"), CITIZEN)
    answer = a_letter(citizen, DOCTOR, message_id="<2@x>", answers="<1@x>")
    assert (await as_identity(world, carer, citizen, answer, DOCTOR)).is_positive
    message = await received(world, doctor)
    assert (message["From"], message["Sender"]) == (CITIZEN, "Aidant <vaguemestre@patient.mssante.fr>")
    assert OTHER_CITIZEN[:15] not in message.as_string()
    unasked = a_letter(citizen, DOCTOR, message_id="<3@x>")
    assert not (await as_identity(world, carer, citizen, unasked, DOCTOR)).is_positive  # CONV-4, as for him


async def test_what_is_refused_is_in_the_journal_under_the_real_person(world: World) -> None:
    doctor, secretary = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    await let(world, secretary, doctor, Right.SEND)
    reply = await as_identity(world, secretary, doctor, a_letter(doctor, "x@cabinet.mssante.fr"), "x@y.fr")
    assert not reply.is_positive
    (refused,) = await entries(world, doctor, "refused")
    assert refused.actor == f"bal:{secretary.id}"


async def test_a_carer_is_named_without_his_matricule_and_may_not_show_it_himself(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    request = AccountRequest(parse_address(OTHER_CITIZEN), BalKind.CITIZEN, name="Chloé Exemple")
    carer = await world.accounts.add(request, "test")
    await let(world, carer, citizen, Right.READ, Right.SEND)
    await world.send(doctor, a_letter(doctor, CITIZEN, message_id="<1@x>"), CITIZEN)
    answer = a_letter(citizen, DOCTOR, message_id="<2@x>", answers="<1@x>")
    shown = f"Sender: {OTHER_CITIZEN}\r\n".encode() + answer
    refused = await as_identity(world, carer, citizen, shown, DOCTOR)
    assert (refused.identifier, "matricule" in refused.text) == ("MSS-SND-5", True)
    assert (await as_identity(world, carer, citizen, answer, DOCTOR)).is_positive
    message = await received(world, doctor)
    assert message["Sender"] == "Chloé Exemple <vaguemestre@patient.mssante.fr>"
    assert OTHER_CITIZEN[:15] not in message.as_string()
