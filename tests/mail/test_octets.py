"""Octets are found where ``find`` finds them."""

from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.mail.octets import first_of

FEW = st.lists(st.sampled_from([b"\r", b"\n", b".", b"-", b"a"]), max_size=12).map(b"".join)


@given(FEW.filter(bool), FEW, st.integers(0, 12), st.integers(0, 14), st.integers(0, 11))
def test_the_first_is_found(needle: bytes, octets: bytes, start: int, end: int, which: int) -> None:
    seldom = needle[which % len(needle) :][:1]
    assert first_of(needle, octets, start, end, seldom) == octets.find(needle, start, end)


@given(FEW.filter(bool), FEW, FEW, st.integers(0, 12), st.integers(0, 24), st.integers(0, 11))
def test_the_first_is_found_behind_much_that_is_none(
    needle: bytes, before: bytes, after: bytes, start: int, short: int, which: int
) -> None:
    seldom = needle[which % len(needle) :][:1]
    octets = before + b"b" * 1_024 + after
    end = len(octets) - short
    assert first_of(needle, octets, start, end, seldom) == octets.find(needle, start, end)
