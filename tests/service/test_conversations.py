"""Conversations over a real store: opened, answered, closed, opened again. domain.md §2."""

from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_CITIZEN, OTHER_DOCTOR, a_policy
from tests.support.letters import a_letter
from tests.support.world import World, a_world

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.conversation import ClosedBy
from vaguemestre.mail.envelope import Envelope
from vaguemestre.policy.limits import CitizenMayWrite
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.service.accounts.keeping import AccountRefused
from vaguemestre.service.conversations.oversight import ConversationUnknown
from vaguemestre.service.sign_in.outcome import SignedIn

CLOSED = "550 5.7.1 [MSS-CONV-2] This conversation has been closed by the professional"
ONLY_OPENED = "550 5.7.1 [MSS-CONV-0] Only the professional can open a conversation"


async def _people(world: World) -> tuple[Bal, Bal]:
    return await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)


async def test_a_letter_arrives_with_every_octet_and_can_be_answered(world: World) -> None:
    doctor, citizen = await _people(world)
    letter = a_letter(doctor, CITIZEN, attachments=(("lettre.pdf", b"%PDF-1.4\n" + bytes(range(256)) * 300),))
    assert (await world.send(doctor, letter, CITIZEN)).is_positive
    (row,) = await world.inbox(citizen)
    octets = await world.octets(row)
    assert octets.endswith(letter)
    assert len(octets) == row.size
    answer = a_letter(citizen, DOCTOR, message_id="<2@x>", answers="<1@cabinet.mssante.fr>")
    assert (await world.send(citizen, answer, DOCTOR)).is_positive
    (answered,) = await world.inbox(doctor)
    assert answered.conversation == row.conversation


async def test_a_citizen_writes_to_nobody_who_has_not_written_to_him(world: World) -> None:
    _, citizen = await _people(world)
    await world.bal(OTHER_CITIZEN, BalKind.CITIZEN)
    assert str(await world.send(citizen, a_letter(citizen, DOCTOR), DOCTOR)) == ONLY_OPENED
    reply = await world.send(citizen, a_letter(citizen, OTHER_CITIZEN), OTHER_CITIZEN)
    assert str(reply) == "550 5.7.1 [MSS-CONV-5] A citizen cannot write to another citizen"


async def test_a_citizen_who_only_replies_is_told_to_reply(world: World) -> None:
    doctor, citizen = await _people(world)
    await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
    reply = await world.send(citizen, a_letter(citizen, DOCTOR, message_id="<2@x>"), DOCTOR)
    assert str(reply).startswith("550 5.7.1 [MSS-CONV-4] You can only reply")


async def test_a_citizen_writes_anew_where_that_is_allowed(tmp_path: Path) -> None:
    async with a_world(tmp_path, a_policy(CitizenMayWrite.WHILE_OPEN)) as world:
        doctor, citizen = await _people(world)
        fresh = a_letter(citizen, DOCTOR, message_id="<2@x>")
        assert str(await world.send(citizen, fresh, DOCTOR)) == ONLY_OPENED
        await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
        assert (await world.send(citizen, fresh, DOCTOR)).is_positive
        fin = a_letter(doctor, CITIZEN, subject="[FIN]", message_id="<3@x>")
        await world.send(doctor, fin, CITIZEN)
        assert str(await world.send(citizen, fresh, DOCTOR)) == CLOSED


async def test_fin_closes_every_conversation_and_tells_the_citizen(world: World) -> None:
    doctor, citizen = await _people(world)
    for number in ("<1@x>", "<2@x>"):
        await world.send(doctor, a_letter(doctor, CITIZEN, message_id=number), CITIZEN)
    fin = a_letter(doctor, CITIZEN, subject="[FIN]", message_id="<3@x>", answers="<1@x>")
    assert (await world.send(doctor, fin, CITIZEN)).is_positive
    for number in ("<1@x>", "<2@x>"):
        answer = a_letter(citizen, DOCTOR, message_id="<9@x>", answers=number)
        assert str(await world.send(citizen, answer, DOCTOR)) == CLOSED
    pairs = await world.oversight.pairs(doctor.address)
    assert [pair.closed_by for pair, _ in pairs] == [ClosedBy.SUBJECT, ClosedBy.SUBJECT]
    assert await world.closing_notices.run_once(100) == 2
    first, second, last_word, *notices = await world.inbox(citizen)
    assert last_word.conversation == first.conversation
    assert [row.conversation for row in notices] == [first.conversation, second.conversation]
    for notice, name in zip(notices, (b"<3@x>", b"<2@x>"), strict=True):
        octets = await world.octets(notice)
        assert b"closed this conversation" in octets
        assert b"In-Reply-To: " + name in octets  # under the latest message, in any mail client


