"""The policy told a second time, as plainly as it can be: what the services are checked against.

It is domain.md §2 and nothing more. Nothing here is taken from the code under test: sides are looked up in
a dict. A *side* is one professional's part of one thread: open or closed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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


@dataclass
class Reference:
    """Who may write to whom, after everything that happened. ``may_write_anew``: the setting «while-open»."""

    may_write_anew: bool
    sides: dict[tuple[Thread, Name], bool] = field(default_factory=dict)
    citizen_of: dict[Thread, Name] = field(default_factory=dict)
    thread_of: dict[str, Thread] = field(default_factory=dict)
    gone: set[Name] = field(default_factory=set)
    silent: set[Name] = field(default_factory=set)

    def new_thread(self, citizen: Name) -> Thread:
        """A thread of its own."""
        thread = len(self.citizen_of)
        self.citizen_of[thread] = citizen
        return thread

    def answered_thread(self, citizen: Name, answered: str | None) -> Thread | None:
        """The thread that an identifier leads to, for that citizen."""
        thread = self.thread_of.get(answered) if answered is not None else None
        return thread if thread is not None and self.citizen_of[thread] == citizen else None

    def sides_between(self, citizen: Name, professional: Name) -> list[bool]:
        """Every side of that professional with that citizen."""
        return [
            is_open
            for (thread, who), is_open in self.sides.items()
            if who == professional and self.citizen_of[thread] == citizen
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
    ) -> str:
        """What becomes of a professional's letter; ``closing`` is «subject» or «header»."""
        if citizen in self.gone:
            return "ADR-4"
        thread = self.answered_thread(citizen, answered)
        is_new = thread is None
        if thread is None:
            thread = self.new_thread(citizen)
        self.thread_of[message_id] = thread
        mine = {sender} | ({reply_to} if reply_to is not None else set())
        if closing == "subject":
            self.close(((t, who) for t, who in self.sides if who == sender and self.citizen_of[t] == citizen))
        elif closing == "header":
            self.close((thread, who) for who in mine)
        else:
            answers_to = reply_to if reply_to is not None else sender
            self.sides[thread, answers_to] = True
            for copy in copies:
                if copy == sender and copy != answers_to:
                    continue
                if is_new or (thread, copy) not in self.sides:
                    self.sides[thread, copy] = True
        return ACCEPTED

    def citizen_writes(self, citizen: Name, professional: Name, message_id: str, answered: str | None) -> str:
        """What becomes of a citizen's message to one professional."""
        if citizen in self.silent or citizen in self.gone:
            return "SND-1"
        between = self.sides_between(citizen, professional)
        if not between:
            return "CONV-0"
        thread = self.answered_thread(citizen, answered)
        side = self.sides.get((thread, professional)) if thread is not None else None
        if side is False and any(between) and self.may_write_anew:
            return "CONV-2"
        if side is False or not any(between):
            return "CONV-2"
        if side is None:
            if not self.may_write_anew:
                return "CONV-4"
            thread = self.new_thread(citizen)
            self.sides[thread, professional] = True
        assert thread is not None
        self.thread_of[message_id] = thread
        return ACCEPTED

    def close(self, sides: Iterable[tuple[Thread, Name]]) -> None:
        """Close those that exist."""
        for side in list(sides):
            if side in self.sides:
                self.sides[side] = False

    def reopen(self, thread: Thread) -> None:
        """The operator opens every side of a thread."""
        for side in list(self.sides):
            if side[0] == thread:
                self.sides[side] = True

    def leave(self, citizen: Name) -> None:
        """The profile closes: nothing comes in, and every side closes."""
        self.gone.add(citizen)
        self.close((t, who) for t, who in self.sides if self.citizen_of[t] == citizen)
