"""Random histories of professionals and citizens, each step checked against a policy told a second time.

Both worlds must always agree: the reply to every letter, and the state of every side of every conversation.
How many histories a run plays is ``VAGUEMESTRE_HISTORIES``: some dozens in `make test`, thousands in
`make histories`.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from tests.model.reference import ACCEPTED, Reference, Sent
from tests.model.town import Town

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.mail.correspondent import Party
from vaguemestre.mail.mailbox import MessageRow
from vaguemestre.mail.reply import Reply
from vaguemestre.policy.limits import CitizenMayWrite

HISTORIES = int(os.environ.get("VAGUEMESTRE_HISTORIES", "40"))
DOCTORS = ("claire", "paul", "sophie")
ELSEWHERE = "anne"  # a doctor at another operator
CITIZENS = ("dominique", "ruth")
FAR = "camille"  # a citizen at that operator

doctors = st.sampled_from((*DOCTORS, ELSEWHERE))
citizens = st.sampled_from(CITIZENS)
all_citizens = st.sampled_from((*CITIZENS, FAR))
budgets = st.sampled_from([None, 1, 2])
hours_of_reading = st.sampled_from([None, (9, 18), (8, 12), (0, 20)])


class Answer(NamedTuple):
    """A citizen's message as the professional received it."""

    professional: str
    row: MessageRow
    thread: int


