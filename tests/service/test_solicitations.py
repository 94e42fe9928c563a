"""A professional sets how much citizens may write before he answers. domain.md §2."""

import itertools
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR
from tests.support.letters import a_letter
from tests.support.world import World

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.policy.solicitation import NO_BUDGET
from vaguemestre.service.accounts.keeping import AccountRefused, AccountUnknown
from vaguemestre.service.conversations.oversight import ConversationUnknown
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.solicitation import Counted

_numbers = itertools.count(1)


async def two_people(world: World) -> tuple[Bal, Bal]:
    """A doctor who has written to a citizen."""
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.send(doctor, a_letter(doctor, CITIZEN, message_id="<first@x>"), CITIZEN)
    return doctor, citizen


async def answers(world: World, citizen: Bal, to: str = "<first@x>", whom: str = DOCTOR) -> str:
    """The citizen answers once more: the rule that refused, or nothing."""
    octets = a_letter(citizen, whom, answers=to, subject="Re: x", message_id=f"<{next(_numbers)}@y>")
    return (await world.send(citizen, octets, whom)).identifier


async def writes(world: World, doctor: Bal, to: str, **letter: str) -> None:
    octets = a_letter(doctor, to, **{"message_id": f"<{next(_numbers)}@x>", **letter})  # type: ignore[arg-type]  # texts alone
    assert (await world.send(doctor, octets, to)).is_positive


async def told(world: World, bal: Bal) -> EmailMessage:
    """What the service answered, which is the newest message."""
    await world.mail_answers.run_once(100)
    message = message_from_bytes(await world.octets((await world.inbox(bal))[-1]), policy=default)
    assert isinstance(message, EmailMessage)
    return message


async def test_without_a_budget_nobody_is_counted_out(world: World) -> None:
    _, citizen = await two_people(world)
    assert {await answers(world, citizen) for _ in range(5)} == {""}


async def test_a_message_to_himself_sets_it_and_his_answer_begins_the_count_again(world: World) -> None:
    doctor, citizen = await two_people(world)
    await writes(world, doctor, DOCTOR, subject="[BUDGET] 2", message_id="<asked@x>")
    message = await told(world, doctor)
    assert "Réglage enregistré" in message["Subject"]
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["In-Reply-To"] == "<asked@x>"
    assert "2 fois" in message.get_content()
    assert [await answers(world, citizen) for _ in range(3)] == ["", "", "MSS-BUD-1"]
    await writes(world, doctor, CITIZEN, answers="<first@x>")
    assert [await answers(world, citizen) for _ in range(3)] == ["", "", "MSS-BUD-1"]
    await writes(world, doctor, DOCTOR, subject="[BUDGET] aucun")
    assert await answers(world, citizen) == ""
    assert (await world.solicitations.show(doctor.address)).usual.budget is None
    journal = await world.store.read(lambda tx: tx.journal.entries(doctor.id, "reply_budget_set", 10))
    assert [entry.detail["budget"] for entry in journal] == ["none", "2"]
    assert {entry.actor for entry in journal} == {f"bal:{doctor.id}"}


async def test_what_was_written_before_the_budget_counts(world: World) -> None:
    doctor, citizen = await two_people(world)
    assert [await answers(world, citizen) for _ in range(2)] == ["", ""]
    await writes(world, doctor, DOCTOR, subject="[BUDGET] 2")
    assert await answers(world, citizen) == "MSS-BUD-1"


async def test_a_colleague_who_answers_begins_nobody_elses_count_again(world: World) -> None:
    doctor, citizen = await two_people(world)
    colleague = await world.bal(OTHER_DOCTOR)
    await world.solicitations.set_budget(doctor.address, 1, "test")
    assert [await answers(world, citizen) for _ in range(2)] == ["", "MSS-BUD-1"]
    await writes(world, colleague, CITIZEN, answers="<first@x>")
    assert await answers(world, citizen) == "MSS-BUD-1"
    assert await answers(world, citizen, whom=OTHER_DOCTOR) == ""


async def test_a_letter_that_asks_for_answers_elsewhere_begins_the_count_there(world: World) -> None:
    doctor, citizen = await two_people(world)
    colleague = await world.bal(OTHER_DOCTOR)
    await world.solicitations.set_budget(doctor.address, 1, "test")
    assert [await answers(world, citizen) for _ in range(2)] == ["", "MSS-BUD-1"]
    await writes(world, colleague, CITIZEN, answers="<first@x>", reply_to=DOCTOR)
    assert await answers(world, citizen) == ""


