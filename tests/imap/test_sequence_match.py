"""Samples of numbers and UIDs: RFC 7162 §3.2.5.2."""

from collections.abc import Sequence
from typing import overload

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.imap.sequence import MAX_NUMBER, SequenceSet, parse_sequence_set
from vaguemestre.imap.sequence_match import SequenceMatch


def a_match(numbers: bytes, uids: bytes) -> SequenceMatch:
    return SequenceMatch(parse_sequence_set(numbers), parse_sequence_set(uids))


@pytest.mark.parametrize(
    ("numbers", "uids", "intact"),
    [
        (b"1", b"3", 3),
        (b"1", b"2", 0),
        (b"4,5", b"8,20", 8),  # the fourth is where it was, the fifth is not
        (b"1:3,5", b"3,5,7,10", 10),
        (b"4:5", b"8:9", 8),
        (b"9", b"20", 0),
        (b"1:4294967295", b"1:4294967295", 0),
        (b"1:4294967290", b"3:4294967292", 3),
    ],
)
def test_the_last_that_kept_its_number_tells(numbers: bytes, uids: bytes, intact: int) -> None:
    assert a_match(numbers, uids).intact([3, 5, 7, 8, 10, 12]) == intact


@given(
    st.sets(st.integers(1, 60), min_size=1).map(sorted),
    st.sets(st.integers(0, 59)),
    st.sets(st.integers(0, 59)),
)
def test_it_is_what_comparing_one_by_one_finds(known: list[int], gone: set[int], sampled: set[int]) -> None:
    there = [uid for uid in known if uid not in gone]
    sample = [(number, uid) for number, uid in enumerate(known, 1) if number in sampled]
    if sample:
        match = SequenceMatch(*(SequenceSet.of(numbers) for numbers in zip(*sample, strict=True)))
        same = [uid for number, uid in sample if there[number - 1 : number] == [uid]]
        assert match.intact(there) == max(same, default=0)
        assert not [uid for uid in known if uid <= match.intact(there) and uid in gone]


class _Counted(Sequence[int]):
    """200,000 UIDs that know how often they were looked at."""

    looks = 0

    def __len__(self) -> int:
        return 200_000

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[int]: ...
    def __getitem__(self, at: int | slice) -> int | Sequence[int]:
        self.looks += 1
        return range(2, 200_002)[at]


def test_four_thousand_million_are_compared_by_halves() -> None:
    uids = _Counted()
    everything = SequenceMatch(SequenceSet(((1, MAX_NUMBER - 1),)), SequenceSet(((2, MAX_NUMBER),)))
    assert everything.intact(uids) == 200_001
    assert uids.looks < 30