@pytest.mark.parametrize("subject", ["[fin]", "FIN", "Re: [FIN]", "[FIN] merci"])
async def test_nothing_but_the_exact_subject_closes(world: World, subject: str) -> None:
    doctor, citizen = await _people(world)
    await world.send(doctor, a_letter(doctor, CITIZEN, subject=subject), CITIZEN)
    answer = a_letter(citizen, DOCTOR, message_id="<2@x>", answers="<1@cabinet.mssante.fr>")
    assert (await world.send(citizen, answer, DOCTOR)).is_positive


async def test_a_citizen_closes_nothing(world: World) -> None:
    doctor, citizen = await _people(world)
    await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
    fin = a_letter(citizen, DOCTOR, subject="[FIN]", message_id="<2@x>", answers="<1@cabinet.mssante.fr>")
    assert (await world.send(citizen, fin, DOCTOR)).is_positive
    assert all(pair.closed_at is None for pair, _ in await world.oversight.pairs(doctor.address))


async def test_the_header_closes_its_own_conversation_and_the_next_letter_opens_it_again(
    world: World,
) -> None:
    doctor, citizen = await _people(world)
    for number in ("<1@x>", "<2@x>"):
        await world.send(doctor, a_letter(doctor, CITIZEN, message_id=number), CITIZEN)
    last = a_letter(doctor, CITIZEN, message_id="<3@x>", answers="<2@x>", mss_mes="FIN")
    assert (await world.send(doctor, last, CITIZEN)).is_positive
    in_second = a_letter(citizen, DOCTOR, message_id="<4@x>", answers="<2@x>")
    in_first = a_letter(citizen, DOCTOR, message_id="<5@x>", answers="<1@x>")
    assert str(await world.send(citizen, in_second, DOCTOR)) == CLOSED
    assert (await world.send(citizen, in_first, DOCTOR)).is_positive
    again = a_letter(doctor, CITIZEN, message_id="<6@x>", answers="<3@x>")
    await world.send(doctor, again, CITIZEN)
    assert (await world.send(citizen, in_second, DOCTOR)).is_positive


async def test_a_colleague_in_copy_may_be_answered_and_closes_for_himself(world: World) -> None:
    doctor, citizen = await _people(world)
    colleague = await world.bal(OTHER_DOCTOR)
    letter = a_letter(doctor, CITIZEN, cc=OTHER_DOCTOR)
    assert (await world.send(doctor, letter, CITIZEN, OTHER_DOCTOR)).is_positive
    answer = a_letter(citizen, DOCTOR, cc=OTHER_DOCTOR, message_id="<2@x>", answers="<1@cabinet.mssante.fr>")
    assert (await world.send(citizen, answer, DOCTOR, OTHER_DOCTOR)).is_positive
    fin = a_letter(colleague, CITIZEN, subject="[FIN]", message_id="<3@x>")
    await world.send(colleague, fin, CITIZEN)
    assert (await world.send(citizen, answer, DOCTOR)).is_positive
    assert str(await world.send(citizen, answer, OTHER_DOCTOR)) == CLOSED
    assert str(await world.send(citizen, answer, DOCTOR, OTHER_DOCTOR)) == CLOSED


async def test_the_reply_to_inside_the_trust_space_is_answered_and_the_sender_is_not(world: World) -> None:
    doctor, citizen = await _people(world)
    await world.bal(OTHER_DOCTOR)
    letter = a_letter(doctor, CITIZEN, reply_to=OTHER_DOCTOR)
    await world.send(doctor, letter, CITIZEN)
    answer = a_letter(citizen, OTHER_DOCTOR, message_id="<2@x>", answers="<1@cabinet.mssante.fr>")
    assert (await world.send(citizen, answer, OTHER_DOCTOR)).is_positive
    assert str(await world.send(citizen, answer, DOCTOR)) == ONLY_OPENED