async def test_in_a_letter_it_is_for_that_conversation_and_the_letter_arrives(world: World) -> None:
    doctor, citizen = await two_people(world)
    await world.solicitations.set_budget(doctor.address, 1, "test")
    subject = "[BUDGET] 3 Votre traitement"
    await writes(world, doctor, CITIZEN, subject=subject, answers="<first@x>", message_id="<asked@x>")
    assert len(await world.inbox(citizen)) == 2
    message = await told(world, doctor)
    assert "cette conversation seule" in message.get_content()
    assert message["In-Reply-To"] == "<asked@x>"
    assert [await answers(world, citizen) for _ in range(4)] == ["", "", "", "MSS-BUD-1"]
    wishes = await world.solicitations.show(doctor.address)
    assert wishes.overrides == [Counted(ConversationId(1), 3, 3)]
    await writes(world, doctor, CITIZEN, subject="[BUDGET] aucun", answers="<first@x>")
    assert {await answers(world, citizen) for _ in range(5)} == {""}
    await writes(world, doctor, CITIZEN, subject="[BUDGET] habituel", answers="<first@x>")
    assert "suit de nouveau" in (await told(world, doctor)).get_content()
    assert [await answers(world, citizen) for _ in range(2)] == ["", "MSS-BUD-1"]


@pytest.mark.parametrize("to", [DOCTOR, CITIZEN])
async def test_what_cannot_be_understood_changes_nothing_and_is_said(world: World, to: str) -> None:
    doctor, citizen = await two_people(world)
    await world.solicitations.set_budget(doctor.address, 1, "test")
    await writes(world, doctor, to, subject="[BUDGET] trois", answers="<first@x>")
    message = await told(world, doctor)
    assert "Réglage non compris" in message["Subject"]
    assert "trois" not in message.get_content()
    assert [await answers(world, citizen) for _ in range(2)] == ["", "MSS-BUD-1"]


async def test_a_citizen_and_a_letter_to_a_colleague_set_nothing(world: World) -> None:
    doctor, citizen = await two_people(world)
    await world.bal(OTHER_DOCTOR)
    await writes(world, doctor, OTHER_DOCTOR, subject="[BUDGET] 1")
    octets = a_letter(citizen, DOCTOR, answers="<first@x>", subject="[BUDGET] 1")
    assert (await world.send(citizen, octets, DOCTOR)).is_positive
    assert await world.store.read(lambda tx: tx.owed_answers.due(10)) == []
    assert (await world.solicitations.show(doctor.address)).usual.budget is None


async def test_a_read_receipt_is_neither_counted_nor_refused_nor_an_answer(world: World) -> None:
    doctor, citizen = await two_people(world)
    await world.solicitations.set_budget(doctor.address, 1, "test")
    assert await answers(world, citizen) == ""
    octets = a_receipt(str(citizen.address), DOCTOR)
    assert (await world.send_parted(citizen, octets, [DOCTOR], None)).is_positive
    receipt = a_receipt(DOCTOR, str(citizen.address))
    assert (await world.send_parted(doctor, receipt, [CITIZEN], None)).is_positive
    assert await answers(world, citizen) == "MSS-BUD-1"


def a_receipt(sender: str, to: str) -> bytes:
    """RFC 8098: that the first letter was displayed."""
    lines = (
        f"From: {sender}",
        f"To: {to}",
        f"Message-ID: <{next(_numbers)}@receipt>",
        "References: <first@x>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "Lu.",
        "--b",
        "Content-Type: message/disposition-notification",
        "",
        f"Final-Recipient: rfc822;{sender}",
        "Original-Message-ID: <first@x>",
        "Disposition: automatic-action/MDN-sent-automatically; displayed",
        "",
        "--b--",
        "",
    )
    return "\r\n".join(lines).encode()


async def test_the_operator_sets_it_for_a_professional_and_for_a_conversation_of_his(world: World) -> None:
    doctor, citizen = await two_people(world)
    number = ConversationId(1)
    await world.solicitations.set_override(doctor.address, number, NO_BUDGET, "test")
    assert (await world.solicitations.show(doctor.address)).overrides == [Counted(number, 0, NO_BUDGET)]
    with pytest.raises(ConversationUnknown):
        await world.solicitations.set_override(doctor.address, ConversationId(99), 1, "test")
    with pytest.raises(AccountRefused):
        await world.solicitations.set_budget(citizen.address, 1, "test")
    with pytest.raises(AccountUnknown):
        await world.solicitations.show(replace(citizen.address, local="personne"))


async def test_an_answer_owed_to_who_left_is_told_to_nobody(world: World) -> None:
    doctor, _ = await two_people(world)
    await writes(world, doctor, DOCTOR, subject="[BUDGET] 2")
    before = len(await world.inbox(doctor))
    await world.change(doctor, ProfileAct.CLOSE)
    await world.mail_answers.run_once(10)
    assert await world.store.read(lambda tx: tx.owed_answers.due(10)) == []
    assert len(await world.inbox(doctor)) == before


