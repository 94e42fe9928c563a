"""Lines that say which others were emptied or forgotten, and so vouch for what the chain lacks there.

Such a line is sealed and chained like any other. ``redacted`` names the lines whose words were taken away;
``forgotten`` the spans that were removed whole, each with the head of the chain at its end, so that the chain
goes on behind it; ``chain_resumed`` the line up to which a restored backup reached.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Final

from vaguemestre.service.ports.audit import KeptLine, Link

REDACTED: Final = "redacted"
FORGOTTEN: Final = "forgotten"
RESUMED: Final = "chain_resumed"


@dataclass(frozen=True, slots=True)
class Span:
    """Lines that were removed, both ends included, and the head at the last."""

    first: int
    last: int
    head: bytes


@dataclass(slots=True)
class Vouchers:
    """All that were read."""

    emptied: set[int] = field(default_factory=set)
    spans: dict[int, Span] = field(default_factory=dict)
    resumed: list[tuple[int, datetime]] = field(default_factory=list)

    def add_emptied(self, text: str) -> None:
        """As ``said_emptied`` writes them. Raises ValueError."""
        for word in text.split():
            first, _, last = word.partition("-")
            self.emptied.update(range(int(first), int(last or first) + 1))

    def add_spans(self, text: str) -> None:
        """As ``said_spans`` writes them. Raises ValueError."""
        for word in text.split():
            places, _, head = word.partition(":")
            first, _, last = places.partition("-")
            self.spans[int(first)] = Span(int(first), int(last or first), bytes.fromhex(head))

    def excuse(self, seq: int, at: datetime | None) -> bool:
        """Whether an anchor of that place and moment is of lines that a restored backup has lost."""
        return at is not None and any(line < seq and at <= moment for line, moment in self.resumed)

    def next_start(self, seq: int, before: int) -> int:
        """Where the next span begins at or after a place; ``before`` when none does before that."""
        return min((first for first in self.spans if seq <= first < before), default=before)


def said_emptied(places: Sequence[int]) -> str:
    """``3-5 9``, of places in order."""
    return " ".join(_said(run[0], run[-1]) for run in _runs(places))


def said_spans(lines: Sequence[KeptLine]) -> str:
    """``3-5:<head> 9:<head>``, of chained lines in the order of their places."""
    links = {line.seq: Link(line.seq, line.head) for line in lines if line.seq is not None and line.head}
    return " ".join(f"{_said(run[0], run[-1])}:{links[run[-1]].head.hex()}" for run in _runs(list(links)))


def _said(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _runs(places: Iterable[int]) -> list[list[int]]:
    """Places that follow one another, together."""
    grouped = groupby(enumerate(places), key=lambda pair: pair[1] - pair[0])
    return [[place for _, place in group] for _, group in grouped]