class Histories(RuleBasedStateMachine):
    """One history: professionals and citizens, one of each elsewhere, all they may do in any order."""

    town: Town

    letters: Bundle[Sent] = Bundle("letters")
    received: Bundle[Answer] = Bundle("received")

    def __init__(self) -> None:
        super().__init__()
        self.reference = Reference(self.town.mode is CitizenMayWrite.WHILE_OPEN)
        self.here: dict[str, Bal] = {name: self.town.professional(name) for name in DOCTORS}
        self.here |= {name: self.town.citizen() for name in CITIZENS}
        self.people: dict[str, Party] = {
            **self.here,
            ELSEWHERE: self.town.professional_elsewhere(ELSEWHERE),
            FAR: self.town.citizen_elsewhere(),
        }
        self.sent = 0
        self.conversations: dict[int, ConversationId] = {}

    def _identifier(self, sender: str) -> str:
        self.sent += 1
        return f"<{self.sent}.{self.people[sender].address}>"

    @rule(target=letters, sender=doctors, citizen=all_citizens)
    def professional_writes(self, sender: str, citizen: str) -> MultipleResults[Sent] | Sent:
        return self._professional_writes(sender, citizen, None)

    @rule(target=letters, sender=doctors, answered=letters)
    def professional_answers(self, sender: str, answered: Sent) -> MultipleResults[Sent] | Sent:
        return self._professional_writes(sender, answered.citizen, answered.message_id)

    @rule(target=letters, sender=doctors, copy=doctors, citizen=all_citizens)
    def professional_writes_with_a_copy(
        self, sender: str, copy: str, citizen: str
    ) -> MultipleResults[Sent] | Sent:
        return self._professional_writes(sender, citizen, None, copy=copy)

    @rule(target=letters, sender=doctors, copy=doctors, answered=letters)
    def professional_answers_with_a_copy(
        self, sender: str, copy: str, answered: Sent
    ) -> MultipleResults[Sent] | Sent:
        return self._professional_writes(sender, answered.citizen, answered.message_id, copy=copy)

    @rule(target=letters, sender=doctors, reply_to=doctors, citizen=all_citizens)
    def professional_asks_for_answers_elsewhere(
        self, sender: str, reply_to: str, citizen: str
    ) -> MultipleResults[Sent] | Sent:
        return self._professional_writes(sender, citizen, None, reply_to=reply_to)

    @rule(target=letters, sender=doctors, citizen=all_citizens)
    def professional_ends_everything(self, sender: str, citizen: str) -> MultipleResults[Sent] | Sent:
        return self._professional_writes(sender, citizen, None, closing="subject")

    @rule(target=letters, sender=doctors, answered=letters)
    def professional_ends_one(self, sender: str, answered: Sent) -> MultipleResults[Sent] | Sent:
        return self._professional_writes(sender, answered.citizen, answered.message_id, closing="header")

    @rule(professional=st.sampled_from(DOCTORS), budget=budgets)
    def professional_sets_a_budget(self, professional: str, budget: int | None) -> None:
        self.town.budget(self.here[professional], budget, self._identifier(professional))
        self.reference.budgets[professional] = budget

    @rule(professional=st.sampled_from(DOCTORS), hours=hours_of_reading)
    def professional_sets_his_hours(self, professional: str, hours: tuple[int, int] | None) -> None:
        self.town.hours(self.here[professional], hours, self._identifier(professional))
        self.reference.hours[professional] = hours or (0, 24)

    @rule(target=letters, sender=doctors, answered=letters, word=st.sampled_from(["1", "aucun", "habituel"]))
    def professional_sets_a_budget_here(
        self, sender: str, answered: Sent, word: str
    ) -> MultipleResults[Sent] | Sent:
        return self._professional_writes(sender, answered.citizen, answered.message_id, budget_here=word)

    @rule(target=received, citizen=all_citizens, professional=doctors)
    def citizen_writes_anew(self, citizen: str, professional: str) -> MultipleResults[Answer] | Answer:
        return self._citizen_writes(citizen, professional, None)

    @rule(target=received, citizen=all_citizens, professional=doctors, answered=letters)
    def citizen_answers(
        self, citizen: str, professional: str, answered: Sent
    ) -> MultipleResults[Answer] | Answer:
        """Whichever letter it is: his own, one to somebody else, one of another professional."""
        return self._citizen_writes(citizen, professional, answered.message_id)

    @rule(target=received, citizen=all_citizens, professional=doctors)
    def citizen_answers_and_names_nothing(
        self, citizen: str, professional: str
    ) -> MultipleResults[Answer] | Answer:
        return self._citizen_writes(citizen, professional, None, says_reply=True)

    @rule(target=received, answered=letters)
    def citizen_answers_his_letter(self, answered: Sent) -> MultipleResults[Answer] | Answer:
        return self._citizen_writes(answered.citizen, sorted(answered.professionals)[0], answered.message_id)

    @rule(message=consumes(received), by_folder=st.booleans())
    def professional_closes_in_his_client(self, message: Answer, by_folder: bool) -> None:
        if message.row.uid not in {row.uid for row in self.town.inbox(self.here[message.professional])}:
            return  # it has expired meanwhile
        close = self.town.close_by_folder if by_folder else self.town.close_by_keyword
        close(self.here[message.professional], message.row)
        self.reference.close([(message.thread, message.professional)], "CONV-2")

    @rule(letter=letters, opens=st.booleans())
    def operator_decides(self, letter: Sent, opens: bool) -> None:
        sides = [side for side in self.reference.sides if side[0] == letter.thread]
        if not sides:
            return  # nobody ever had a side of it: there is nothing to be found by the operator
        if opens:
            self.town.operator_opens(self.conversations[letter.thread])
            self.reference.reopen(letter.thread)
        else:
            self.town.operator_closes(self.conversations[letter.thread])
            self.reference.close(sides, "CONV-2")

    @rule(citizen=citizens)
    def profile_closes(self, citizen: str) -> None:
        if citizen not in self.reference.gone:
            self.town.leaves(self.here[citizen])
            self.reference.leave(citizen)

    @rule(citizen=citizens)
    def profile_opens_again(self, citizen: str) -> None:
        if citizen in self.reference.gone:
            self.town.returns(self.here[citizen])
            self.reference.gone.discard(citizen)

    @rule(citizen=citizens, professional=doctors)
    def citizen_blocks(self, citizen: str, professional: str) -> None:
        self.town.blocks(self.here[citizen], self.people[professional])
        self.reference.block(citizen, professional)

    @rule(citizen=citizens, professional=doctors)
    def citizen_takes_it_back(self, citizen: str, professional: str) -> None:
        self.town.unblocks(self.here[citizen], self.people[professional])
        self.reference.blocked.discard((citizen, professional))

    @rule(days=st.integers(1, 60))
    def time_passes(self, days: int) -> None:
        self.town.passes(days=days)

    @rule(hours=st.integers(1, 14))
    def hours_pass(self, hours: int) -> None:
        self.town.passes(hours=hours)

    @rule()
    def server_restarts(self) -> None:
        self.town.restart()

    @invariant()
    def both_agree_on_every_side(self) -> None:
        names = {bal.address.key: name for name, bal in self.people.items()}
        threads = {conversation: thread for thread, conversation in self.conversations.items()}
        found = {
            (threads[pair.conversation], names[pair.professional.key]): pair.closed_at is None
            for citizen in (*CITIZENS, FAR)
            for pair in self.town.pairs(self.people[citizen])
        }
        assert found == {key: side.is_open for key, side in self.reference.sides.items()}

    def _professional_writes(
        self,
        sender: str,
        citizen: str,
        answered: str | None,
        *,
        copy: str | None = None,
        reply_to: str | None = None,
        closing: str | None = None,
        budget_here: str | None = None,
    ) -> MultipleResults[Sent] | Sent:
        if {sender, citizen} == {ELSEWHERE, FAR}:
            return multiple()  # that is between them
        message_id, to = self._identifier(sender), self.people[citizen]
        obeyed = None if sender == ELSEWHERE else budget_here  # accounts alone ask the service
        expected = self.reference.professional_writes(
            sender, citizen, message_id, answered, [copy] if copy else [], reply_to, closing, obeyed
        )
        before = len(self.town.inbox(to)) if isinstance(to, Bal) else 0
        reply = self.town.send(
            self.people[sender],
            str(to.address),
            message_id,
            answers=answered,
            cc=str(self.people[copy].address) if copy else None,
            reply_to=str(self.people[reply_to].address) if reply_to else None,
            subject=_subject(closing, budget_here, self.sent),
            mss_mes="FIN" if closing == "header" else None,
        )
        assert _said(reply) == expected
        if expected != ACCEPTED:
            return multiple()
        thread = self.reference.thread_of[message_id]
        if isinstance(to, Bal):
            conversation = self.town.inbox(to)[before].conversation
            assert conversation is not None
            assert self.conversations.setdefault(thread, conversation) == conversation
        else:
            self._has_begun_elsewhere(thread)
        return Sent(message_id, thread, citizen, frozenset({reply_to or sender}))

    def _citizen_writes(
        self, citizen: str, professional: str, answered: str | None, *, says_reply: bool = False
    ) -> MultipleResults[Answer] | Answer:
        if citizen in self.reference.gone:
            return multiple()  # he cannot sign in
        if {citizen, professional} == {FAR, ELSEWHERE}:
            return multiple()  # that is between them
        message_id, to = self._identifier(citizen), self.people[professional]
        before = self._newest(citizen)
        expected = self.reference.citizen_writes(
            citizen, professional, message_id, answered, says_reply=says_reply
        )
        subject = "Re: lettre" if says_reply else "Question"
        reply = self.town.send(
            self.people[citizen], str(to.address), message_id, answers=answered, subject=subject
        )
        assert _said(reply) == expected
        if expected != ACCEPTED:
            self._answers_itself(citizen, before, None)
            return multiple()
        thread = self.reference.thread_of[message_id]
        if not isinstance(to, Bal):
            newest = max(pair.conversation for pair in self.town.pairs(self.here[citizen]))
            self.conversations.setdefault(thread, newest)
            return multiple()  # it is queued: he closes from where he is
        row = self.town.inbox(to)[-1]
        assert row.conversation is not None
        assert self.conversations.setdefault(thread, row.conversation) == row.conversation
        is_quiet = self.reference.is_answered_by_itself(thread, professional, self.town.clocks_show())
        self._answers_itself(citizen, before, row.conversation if is_quiet else None)
        return Answer(professional, row, thread)

    def _has_begun_elsewhere(self, thread: int) -> None:
        """What FAR has of it cannot be seen: a conversation met for the first time is that thread's."""
        met = {pair.conversation for pair in self.town.pairs(self.people[FAR])}
        for conversation in met - set(self.conversations.values()):
            assert self.conversations.setdefault(thread, conversation) == conversation

    def _newest(self, citizen: str) -> int:
        if citizen == FAR:
            return 0
        return max((row.uid for row in self.town.inbox(self.here[citizen])), default=0)

    def _answers_itself(self, citizen: str, after: int, conversation: ConversationId | None) -> None:
        """That he has found one automatic answer since, there; or none, when it is None."""
        self.town.pays_answers()
        elsewhere = self.town.automatic_answers()
        if citizen == FAR:
            assert elsewhere == ([] if conversation is None else [self.people[FAR].address])
            return
        found = [row.conversation for row in self.town.inbox(self.here[citizen]) if row.uid > after]
        assert found == ([] if conversation is None else [conversation])


def _subject(closing: str | None, budget_here: str | None, number: int) -> str:
    if closing == "subject":
        return "[FIN]"
    return f"Lettre {number}" if budget_here is None else f"[BUDGET] {budget_here} Lettre {number}"


def _said(reply: Reply) -> str:
    """The identifier of the rule that refused, him alone or everybody; or that it was accepted."""
    found = re.search(r"MSS-([A-Z]+-[0-9]+)", f"{reply.identifier} {reply.text}")
    return found[1] if found is not None else ACCEPTED


@pytest.fixture(params=list(CitizenMayWrite))
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    place = Town(tmp_path, request.param)
    yield place
    place.close()


def test_the_services_agree_with_the_policy_told_a_second_time(town: Town) -> None:
    class Here(Histories):
        pass

    Here.town = town
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=30,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