async def quiet_evening(world: World) -> tuple[Bal, Bal]:
    """Sunday noon, and a doctor who reads from Monday to Friday."""
    doctor, citizen = await two_people(world)
    await writes(world, doctor, DOCTOR, subject="[HORAIRES] lun-ven 9h-18h", message_id="<asked@x>")
    await world.mail_answers.run_once(10)
    return doctor, citizen


async def test_at_quiet_hours_a_citizen_is_answered_once_and_his_message_is_there(world: World) -> None:
    doctor, citizen = await quiet_evening(world)
    before = len(await world.inbox(doctor))
    octets = a_letter(citizen, DOCTOR, answers="<first@x>", subject="Re: x", message_id="<question@y>")
    assert (await world.send(citizen, octets, DOCTOR)).is_positive
    message = await told(world, citizen)
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["Return-Path"] == "<>"
    assert message["From"] == DOCTOR
    assert message["In-Reply-To"] == message["References"] == "<question@y>"
    text = message.get_content()
    assert "lun-ven 9h-18h (Europe/Paris)" in text
    assert "mon-fri 9:00-18:00 (Europe/Paris)" in text
    assert "15" in text
    assert await answers(world, citizen) == ""
    assert await world.mail_answers.run_once(10) == 0
    assert len(await world.inbox(doctor)) == before + 2
    row = (await world.inbox(citizen))[-1]
    assert row.conversation == ConversationId(1)
    (entry,) = await world.store.read(lambda tx: tx.journal.entries(citizen.id, "answered_by_itself", 10))
    assert entry.detail == {"conversation": "1", "professional": DOCTOR}


async def test_he_may_answer_the_automatic_answer_and_it_stays_in_the_conversation(world: World) -> None:
    _, citizen = await quiet_evening(world)
    await answers(world, citizen)
    name = str((await told(world, citizen))["Message-ID"])
    assert await answers(world, citizen, to=name) == ""
    assert {row.conversation for row in await world.inbox(citizen)} == {ConversationId(1)}


async def test_the_next_quiet_time_and_another_conversation_are_answered_again(world: World) -> None:
    doctor, citizen = await quiet_evening(world)
    await writes(world, doctor, CITIZEN, message_id="<second@x>")
    for to in ("<first@x>", "<second@x>", "<first@x>"):
        await answers(world, citizen, to=to)
    assert await world.mail_answers.run_once(10) == 2
    world.clock.pass_(days=1)  # Monday noon, UTC
    await answers(world, citizen)
    assert await world.mail_answers.run_once(10) == 0
    world.clock.pass_(hours=6)
    await answers(world, citizen)
    assert await world.mail_answers.run_once(10) == 1


async def test_the_automatic_answer_is_no_answer_of_his(world: World) -> None:
    doctor, citizen = await quiet_evening(world)
    await world.solicitations.set_budget(doctor.address, 1, "test")
    assert await answers(world, citizen) == ""
    await world.mail_answers.run_once(10)
    assert await answers(world, citizen) == "MSS-BUD-1"


async def test_a_receipt_and_what_came_by_itself_are_answered_by_nobody(world: World) -> None:
    _, citizen = await quiet_evening(world)
    assert (await world.send(citizen, a_receipt(CITIZEN, DOCTOR), DOCTOR)).is_positive
    octets = a_letter(citizen, DOCTOR, answers="<first@x>", message_id="<away@y>")
    octets = b"Auto-Submitted: auto-replied\r\n" + octets
    assert (await world.send(citizen, octets, DOCTOR)).is_positive
    assert await world.mail_answers.run_once(10) == 0


async def test_no_hours_no_answer_and_wrong_hours_change_nothing(world: World) -> None:
    doctor, citizen = await quiet_evening(world)
    await writes(world, doctor, DOCTOR, subject="[HORAIRES] tous les jours")
    message = await told(world, doctor)
    assert "Réglage non compris" in message["Subject"]
    assert "tous les jours" not in message.get_content()
    assert str((await world.solicitations.show(doctor.address)).usual.hours) == "lun-ven 9h-18h"
    await answers(world, citizen)  # owed, and the hours are taken back before it is paid
    await writes(world, doctor, DOCTOR, subject="[HORAIRES] aucun")
    before = len(await world.inbox(citizen))
    await world.mail_answers.run_once(10)
    assert len(await world.inbox(citizen)) == before


async def test_what_he_adds_is_in_the_answer_and_settings_do_not_undo_one_another(world: World) -> None:
    doctor, citizen = await quiet_evening(world)
    await world.solicitations.set_answer(doctor.address, "Le secrétariat répond au 01 99 00 00 00.", "test")
    await world.solicitations.set_budget(doctor.address, 5, "test")
    await answers(world, citizen)
    assert "01 99 00 00 00" in (await told(world, citizen)).get_content()
    with pytest.raises(AccountRefused):
        await world.solicitations.set_answer(doctor.address, "x" * 501, "test")
    with pytest.raises(AccountRefused):
        await world.solicitations.set_answer(doctor.address, "Deux\nlignes", "test")


