"""What becomes of a message for each of its recipients does not depend on who was named before whom."""

from itertools import permutations

from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR
from tests.support.letters import a_letter
from tests.support.world import World

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.fate import FateState
from vaguemestre.policy.profiles import ProfileAct

OPENING = "<1@cabinet.mssante.fr>"
HAS_CLOSED = "anne.petit@cabinet.mssante.fr"
IS_GONE = "luc.bernard@cabinet.mssante.fr"
NOBODY = "nobody@cabinet.mssante.fr"
NAMED = (DOCTOR, OTHER_DOCTOR, HAS_CLOSED, IS_GONE, NOBODY)


async def a_citizen_who_may_answer_one(world: World) -> Bal:
    """Of the five: one never wrote, one has closed, one's mailbox is closed, and one is nobody."""
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.bal(OTHER_DOCTOR)
    for address, number in ((DOCTOR, OPENING), (HAS_CLOSED, "<2@x>"), (IS_GONE, "<3@x>")):
        doctor = await world.bal(address)
        assert (await world.send(doctor, a_letter(doctor, CITIZEN, message_id=number), CITIZEN)).is_positive
        if address == HAS_CLOSED:
            fin = a_letter(doctor, CITIZEN, subject="[FIN]", message_id="<4@x>")
            assert (await world.send(doctor, fin, CITIZEN)).is_positive
        elif address == IS_GONE:
            await world.change(doctor, ProfileAct.CLOSE)
    return citizen


async def test_the_order_of_recipients_changes_nothing_of_what_becomes_of_them(world: World) -> None:
    citizen = await a_citizen_who_may_answer_one(world)
    seen = set()
    for number, named in enumerate(permutations(NAMED)):
        name = f"<answer-{number}@x>"
        answer = a_letter(citizen, DOCTOR, message_id=name, answers=OPENING)
        assert (await world.send_parted(citizen, answer, named, None)).code == 250
        (trace,) = await world.tracing.trace(name)
        seen.add(frozenset((fate.recipient.key, fate.state, fate.reason) for fate in trace.fates))
    (fates,) = seen
    assert {who: state for who, state, _ in fates if state is not FateState.REFUSED} == {
        DOCTOR: FateState.DELIVERED
    }
    assert {who: reason.split("]")[0] for who, state, reason in fates if state is FateState.REFUSED} == {
        OTHER_DOCTOR: "550 5.7.1 [MSS-CONV-0",
        HAS_CLOSED: "550 5.7.1 [MSS-CONV-0",  # it is another conversation that he has closed
        IS_GONE: "550 5.2.1 [MSS-ADR-4",
        NOBODY: "550 5.1.1 [MSS-ADR-3",
    }
