"""Answers find their conversation when their program dropped what leads to it. domain.md §2."""

from email import message_from_bytes
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.builders import CITIZEN, DOCTOR, OTHER_CITIZEN, OTHER_DOCTOR, a_policy
from tests.support.letters import a_letter
from tests.support.world import World, a_world

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.policy.limits import CitizenMayWrite, ReplyWithoutReference
from vaguemestre.policy.subjects import says_reply
from vaguemestre.service.conversations.life import IdentifierDigest
from vaguemestre.service.conversations.references import FIELD, ConversationReferences


async def _opened(world: World, *names: str) -> tuple[Bal, Bal]:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    for name in names:
        assert (await world.send(doctor, a_letter(doctor, CITIZEN, message_id=name), CITIZEN)).is_positive
    return doctor, citizen


async def _token(world: World, bal: Bal, at: int = 0) -> str:
    message = message_from_bytes(await world.octets((await world.inbox(bal))[at]))
    return str(message[FIELD])


def _giving_back(letter: bytes, *tokens: str) -> bytes:
    return "".join(f"{FIELD}: {token}\r\n" for token in tokens).encode() + letter


async def test_what_both_sides_receive_carries_the_conversation_and_mail_between_professionals_does_not(
    world: World,
) -> None:
    doctor, citizen = await _opened(world, "<1@x>")
    colleague = await world.bal(OTHER_DOCTOR)
    answer = a_letter(citizen, DOCTOR, message_id="<2@x>", answers="<1@x>")
    assert (await world.send(citizen, answer, DOCTOR)).is_positive
    await world.send(doctor, a_letter(doctor, OTHER_DOCTOR, message_id="<3@x>"), OTHER_DOCTOR)
    assert len(await _token(world, citizen)) == len(await _token(world, doctor)) == 32
    assert await _token(world, colleague) == "None"


async def test_a_citizens_answer_without_any_reference_finds_it_by_what_it_gives_back(world: World) -> None:
    doctor, citizen = await _opened(world, "<1@x>", "<2@x>")
    second = await _token(world, citizen, 1)
    answer = a_letter(citizen, DOCTOR, subject="Bonjour", message_id="<3@x>")
    assert (await world.send(citizen, _giving_back(answer, second), DOCTOR)).is_positive
    (answered,) = await world.inbox(doctor)
    assert answered.conversation == (await world.inbox(citizen))[1].conversation


async def test_practice_software_goes_on_in_it_and_closes_it(world: World) -> None:
    doctor, citizen = await _opened(world, "<1@x>", "<2@x>")
    first = await _token(world, citizen)
    letter = a_letter(doctor, CITIZEN, message_id="<3@x>", mss_mes="FIN")
    assert (await world.send(doctor, _giving_back(letter, first), CITIZEN)).is_positive
    is_open = [pair.conversation for pair, _ in await world.oversight.pairs(open_only=True)]
    assert is_open == [(await world.inbox(citizen))[1].conversation]


async def test_it_opens_nothing_that_is_closed(world: World) -> None:
    doctor, citizen = await _opened(world, "<1@x>")
    token = await _token(world, citizen)
    await world.send(doctor, a_letter(doctor, CITIZEN, subject="[FIN]", message_id="<2@x>"), CITIZEN)
    answer = _giving_back(a_letter(citizen, DOCTOR, message_id="<3@x>"), token)
    assert (await world.send(citizen, answer, DOCTOR)).code == 550


async def test_it_is_worth_nothing_in_another_mailbox_or_to_another_professional(world: World) -> None:
    doctor, citizen = await _opened(world, "<1@x>")
    other = await world.bal(OTHER_CITIZEN, BalKind.CITIZEN)
    colleague = await world.bal(OTHER_DOCTOR)
    for letter, name in ((a_letter(doctor, OTHER_CITIZEN, message_id=n), n) for n in ("<o1@x>", "<o2@x>")):
        assert (await world.send(doctor, letter, OTHER_CITIZEN)).is_positive, name
    token = await _token(world, citizen)
    stolen = _giving_back(a_letter(other, DOCTOR, message_id="<3@x>"), token)
    assert (await world.send(other, stolen, DOCTOR)).code == 550
    elsewhere = _giving_back(a_letter(citizen, OTHER_DOCTOR, message_id="<4@x>"), token)
    assert (await world.send(citizen, elsewhere, OTHER_DOCTOR)).code == 550
    assert await world.inbox(colleague) == []


