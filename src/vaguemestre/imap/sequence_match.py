"""The fourth argument of QRESYNC: a sample of message numbers and the UIDs they had. RFC 7162 §3.2.5.2.

UIDs ascend and messages only go, so a message that still has the number it had tells that all before it are
there too: the client misses nothing up to it. Ranges are never expanded, however much they hold.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vaguemestre.imap.sequence import SequenceSet


@dataclass(frozen=True, slots=True)
class SequenceMatch:
    """Numbers and UIDs, as many of each, without ``*``: the first belongs to the first, and so on."""

    numbers: SequenceSet
    uids: SequenceSet

    def intact(self, uids: Sequence[int]) -> int:
        """Up to which UID nothing was expunged from a mailbox that holds these; 0 when nothing is known."""
        for number, uid, count in reversed(tuple(self._runs())):
            there = range(number, min(number + count, len(uids) + 1))
            # How far a UID is ahead of its number never shrinks: the last one that fits is found by halves.
            fitting = bisect_right(there, uid - number, key=lambda at: uids[at - 1] - at)
            if fitting and uids[there[fitting - 1] - 1] == uid + fitting - 1:
                return uid + fitting - 1
        return 0

    def _runs(self) -> Iterator[tuple[int, int, int]]:
        """A number, its UID, and for how many messages both go up by one."""
        ranges = iter(self.uids.ranges)
        uid, last_uid = next(ranges)
        for first, last in self.numbers.ranges:
            number = first
            while number <= last:
                count = min(last - number, last_uid - uid) + 1
                yield number, uid, count
                number, uid = number + count, uid + count
                if uid > last_uid:
                    uid, last_uid = next(ranges, (uid, last_uid))
