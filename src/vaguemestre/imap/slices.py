"""Sorting a slice at a time, for whoever must let others have their turn in between.

Each step is about a millisecond; the result is that of ``sorted``, equal items staying in their order.
"""

import heapq
from collections.abc import Callable, Generator, Sequence
from typing import Final, TypeAlias, TypeVar

T = TypeVar("T")

Weight: TypeAlias = tuple[float, str]
"""What is compared: the number, then the text."""

AT_ONCE: Final = 500


def in_order(
    items: Sequence[T], weight: Callable[[T], Weight], *, reverse: bool = False
) -> Generator[None, None, list[T]]:
    """Sort; yields between two slices, returns the list."""
    runs: list[list[T]] = []
    for start in range(0, len(items), AT_ONCE):
        runs.append(sorted(items[start : start + AT_ONCE], key=weight, reverse=reverse))
        yield
    if len(runs) < 2:
        return runs[0] if runs else []
    merged: list[T] = []
    for at, item in enumerate(heapq.merge(*runs, key=weight, reverse=reverse), 1):
        merged.append(item)
        if at % AT_ONCE == 0:
            yield
    return merged