async def test_what_was_made_up_or_cut_is_passed_over(world: World) -> None:
    _, citizen = await _opened(world, "<1@x>", "<2@x>")
    token = await _token(world, citizen)
    bad = (token[:-4] + "AAAA", token[:20], "é", "", "A" * 5000)
    answer = _giving_back(a_letter(citizen, DOCTOR, message_id="<3@x>"), *bad[:3])
    assert (await world.send(citizen, answer, DOCTOR)).code == 550
    answer = _giving_back(a_letter(citizen, DOCTOR, message_id="<4@x>"), *bad[3:])
    assert (await world.send(citizen, answer, DOCTOR)).code == 550


@given(st.text(max_size=60))
def test_nothing_that_is_made_up_is_taken(value: str) -> None:
    references = ConversationReferences(b"k" * 32, IdentifierDigest(b"k" * 32))
    assert references.read([value]) == []


@given(st.text(min_size=1, max_size=80))
def test_what_was_made_is_taken_by_whoever_has_the_key_and_nobody_else(name: str) -> None:
    digest = IdentifierDigest(b"k" * 32)
    ours = ConversationReferences(b"k" * 32, digest)
    token = ours.field_of(name).removeprefix(f"{FIELD}: ")
    assert ours.read([token, f" {token}"]) == digest.of([name])
    assert ConversationReferences(b"j" * 32, digest).read([token]) == []


@pytest.mark.parametrize("kept", [["In-Reply-To"], ["References"], ["In-Reply-To", "References"]])
async def test_one_field_of_the_two_is_enough(world: World, kept: list[str]) -> None:
    doctor, citizen = await _opened(world, "<1@x>", "<2@x>")
    letter = a_letter(citizen, DOCTOR, subject="Re: Compte rendu", message_id="<3@x>")
    fields = "".join(f"{name}: <1@x>\r\n" for name in kept).encode()
    assert (await world.send(citizen, fields + letter, DOCTOR)).is_positive
    (answered,) = await world.inbox(doctor)
    assert answered.conversation == (await world.inbox(citizen))[0].conversation


async def test_the_furthest_message_named_is_found_where_the_nearer_ones_are_unknown(world: World) -> None:
    doctor, citizen = await _opened(world, "<1@x>", "<2@x>")
    letter = a_letter(citizen, DOCTOR, message_id="<3@x>")
    named = b"In-Reply-To: <lost@elsewhere>\r\nReferences: <1@x> <gone@elsewhere>\r\n <lost@elsewhere>\r\n"
    assert (await world.send(citizen, named + letter, DOCTOR)).is_positive
    assert len(await world.inbox(doctor)) == 1


async def test_a_reply_that_names_nothing_belongs_to_the_only_open_conversation(world: World) -> None:
    doctor, citizen = await _opened(world, "<1@x>")
    reply = a_letter(citizen, DOCTOR, subject="RE : Compte rendu", message_id="<2@x>")
    assert (await world.send(citizen, reply, DOCTOR)).is_positive
    (answered,) = await world.inbox(doctor)
    assert answered.conversation == (await world.inbox(citizen))[0].conversation
    anew = a_letter(citizen, DOCTOR, subject="Autre chose", message_id="<3@x>")
    assert (await world.send(citizen, anew, DOCTOR)).code == 550


