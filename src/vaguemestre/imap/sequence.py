"""Sets of message numbers or UIDs, as compact ranges that are never expanded. RFC 9051 §9, ``sequence-set``.

``1:4294967295`` is one pair of integers and stays so: a set is met with what the mailbox really holds by
bisection. ``*`` is the largest number in use, so ``5:*`` in a mailbox whose last is 3 means 3 to 5, and it is
known only when the set is resolved (RFC 9051 §9, note on ``seq-range``). ``$`` (RFC 5182 §2.1) is a set of
its own: what it holds only the open mailbox knows.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

MAX_NUMBER: Final = 2**32 - 1
STAR: Final = 2**32
"""Stands for ``*`` inside a range: above any number, so that ranges sort."""

_TOO_LARGE: Final = "a number in a sequence set is at most 4294967295"

# RFC 9051 §9: seq-range = seq-number ":" seq-number; seq-number = nz-number / "*"
_NUMBER = rb"(?:[1-9][0-9]{0,9}|\*)"
_RANGE = rb"%b(?::%b)?" % (_NUMBER, _NUMBER)
SEQUENCE_SET: Final = re.compile(rb"%b(?:,%b)*" % (_RANGE, _RANGE))


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """Ranges of numbers, both ends included; ``STAR`` for ``*``. Sorted, apart, never empty when parsed.

    Ranges ending in ``*`` stand last, unmerged: what they hold depends on the mailbox.
    """

    ranges: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, numbers: Iterable[int]) -> "SequenceSet":
        """The compact set of those numbers, in any order."""
        return cls(tuple(_merged((number, number) for number in sorted(set(numbers)))))

    @property
    def has_star(self) -> bool:
        """Whether ``*`` stands in it."""
        return bool(self.ranges) and self.ranges[-1][1] == STAR

    @property
    def largest(self) -> int:
        """The largest number written in it, ``*`` aside; 0 when there is none."""
        return max((end for pair in self.ranges for end in pair if end != STAR), default=0)

    def resolved(self, top: int) -> list[tuple[int, int]]:
        """Sorted disjoint ranges with ``*`` replaced by ``top``, the largest in use; none when top is 0.

        Ranges reach beyond ``top`` when the client wrote so.
        """
        if not self.has_star:
            return list(self.ranges)
        if top == 0:
            return [pair for pair in self.ranges if pair[1] != STAR]
        ends = (
            (top if first == STAR else first, top if last == STAR else last) for first, last in self.ranges
        )
        return list(_merged(sorted((min(pair), max(pair)) for pair in ends)))

    def spans(self, numbers: Sequence[int]) -> list[range]:
        """Where its members stand in a sorted sequence of numbers, as ascending disjoint index ranges."""
        top = numbers[-1] if numbers else 0
        found = []
        start = 0
        for first, last in self.resolved(top):
            start = bisect_left(numbers, first, start)
            stop = bisect_right(numbers, last, start)
            if stop > start:
                found.append(range(start, stop))
            start = stop
        return found

    def spans_of_count(self, count: int) -> list[range]:
        """The same for sequence numbers 1 to ``count``: index ranges, numbers beyond the count left out."""
        found = (range(first - 1, min(last, count)) for first, last in self.resolved(count))
        return [span for span in found if span]

    def absent(self, numbers: Sequence[int], top: int, after: int = 0) -> "SequenceSet":
        """Its members greater than ``after``, up to ``top``, that are not in a sorted sequence of numbers.

        ``*`` is ``top``. It has one range more than there are numbers and ranges, at most.
        """
        found: list[tuple[int, int]] = []
        stop = 0
        for lowest, highest in self.resolved(top):
            first, last = max(lowest, after + 1), min(highest, top)
            start = bisect_left(numbers, first, stop)
            stop = bisect_right(numbers, last, start)
            for number in numbers[start:stop]:
                if first < number:
                    found.append((first, number - 1))
                first = number + 1
            if first <= last:
                found.append((first, last))
        return SequenceSet(tuple(found))

    def contains(self, number: int, top: int) -> bool:
        """Whether a number is a member, ``*`` standing for ``top``."""
        ranges = self.resolved(top)
        at = bisect_right(ranges, (number, STAR)) - 1
        return at >= 0 and ranges[at][0] <= number <= ranges[at][1]

    def __bytes__(self) -> bytes:
        return b",".join(_printed(first, last) for first, last in self.ranges)

    def __str__(self) -> str:
        return bytes(self).decode()


LAST_RESULT: Final = SequenceSet(((0, 0),))
"""Stands for ``$``, the result last saved. RFC 5182 §2.1. Numbers begin at 1: nobody can write this set."""

NOTHING: Final = SequenceSet(())
"""The set without members, which nobody can write either."""


def parse_sequence_set(octets: bytes) -> SequenceSet:
    """Read ``1:3,7,9:*``; raise ValueError when it is anything else, or a number is above 2^32 - 1."""
    if SEQUENCE_SET.fullmatch(octets) is None:
        raise ValueError("a sequence set is numbers and ranges such as 1:3,7,9:*")
    if not (b":" in octets or b"*" in octets):  # UIDs one by one, by thousands: the way some clients ask
        numbers = sorted({int(piece) for piece in octets.split(b",")})
        if numbers[-1] > MAX_NUMBER:
            raise ValueError(_TOO_LARGE)
        return SequenceSet(tuple(_merged((number, number) for number in numbers)))
    plain: list[tuple[int, int]] = []
    starred: set[tuple[int, int]] = set()
    for piece in octets.split(b","):
        first, _, last = piece.partition(b":")
        start = _number(first)
        end = _number(last) if last else start
        pair = (start, end) if start <= end else (end, start)
        if pair[1] == STAR:
            starred.add(pair)
        else:
            plain.append(pair)
    plain.sort()
    return SequenceSet((*_merged(plain), *sorted(starred)))


def compact(numbers: Iterable[int]) -> bytes:
    """Numbers in the order given, runs written as ranges: ``4,7:9,2``. Empty for none.

    Unlike a SequenceSet nothing is sorted: COPYUID pairs two of these by position (RFC 9051 §7.1).
    """
    pieces: list[bytes] = []
    first = last = -1
    for number in numbers:
        if number == last + 1 and last >= 0:
            last = number
            continue
        if last >= 0:
            pieces.append(_printed(first, last))
        first = last = number
    if last >= 0:
        pieces.append(_printed(first, last))
    return b",".join(pieces)


def _number(octets: bytes) -> int:
    if octets == b"*":
        return STAR
    number = int(octets)
    if number > MAX_NUMBER:
        raise ValueError(_TOO_LARGE)
    return number


def _merged(pairs: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Sorted ranges with those that touch or overlap made one."""
    current: tuple[int, int] | None = None
    for first, last in pairs:
        if current is None:
            current = (first, last)
        elif first <= current[1] + 1:
            current = (current[0], max(current[1], last))
        else:
            yield current
            current = (first, last)
    if current is not None:
        yield current


def _printed(first: int, last: int) -> bytes:
    if first == last:
        return b"*" if first == STAR else b"%d" % first
    return b"%d:*" % first if last == STAR else b"%d:%d" % (first, last)