async def test_what_he_adds_is_set_by_mail_too_and_kept_out_of_what_confirms_it(world: World) -> None:
    doctor, citizen = await two_people(world)
    await writes(world, doctor, DOCTOR, subject="[Réponse] Urgences dentaires : 01 99 00 00 01.")
    assert "vos heures de lecture" in (await told(world, doctor)).get_content()
    await writes(world, doctor, DOCTOR, subject="[HORAIRES] lun-ven 9h-18h")
    await world.mail_answers.run_once(10)
    await answers(world, citizen)
    assert "Urgences dentaires : 01 99 00 00 01." in (await told(world, citizen)).get_content()
    await writes(world, doctor, DOCTOR, subject="[REPONSE] " + "x" * 501)
    assert "Réglage non compris" in (await told(world, doctor))["Subject"]
    await writes(world, doctor, DOCTOR, subject="[REPONSE] Je suis à l'étranger.")
    message = await told(world, doctor)
    assert "Réglage enregistré" in message["Subject"]
    assert "étranger" not in message.get_content()
    await writes(world, doctor, DOCTOR, subject="[REPONSE] aucune")
    assert (await world.solicitations.show(doctor.address)).usual.answer is None


async def test_a_message_that_came_through_a_list_is_answered_by_nobody(world: World) -> None:
    _, citizen = await quiet_evening(world)
    for field in (b"List-Id: <voisins.example>\r\n", b"Precedence: bulk\r\n"):
        octets = a_letter(citizen, DOCTOR, answers="<first@x>", message_id=f"<{next(_numbers)}@y>")
        assert (await world.send(citizen, field + octets, DOCTOR)).is_positive
    assert await world.mail_answers.run_once(10) == 0


async def test_nobody_is_answered_in_a_conversation_that_was_closed_meanwhile(world: World) -> None:
    doctor, citizen = await quiet_evening(world)
    await answers(world, citizen)
    await writes(world, doctor, CITIZEN, subject="[FIN]")
    before = len(await world.inbox(citizen))
    await world.mail_answers.run_once(10)
    assert len(await world.inbox(citizen)) == before


async def switched_off(world: World, bal: Bal) -> list[JournalEntry]:
    return await world.store.read(lambda tx: tx.journal.entries(bal.id, "contact_switched_off", 9))


async def test_who_is_told_outside_switches_it_himself_by_a_message_to_himself(world: World) -> None:
    doctor, citizen = await two_people(world)
    for bal in (doctor, citizen):
        await writes(world, bal, str(bal.address), subject="[NOTIFICATIONS] oui")
        assert "Réglage impossible" in (await told(world, bal))["Subject"]
        await world.tell(bal, "quelquun@ailleurs.example")
        await writes(world, bal, str(bal.address), subject="[Notifications] non")
        assert "Réglage enregistré" in (await told(world, bal))["Subject"]
        shown = await world.contacts.show(bal.address)
        assert shown is not None
        assert not shown.is_on
        await writes(world, bal, str(bal.address), subject="[NOTIFICATIONS] peut-être")
        assert "Réglage non compris" in (await told(world, bal))["Subject"]
        await writes(world, bal, str(bal.address), subject="[NOTIFICATIONS] oui")
        assert "averti" in (await told(world, bal)).get_content()
        shown = await world.contacts.show(bal.address)
        assert shown is not None
        assert shown.is_on
        journal = await switched_off(world, bal)
        assert [entry.actor for entry in journal] == [f"bal:{bal.id}"]


async def test_a_citizen_writes_to_himself_for_that_alone_and_no_conversation_begins(world: World) -> None:
    _, citizen = await two_people(world)
    for subject in ("Aide-mémoire", "[BUDGET] 3", "[HORAIRES] lun 9h-12h"):
        reply = await world.send(citizen, a_letter(citizen, CITIZEN, subject=subject), CITIZEN)
        assert reply.identifier == "MSS-CONV-5"
    await writes(world, citizen, CITIZEN, subject="[NOTIFICATIONS] non")
    pairs = await world.store.read(lambda tx: tx.conversations.pairs(citizen=citizen.id))
    assert [str(pair.professional) for pair in pairs] == [DOCTOR]
    assert (await world.inbox(citizen))[-1].conversation is None
    both = a_letter(citizen, CITIZEN, cc=DOCTOR, answers="<first@x>", subject="[NOTIFICATIONS] non")
    assert (await world.send(citizen, both, CITIZEN, DOCTOR)).is_positive
    pairs = await world.store.read(lambda tx: tx.conversations.pairs(citizen=citizen.id))
    assert [str(pair.professional) for pair in pairs] == [DOCTOR]