async def test_a_reply_to_does_not_let_a_sender_close_what_a_colleague_has_open(world: World) -> None:
    doctor, citizen = await _people(world)
    colleague = await world.bal(OTHER_DOCTOR)
    await world.send(colleague, a_letter(colleague, CITIZEN, message_id="<c@x>"), CITIZEN)
    fin = a_letter(doctor, CITIZEN, subject="[FIN]", reply_to=OTHER_DOCTOR, message_id="<f@x>")
    await world.send(doctor, fin, CITIZEN)
    answer = a_letter(citizen, OTHER_DOCTOR, message_id="<2@x>", answers="<c@x>")
    assert (await world.send(citizen, answer, OTHER_DOCTOR)).is_positive


async def test_a_conversation_closed_between_rcpt_and_data_refuses(world: World) -> None:
    doctor, citizen = await _people(world)
    await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
    envelope = Envelope(citizen.address, (doctor.address,))
    incoming = world.submissions.begin(SignedIn(citizen), envelope, "ESMTPSA")
    incoming.feed(a_letter(citizen, DOCTOR, message_id="<2@x>", answers="<1@cabinet.mssante.fr>"))
    ((pair, _),) = await world.oversight.pairs(doctor.address)
    await world.oversight.close(pair.conversation, "test")
    assert str((await world.submissions.submit(incoming)).reply) == CLOSED
    assert await world.inbox(doctor) == []


async def test_the_operator_closes_and_opens_and_the_citizen_is_told_once(world: World) -> None:
    doctor, citizen = await _people(world)
    await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
    ((pair, _),) = await world.oversight.pairs(citizen.address)
    assert len(await world.oversight.close(pair.conversation, "test")) == 1
    assert await world.oversight.close(pair.conversation, "test") == []
    await world.closing_notices.run_once(100)
    assert len(await world.inbox(citizen)) == 2
    assert len(await world.oversight.open(pair.conversation, "test", doctor.address)) == 1
    answer = a_letter(citizen, DOCTOR, message_id="<2@x>", answers="<1@cabinet.mssante.fr>")
    assert (await world.send(citizen, answer, DOCTOR)).is_positive
    with pytest.raises(ConversationUnknown):
        await world.oversight.close(pair.conversation, "test", citizen.address)


async def test_closing_an_account_closes_its_conversations(world: World) -> None:
    doctor, citizen = await _people(world)
    await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
    await world.change(doctor, ProfileAct.CLOSE)
    answer = a_letter(citizen, DOCTOR, message_id="<2@x>", answers="<1@cabinet.mssante.fr>")
    assert str(await world.send(citizen, answer, DOCTOR)).startswith("550 5.2.1 [MSS-ADR-4] ")
    with pytest.raises(AccountRefused):
        await world.change(doctor, ProfileAct.SUSPEND)


@pytest.mark.parametrize("field", ["To", "Cc", "Bcc"])
async def test_two_citizens_never_see_one_another_even_when_each_is_sent_a_copy_of_his_own(
    world: World, field: str
) -> None:
    doctor, citizen = await _people(world)
    await world.bal(OTHER_CITIZEN, BalKind.CITIZEN)
    shown = f"{field}: {CITIZEN}, {OTHER_CITIZEN}\r\n".encode()
    letter = shown + a_letter(doctor, CITIZEN).replace(f"To: {CITIZEN}\r\n".encode(), b"", 1)
    reply = await world.send(doctor, letter, CITIZEN)
    assert str(reply).startswith("550 5.7.1 [MSS-ADR-6] One citizen a message")
    assert await world.inbox(citizen) == []


async def test_nobody_becomes_answerable_who_is_no_professional_here(world: World) -> None:
    doctor, citizen = await _people(world)
    nobody = "personne@cabinet.mssante.fr"
    for number, field in enumerate(("cc", "reply_to"), 1):
        letter = a_letter(doctor, CITIZEN, message_id=f"<{number}@x>", **{field: nobody})  # type: ignore[arg-type]  # keywords by name
        await world.send(doctor, letter, CITIZEN)
        answer = a_letter(citizen, DOCTOR, message_id=f"<a{number}@x>", answers=f"<{number}@x>")
        assert (await world.send(citizen, answer, DOCTOR)).is_positive
    assert {pair.professional.key for pair, _ in await world.oversight.pairs()} == {DOCTOR}


