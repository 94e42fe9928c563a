"""Ranges over results. RFC 9394 §3.1, §4."""

from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.imap.command_line import CommandLine
from vaguemestre.imap.partial_range import PartialRange, partial_range
from vaguemestre.imap.scanner import Scanner

NUMBERS = st.integers(1, 12) | st.integers(1, 2**32 - 1)
RANGES = st.builds(PartialRange, NUMBERS, NUMBERS) | st.builds(
    PartialRange, NUMBERS.map(int.__neg__), NUMBERS.map(int.__neg__)
)


@given(RANGES)
def test_what_is_printed_reads_back(one: PartialRange) -> None:
    assert partial_range(Scanner(CommandLine(b" " + bytes(one)))) == one


@given(RANGES, st.integers(0, 12))
def test_results_are_counted_from_one_from_either_end_whatever_the_order_of_the_ends(
    one: PartialRange, count: int
) -> None:
    results = list(range(count))
    low, high = sorted((one.start, one.end))
    from_start = one.start > 0
    expected = [at for at in results if low <= (at + 1 if from_start else at - count) <= high]
    assert one.of(results) == expected
    assert PartialRange(one.end, one.start).of(results) == expected


@given(st.integers(0, 40), st.integers(1, 12))
def test_pages_one_after_another_hold_everything_once(count: int, page: int) -> None:
    results = list(range(count))
    starts = range(1, count + 1, page)
    forward = [one for at in starts for one in PartialRange(at, at + page - 1).of(results)]
    backward = [PartialRange(-at, -(at + page - 1)).of(results) for at in starts]
    assert forward == results
    assert [one for part in reversed(backward) for one in part] == results
