"""The policy told a second time, as plainly as it can be: what the services are checked against.

It is domain.md §2 and nothing more. Nothing here is taken from the code under test: sides are looked up in
a dict. A *side* is one professional's part of one thread: open or closed. Moments are what clocks on the
wall show; who reads at certain *hours* reads at these every day.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TypeAlias

Name: TypeAlias = str
Thread: TypeAlias = int

ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was accepted, and that people may answer."""

    message_id: str
    thread: Thread
    citizen: Name
    professionals: frozenset[Name]


@dataclass(slots=True)
class Side:
    """Open, or closed: by which rule an answer is refused then, and after how many closings of others."""

    refusal: str = ""
    moment: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the citizen may answer here."""
        return not self.refusal


@dataclass
class Reference:
    """Who may write to whom, after everything that happened. ``may_write_anew``: the setting «while-open»."""

    may_write_anew: bool
    sides: dict[tuple[Thread, Name], Side] = field(default_factory=dict)
    citizen_of: dict[Thread, Name] = field(default_factory=dict)
    thread_of: dict[str, Thread] = field(default_factory=dict)
    gone: set[Name] = field(default_factory=set)
    blocked: set[tuple[Name, Name]] = field(default_factory=set)
    budgets: dict[Name, int | None] = field(default_factory=dict)
    budgets_here: dict[tuple[Thread, Name], int | None] = field(default_factory=dict)
    written: Counter[tuple[Thread, Name]] = field(default_factory=Counter)
    hours: dict[Name, tuple[int, int]] = field(default_factory=dict)
    told: dict[tuple[Thread, Name], datetime] = field(default_factory=dict)
    closings: int = 0

    def new_thread(self, citizen: Name) -> Thread:
        """A thread of its own."""
        thread = len(self.citizen_of)
        self.citizen_of[thread] = citizen
        return thread

    def answered_thread(self, citizen: Name, answered: str | None) -> Thread | None:
        """The thread that an identifier leads to, for that citizen."""
        thread = self.thread_of.get(answered) if answered is not None else None
        return thread if thread is not None and self.citizen_of[thread] == citizen else None

    def sides_of(self, citizen: Name, professional: Name | None = None) -> list[tuple[Thread, Name]]:
        """Those with that citizen, of everybody or of one."""
        return [
            (thread, who)
            for thread, who in self.sides
            if self.citizen_of[thread] == citizen and professional in {None, who}
        ]

    def professional_writes(
        self,
        sender: Name,
        citizen: Name,
        message_id: str,
        answered: str | None,
        copies: Sequence[Name] = (),
        reply_to: Name | None = None,
        closing: str | None = None,
        budget_here: str | None = None,
    ) -> str:
        """What becomes of a professional's letter; ``closing`` is «subject» or «header»."""
        if citizen in self.gone:
            return "ADR-4"
        if (citizen, sender) in self.blocked:
            return "PROF-1"
        thread = self.answered_thread(citizen, answered)
        is_new = thread is None
        if thread is None:
            thread = self.new_thread(citizen)
        self.thread_of[message_id] = thread
        for who in {sender, reply_to or sender}:
            self.written[thread, who] = 0
        if budget_here == "habituel":
            self.budgets_here.pop((thread, sender), None)
        elif budget_here is not None:
            self.budgets_here[thread, sender] = None if budget_here == "aucun" else int(budget_here)
        if closing == "subject":
            self.close(self.sides_of(citizen, sender), "CONV-2")
        elif closing == "header":
            self.close([(thread, sender)], "CONV-2")
        else:
            answers_to = reply_to if reply_to is not None else sender
            self.open(thread, answers_to)
            for copy in copies:
                if (copy != sender or copy == answers_to) and (is_new or (thread, copy) not in self.sides):
                    self.open(thread, copy)
        return ACCEPTED

    def citizen_writes(
        self,
        citizen: Name,
        professional: Name,
        message_id: str,
        answered: str | None,
        *,
        says_reply: bool = False,
    ) -> str:
        """What becomes of a citizen's message to one professional; ``says_reply``: its subject does."""
        between = [self.sides[side] for side in self.sides_of(citizen, professional)]
        if not between:
            return "CONV-0"
        still_open = [side for side in self.sides_of(citizen, professional) if self.sides[side].is_open]
        if not still_open:
            return max(between, key=lambda side: side.moment).refusal
        thread = self.answered_thread(citizen, answered)
        if answered is None and says_reply and len(still_open) == 1:
            thread = still_open[0][0]
        side = self.sides.get((thread, professional)) if thread is not None else None
        if side is not None and not side.is_open:
            return side.refusal
        if side is None:
            if not self.may_write_anew:
                return "CONV-4"
            if self._is_spent(self.budgets.get(professional), still_open):
                return "BUD-1"
            thread = self.new_thread(citizen)
            self.open(thread, professional)
        assert thread is not None
        own = self.budgets_here.get((thread, professional), self.budgets.get(professional))
        if self._is_spent(own, [(thread, professional)]):
            return "BUD-1"
        self.thread_of[message_id] = thread
        self.written[thread, professional] += 1
        return ACCEPTED

    def _is_spent(self, budget: int | None, sides: Iterable[tuple[Thread, Name]]) -> bool:
        return budget is not None and sum(self.written[side] for side in sides) >= budget

    def is_answered_by_itself(self, thread: Thread, professional: Name, shown: datetime) -> bool:
        """Whether a message just accepted is, by what clocks show: once a side and quiet time."""
        since = self._quiet_since(professional, shown)
        last = self.told.get((thread, professional))
        if since is None or (last is not None and last >= since):
            return False
        self.told[thread, professional] = since
        return True

    def _quiet_since(self, professional: Name, shown: datetime) -> datetime | None:
        opens, ends = self.hours.get(professional, (0, 24))
        if opens <= shown.hour < ends:
            return None
        evening = shown.date() if shown.hour >= ends else shown.date() - timedelta(days=1)
        return datetime.combine(evening, time(ends))

    def open(self, thread: Thread, professional: Name) -> None:
        """Unless the citizen has blocked him."""
        if (self.citizen_of[thread], professional) not in self.blocked:
            self.sides[thread, professional] = Side()

    def close(self, sides: Iterable[tuple[Thread, Name]], refusal: str) -> None:
        """Close those that exist and are open."""
        self.closings += 1
        for key in sides:
            if key in self.sides and self.sides[key].is_open:
                self.sides[key] = Side(refusal, self.closings)

    def reopen(self, thread: Thread) -> None:
        """The operator opens every side of a thread."""
        for side in list(self.sides):
            if side[0] == thread and not self.sides[side].is_open:
                self.open(*side)

    def leave(self, citizen: Name) -> None:
        """The profile closes: nothing comes in, and every side closes."""
        self.gone.add(citizen)
        self.close(self.sides_of(citizen), "CONV-8")

    def block(self, citizen: Name, professional: Name) -> None:
        """He hears no more of him."""
        self.blocked.add((citizen, professional))
        self.close(self.sides_of(citizen, professional), "CONV-10")
