"""The walk along the chain over the journal that finds what was done to it, and where.

Lines are taken one by one in the order of their places, so that a journal of any length is walked in bounded
memory. A fault does not end the walk: behind it the heads that stand in the database are believed again, and
so every further fault is found at its own place.
"""

import struct
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from vaguemestre.service.audit.chain import ORIGIN, head_of, is_emptied, is_sealed, is_whole
from vaguemestre.service.audit.faults import Fault, FaultKind
from vaguemestre.service.audit.vouchers import Vouchers
from vaguemestre.service.ports.audit import KeptLine, Link

MOST_FAULTS: Final = 1_000  # told; the others are counted
_LOOKS: Final = struct.Struct(">8I").unpack
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Mark(NamedTuple):
    """A link that something apart from the database knows: an anchor's file, the witness (no name)."""

    link: Link
    source: str = ""
    at: datetime | None = None


class MetBefore:
    """Whether a seal was probably met before: a bit table (Bloom's), 32 bits a line, eight looks.

    Wrong six times in a million when as many lines were met as it was made for; whoever asks looks again.
    """

    def __init__(self, lines: int) -> None:
        self._bits = bytearray(max(1_024, lines * 4))
        self._size = len(self._bits) * 8

    def met(self, seal: bytes) -> bool:
        """From now on it is."""
        before = True
        for word in _LOOKS(seal):
            bit = word % self._size
            byte, mask = bit >> 3, 1 << (bit & 7)
            if not self._bits[byte] & mask:
                before = False
                self._bits[byte] |= mask
        return before


class Walk:
    """One walk. ``expected`` is about how many lines there are."""

    def __init__(self, key: bytes, vouchers: Vouchers, marks: Sequence[Mark], expected: int) -> None:
        self._key = key
        self._vouchers = vouchers
        self._marks = sorted(marks, key=lambda mark: mark.link.seq)
        self._seen = MetBefore(expected)
        self._heads: tuple[bytes, ...] | None = (ORIGIN.head,)
        self._at: datetime | None = None
        self._agreed = 0
        self._next_mark = 0
        self.last = ORIGIN.seq
        self.lines = 0
        self.emptied = 0
        self.faults: list[Fault] = []
        self.found = 0
        self.maybe_copied: list[bytes] = []

    def take(self, line: KeptLine) -> None:
        """The next line."""
        seq, head = line.seq, line.head
        assert seq is not None  # noqa: S101 (only chained lines are taken)
        at = moment_of(line.at)
        if seq != self.last + 1:
            self._over_gap(self.last + 1, seq, at)
        says_its_own = self._weigh(seq, line, at)
        computed = self._computed(seq, line)
        if computed and head not in computed and says_its_own:
            self._fault(FaultKind.MOVED, seq, seq, at, at)
        stands = head or b""
        self._heads = (stands, *(one for one in computed[:1] if one != stands))
        self.last, self._at = seq, at
        self.lines += 1
        self._compare(seq, stands, at)

    def end(self) -> None:
        """After the last: what is known of lines beyond it."""
        for mark in self._marks[self._next_mark :]:
            self._fault(FaultKind.CUT, self.last + 1, mark.link.seq, self._at, mark.at, mark.source)

    def copied(self, places: Sequence[int]) -> None:
        """Lines that carry one seal: all but the first are copies."""
        for seq in places[1:]:
            self._fault(FaultKind.COPIED, seq, seq, None, None)

    def _weigh(self, seq: int, line: KeptLine, at: datetime) -> bool:
        """Whether the line says what was recorded, wherever it stands."""
        is_on_record = is_emptied(line) and seq in self._vouchers.emptied
        is_sound = is_on_record or is_sealed(self._key, line)
        if is_on_record:
            self.emptied += 1
        elif not is_sound:
            self._fault(FaultKind.EMPTIED if is_emptied(line) else FaultKind.CHANGED, seq, seq, at, at)
        if is_whole(line) and line.seal is not None and self._seen.met(line.seal):
            self.maybe_copied.append(line.seal)
        return is_sound

    def _computed(self, seq: int, line: KeptLine) -> tuple[bytes, ...]:
        """The heads that this line may make; none where it is not known what stood before."""
        if self._heads is None or not is_whole(line):
            return ()
        return tuple(head_of(self._key, before, seq, line) for before in self._heads)

    def _over_gap(self, first: int, until: int, at: datetime) -> None:
        """Lines that are not there: forgotten, as a line vouches, or missing."""
        seq = first
        while seq < until:
            span = self._vouchers.spans.get(seq)
            if span is not None and span.last < until:
                seq = span.last + 1
                self._heads = (span.head,)
                self._compare(span.last, span.head, at)
                continue
            beyond = self._vouchers.next_start(seq + 1, until)
            self._fault(FaultKind.MISSING, seq, beyond - 1, self._at, at)
            self._heads = None
            seq = beyond

    def _compare(self, seq: int, head: bytes, at: datetime) -> None:
        """With what is known of this place from elsewhere; places before it are gone, and told already."""
        while self._next_mark < len(self._marks) and self._marks[self._next_mark].link.seq <= seq:
            mark = self._marks[self._next_mark]
            self._next_mark += 1
            if mark.link.seq < seq:
                continue
            if mark.link.head == head:
                self._agreed = seq
            else:
                self._fault(FaultKind.REWRITTEN, self._agreed + 1, seq, None, at, mark.source)

    def _fault(
        self,
        kind: FaultKind,
        first: int,
        last: int,
        since: datetime | None,
        until: datetime | None,
        source: str = "",
    ) -> None:
        fault = Fault(kind, first, last, since, until, source)
        if self.faults and self.faults[-1].joins(fault):
            self.faults[-1] = self.faults[-1].joined(fault)
            return
        self.found += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)


def moment_of(at: int) -> datetime:
    """When a line was recorded; the year 1970 where a tampered number is no moment."""
    try:
        return _EPOCH + timedelta(microseconds=at)
    except (OverflowError, TypeError):
        return _EPOCH