async def test_a_header_of_two_thousand_professionals_opens_no_two_thousand_pairs(world: World) -> None:
    doctor, _ = await _people(world)
    await world.bal(OTHER_DOCTOR)
    crowd = ", ".join(f"d{number}@cabinet.mssante.fr" for number in range(1_900))
    letter = f"To: {CITIZEN},\r\n {crowd}, {OTHER_DOCTOR}\r\n".encode() + a_letter(doctor, "x@y.fr")
    assert (await world.send(doctor, letter, CITIZEN)).is_positive
    assert len(await world.oversight.pairs()) == 1


async def test_answering_to_all_does_not_open_what_a_colleague_has_closed(world: World) -> None:
    doctor, citizen = await _people(world)
    colleague = await world.bal(OTHER_DOCTOR)
    letter = a_letter(doctor, CITIZEN, cc=OTHER_DOCTOR)
    await world.send(doctor, letter, CITIZEN, OTHER_DOCTOR)
    await world.send(colleague, a_letter(colleague, CITIZEN, subject="[FIN]", message_id="<f@x>"), CITIZEN)
    to_all = a_letter(doctor, CITIZEN, cc=OTHER_DOCTOR, message_id="<2@x>", answers="<1@cabinet.mssante.fr>")
    assert (await world.send(doctor, to_all, CITIZEN, OTHER_DOCTOR)).is_positive
    answer = a_letter(citizen, DOCTOR, message_id="<3@x>", answers="<2@x>")
    assert str(await world.send(citizen, answer, OTHER_DOCTOR)) == CLOSED
    assert (await world.send(citizen, answer, DOCTOR)).is_positive
    own = a_letter(colleague, CITIZEN, message_id="<4@x>", answers="<2@x>")
    assert (await world.send(colleague, own, CITIZEN)).is_positive
    again = a_letter(citizen, OTHER_DOCTOR, message_id="<5@x>", answers="<2@x>")
    assert (await world.send(citizen, again, OTHER_DOCTOR)).is_positive


async def test_fin_from_a_professional_who_has_nothing_open_closes_nothing_and_opens_nothing(
    world: World,
) -> None:
    doctor, citizen = await _people(world)
    colleague = await world.bal(OTHER_DOCTOR)
    await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
    fin = a_letter(colleague, CITIZEN, subject="[FIN]", message_id="<f@x>")
    assert (await world.send(colleague, fin, CITIZEN)).is_positive
    letter, last_word = await world.inbox(citizen)  # and no notice
    assert letter.conversation != last_word.conversation
    answer = a_letter(citizen, OTHER_DOCTOR, message_id="<2@x>", answers="<f@x>")
    assert str(await world.send(citizen, answer, OTHER_DOCTOR)) == ONLY_OPENED
    assert {pair.professional.key for pair, _ in await world.oversight.pairs(open_only=True)} == {DOCTOR}


async def test_a_closed_conversation_opened_again_between_rcpt_and_data_accepts(world: World) -> None:
    doctor, citizen = await _people(world)
    for number in ("<1@x>", "<2@x>"):
        await world.send(doctor, a_letter(doctor, CITIZEN, message_id=number), CITIZEN)
    first, _ = await world.oversight.pairs(doctor.address)
    await world.oversight.close(first[0].conversation, "test")
    signed_in, envelope = SignedIn(citizen), Envelope(citizen.address, ())
    assert (await world.submissions.accepts_recipient(signed_in, envelope, doctor.address)).is_positive
    incoming = world.submissions.begin(signed_in, envelope.with_recipient(doctor.address), "ESMTPSA")
    incoming.feed(a_letter(citizen, DOCTOR, message_id="<3@x>", answers="<1@x>"))
    again = a_letter(doctor, CITIZEN, message_id="<4@x>", answers="<1@x>")
    assert (await world.send(doctor, again, CITIZEN)).is_positive
    assert (await world.submissions.submit(incoming)).reply.is_positive