async def test_with_two_open_conversations_nobody_can_tell_and_it_is_refused(world: World) -> None:
    doctor, citizen = await _opened(world, "<1@x>", "<2@x>")
    reply = a_letter(citizen, DOCTOR, subject="Re: Compte rendu", message_id="<3@x>")
    assert (await world.send(citizen, reply, DOCTOR)).code == 550
    await world.send(
        doctor, a_letter(doctor, CITIZEN, mss_mes="FIN", message_id="<4@x>", answers="<1@x>"), CITIZEN
    )
    assert (await world.send(citizen, reply, DOCTOR)).is_positive


async def test_a_reply_that_names_what_is_unknown_is_not_presumed(world: World) -> None:
    _, citizen = await _opened(world, "<1@x>")
    reply = a_letter(citizen, DOCTOR, subject="Re: Bonjour", message_id="<2@x>", answers="<lost@elsewhere>")
    assert (await world.send(citizen, reply, DOCTOR)).code == 550


async def test_a_reply_to_two_professionals_is_presumed_in_the_conversation_they_share(world: World) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    colleague = await world.bal(OTHER_DOCTOR)
    shared = a_letter(doctor, CITIZEN, cc=OTHER_DOCTOR, message_id="<1@x>")
    assert (await world.send(doctor, shared, CITIZEN, OTHER_DOCTOR)).is_positive
    reply = a_letter(citizen, DOCTOR, cc=OTHER_DOCTOR, subject="Re: x", message_id="<2@x>")
    assert (await world.send(citizen, reply, DOCTOR, OTHER_DOCTOR)).is_positive
    await world.send(colleague, a_letter(colleague, CITIZEN, subject="[FIN]", message_id="<3@x>"), CITIZEN)
    await world.send(colleague, a_letter(colleague, CITIZEN, message_id="<4@x>"), CITIZEN)
    apart = a_letter(citizen, DOCTOR, cc=OTHER_DOCTOR, subject="Re: x", message_id="<5@x>")
    assert (await world.send(citizen, apart, DOCTOR, OTHER_DOCTOR)).code == 550


@pytest.mark.parametrize(
    ("setting", "subject", "taken"),
    [
        (ReplyWithoutReference.REFUSE, "Re: Compte rendu", False),
        (ReplyWithoutReference.IF_REPLY, "Compte rendu", False),
        (ReplyWithoutReference.IF_ONE_OPEN, "Compte rendu", True),
    ],
)
async def test_the_setting_says_what_is_presumed(
    tmp_path: Path, setting: ReplyWithoutReference, subject: str, taken: bool
) -> None:
    async with a_world(tmp_path, a_policy(reply_without_reference=setting)) as world:
        _, citizen = await _opened(world, "<1@x>")
        letter = a_letter(citizen, DOCTOR, subject=subject, message_id="<2@x>")
        assert (await world.send(citizen, letter, DOCTOR)).is_positive is taken


async def test_where_he_may_write_anew_a_reply_still_belongs_to_its_conversation(tmp_path: Path) -> None:
    async with a_world(tmp_path, a_policy(CitizenMayWrite.WHILE_OPEN)) as world:
        doctor, citizen = await _opened(world, "<1@x>")
        for subject, name in (("Re: Compte rendu", "<2@x>"), ("Autre chose", "<3@x>")):
            letter = a_letter(citizen, DOCTOR, subject=subject, message_id=name)
            assert (await world.send(citizen, letter, DOCTOR)).is_positive
        first = (await world.inbox(citizen))[0].conversation
        assert [row.conversation == first for row in await world.inbox(doctor)] == [True, False]


@pytest.mark.parametrize(
    "subject",
    ["Re: a", "RE : a", "re:a", "Rép : a", "REP: a", "AW: a", "Antw: a", "SV: a", "Re[2]: a", "[x] Re: a"],
)
def test_replies_as_programs_mark_them(subject: str) -> None:
    assert says_reply(subject)


@pytest.mark.parametrize(
    "subject", ["", "Fwd: a", "TR: a", "Réf : 12", "Rendez-vous : a", "Retour: a", "a Re: b"]
)
def test_what_is_no_reply(subject: str) -> None:
    assert not says_reply(subject)
