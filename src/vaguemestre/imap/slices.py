"""Sorting a slice at a time, for whoever must let others have their turn in between.

Each step is about a millisecond; the result is that of ``sorted``, equal items staying in their order.
"""

import heapq
from collections.abc import Callable, Generator, Sequence
from itertools import islice
from typing import Final, TypeAlias, TypeVar

T = TypeVar("T")

Weight: TypeAlias = float | str
"""What is compared: numbers, or texts, of all the items alike. Bare, because pairs cost thrice as much."""

AT_ONCE: Final = 1_000
MERGED_AT_ONCE: Final = 20_000  # of runs that are in order: 0.1 µs an item


def in_order(
    items: Sequence[T], weight: Callable[[T], Weight], *, reverse: bool = False
) -> Generator[None, None, list[T]]:
    """Sort; yields between two slices, returns the list."""
    weights: list[Weight] = []  # each is made once: places are sorted, so that no Python is called to compare
    places: list[int] = []
    of = weights.__getitem__
    for start in range(0, len(items), AT_ONCE):
        weights += map(weight, items[start : start + AT_ONCE])
        places += sorted(range(start, len(weights)), key=of, reverse=reverse)
        yield
    runs: list[list[int]] = []
    for start in range(0, len(places), MERGED_AT_ONCE):
        # The interpreter's own sort finds the runs and merges them.
        runs.append(sorted(places[start : start + MERGED_AT_ONCE], key=of, reverse=reverse))
        yield
    merged = iter(runs[0]) if len(runs) == 1 else heapq.merge(*runs, key=of, reverse=reverse)
    ordered: list[T] = []
    while some := list(islice(merged, AT_ONCE)):
        ordered += [items[place] for place in some]
        yield
    return ordered
