"""Ranges over results and not over numbers: ``1:100`` the first hundred, ``-1:-100`` the last. RFC 9394 §3.1.

SEARCH, SORT and FETCH take one after the word PARTIAL, and it is told back as the client wrote it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.sequence import MAX_NUMBER

T = TypeVar("T")

# RFC 9394 §4: partial-range = partial-range-first / partial-range-last; both ends, or neither, with a minus.
_RANGE: Final = re.compile(rb"(-?)([1-9][0-9]{0,9}):\1([1-9][0-9]{0,9})(?![0-9])")


@dataclass(frozen=True, slots=True)
class PartialRange:
    """Both ends as written, in either order; below 0 they count from the end. Neither is ever 0."""

    start: int
    end: int

    def of(self, results: Sequence[T]) -> Sequence[T]:
        """Those of the results that stand in the range, in their own order."""
        first, last = sorted((abs(self.start), abs(self.end)))
        if self.start > 0:
            return results[first - 1 : last]
        count = len(results)
        return results[max(count - last, 0) : max(count - first + 1, 0)]

    def __bytes__(self) -> bytes:
        return b"%d:%d" % (self.start, self.end)


def partial_range(scanner: Scanner) -> PartialRange:
    """The space after PARTIAL and the range."""
    scanner.space()
    found = scanner.match(_RANGE, "a range such as 1:100 or -1:-100")
    start, end = int(found[2]), int(found[3])
    if max(start, end) > MAX_NUMBER:
        raise CommandSyntaxError(f"Expected numbers of at most {MAX_NUMBER}")
    return PartialRange(-start, -end) if found[1] else PartialRange(start, end)
