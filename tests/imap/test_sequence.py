"""Sets of numbers: RFC 9051 §9, ``sequence-set``."""

from bisect import bisect_left
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.imap.sequence import MAX_NUMBER, STAR, SequenceSet, compact, parse_sequence_set

NUMBERS = st.integers(1, MAX_NUMBER) | st.integers(1, 60)
ENDS = NUMBERS | st.just(STAR)
WRITTEN = st.lists(st.tuples(ENDS, ENDS), min_size=1, max_size=12)


def written(pairs: list[tuple[int, int]]) -> bytes:
    def end(number: int) -> str:
        return "*" if number == STAR else str(number)

    return ",".join(f"{end(first)}:{end(last)}" for first, last in pairs).encode()


@pytest.mark.parametrize(
    ("octets", "ranges"),
    [
        (b"1", ((1, 1),)),
        (b"3:1", ((1, 3),)),
        (b"1:3,2:5,6", ((1, 6),)),
        (b"9,1:3,5", ((1, 3), (5, 5), (9, 9))),
        (b"*", ((STAR, STAR),)),
        (b"*:4,1", ((1, 1), (4, STAR))),
        (b"1:4294967295", ((1, 4294967295),)),
    ],
)
def test_sets_are_read_compact(octets: bytes, ranges: tuple[tuple[int, int], ...]) -> None:
    assert parse_sequence_set(octets).ranges == ranges


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"0",
        b"01",
        b"1,",
        b",1",
        b"1:",
        b":1",
        b"1:2:3",
        b"1 2",
        b"4294967296",
        b"-1",
        b"**",
        b"1:0",
        b"\xb2",
    ],
)
def test_what_is_no_set_is_refused(octets: bytes) -> None:
    with pytest.raises(ValueError, match="sequence set"):
        parse_sequence_set(octets)


@given(WRITTEN)
def test_a_printed_set_reads_the_same(pairs: list[tuple[int, int]]) -> None:
    numbers = parse_sequence_set(written(pairs))
    assert parse_sequence_set(bytes(numbers)) == numbers


@given(WRITTEN, st.sets(st.integers(1, 60) | NUMBERS, max_size=40))
def test_members_are_those_that_the_definition_names(pairs: list[tuple[int, int]], held: set[int]) -> None:
    uids = sorted(held)
    top = uids[-1] if uids else 0
    ends = [(top if first == STAR else first, top if last == STAR else last) for first, last in pairs]
    expected = [uid for uid in uids if any(min(pair) <= uid <= max(pair) for pair in ends)]
    numbers = parse_sequence_set(written(pairs))
    assert [uids[index] for index in chain.from_iterable(numbers.spans(uids))] == expected
    assert [uid for uid in uids if numbers.contains(uid, top)] == expected


@given(WRITTEN, st.integers(0, 70))
def test_sequence_numbers_are_uids_without_holes(pairs: list[tuple[int, int]], count: int) -> None:
    numbers = parse_sequence_set(written(pairs))
    everything = list(range(1, count + 1))
    assert list(chain.from_iterable(numbers.spans_of_count(count))) == list(
        chain.from_iterable(numbers.spans(everything))
    )


def test_a_star_stands_for_the_last_even_when_the_range_begins_above_it() -> None:
    assert parse_sequence_set(b"5:*").spans([1, 3]) == [range(1, 2)]
    assert parse_sequence_set(b"5:*").spans([]) == []
    assert parse_sequence_set(b"*").spans_of_count(0) == []


def test_four_thousand_million_numbers_cost_nothing() -> None:
    numbers = parse_sequence_set(b"1:4294967295,*:2")
    assert numbers.spans(range(1, 10_001)) == [range(10_000)]
    assert numbers.largest == 4294967295
    assert numbers.has_star


def test_ten_thousand_scattered_numbers_are_found_by_bisection() -> None:
    uids = list(range(1, 200_000, 2))
    numbers = SequenceSet.of(uids[::10])
    assert sum(map(len, numbers.spans(uids))) == 10_000
    assert bisect_left(uids, 21) == numbers.spans(uids)[1].start


@given(st.lists(st.integers(1, 50), max_size=40))
def test_compact_keeps_the_order(numbers: list[int]) -> None:
    expanded: list[int] = []
    for piece in filter(None, compact(numbers).split(b",")):
        first, _, last = piece.partition(b":")
        expanded += range(int(first), int(last or first) + 1)
    assert expanded == numbers


@given(st.sets(st.integers(1, 50), min_size=1))
def test_the_set_of_some_numbers_holds_just_those(numbers: set[int]) -> None:
    expanded = chain.from_iterable(range(first, last + 1) for first, last in SequenceSet.of(numbers).ranges)
    assert list(expanded) == sorted(numbers)


@given(
    st.lists(st.tuples(ENDS, ENDS), min_size=1, max_size=6).map(written),
    st.sets(st.integers(1, 70)).map(sorted),
    st.integers(0, 70),
    st.integers(0, 70),
)
def test_what_is_absent_is_the_rest_of_the_set(octets: bytes, there: list[int], top: int, after: int) -> None:
    messages = parse_sequence_set(octets)
    absent = messages.absent(there, top, after)
    members = {number for first, last in absent.ranges for number in range(first, last + 1)}
    assert members == {
        number
        for number in range(after + 1, top + 1)
        if number not in there and any(first <= number <= last for first, last in messages.resolved(top))
    }
    assert len(absent.ranges) <= len(messages.ranges) + len(there)


def test_what_is_absent_stays_in_ranges() -> None:
    everything = parse_sequence_set(b"1:4294967295")
    assert bytes(everything.absent([3, 4, 9], MAX_NUMBER)) == b"1:2,5:8,10:4294967295"
    assert bytes(everything.absent([], 0)) == b""
