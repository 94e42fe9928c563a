"""SORT: RFC 5256 §3, RFC 5267 §3, RFC 5957 §3; and the sorting itself."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.finished import finished

from vaguemestre.imap import responses, slices
from vaguemestre.imap.commands.search import SearchReturn
from vaguemestre.imap.commands.sort import Criterion, Sort, SortKey
from vaguemestre.imap.commands.table import Command
from vaguemestre.imap.errors import BadCharsetError, CommandSyntaxError
from vaguemestre.imap.search_key import All, HasFlag

Read = Callable[..., Command]


def test_criteria_are_read_in_order(read: Read) -> None:
    assert read(b"SORT (REVERSE date Subject) UTF-8 ALL") == Sort(
        (Criterion(SortKey.DATE, reverse=True), Criterion(SortKey.SUBJECT)), All()
    )


def test_every_key_is_known(read: Read) -> None:
    names = b" ".join(key.encode() for key in SortKey)
    command = read(b"UID SORT RETURN (MIN ALL) (" + names + b') "us-ascii" FLAGGED')
    assert command == Sort(
        tuple(map(Criterion, SortKey)),
        HasFlag("\\Flagged"),
        frozenset({SearchReturn.MIN, SearchReturn.ALL}),
        by_uid=True,
    )


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"()",
        b"() UTF-8 ALL",
        b"(DATE)",
        b"(DATE) UTF-8",
        b"(DATE) ALL",
        b"DATE UTF-8 ALL",
        b"(REVERSE) UTF-8 ALL",
        b"(REVERSE REVERSE DATE) UTF-8 ALL",
        b"(COLOUR) UTF-8 ALL",
        b"(" + b" ".join([b"DATE"] * 21) + b") UTF-8 ALL",
        b"RETURN (FOO) (DATE) UTF-8 ALL",
    ],
)
def test_what_is_no_sort_is_refused(octets: bytes, read: Read) -> None:
    with pytest.raises(CommandSyntaxError):
        read(b"SORT " + octets)


def test_a_charset_is_named_and_must_be_known(read: Read) -> None:
    with pytest.raises(BadCharsetError):
        read(b"SORT (DATE) KOI8-R ALL")


def test_numbers_are_told_in_the_order_given() -> None:
    assert responses.sort([3, 1, 2]) == b"* SORT 3 1 2\r\n"
    assert responses.sort([]) == b"* SORT\r\n"


@given(st.lists(st.integers(0, 9), max_size=300), st.booleans(), st.integers(1, 60), st.integers(1, 200))
def test_sorting_by_slices_is_sorting(
    numbers: list[int], reverse: bool, at_once: int, merged_at_once: int
) -> None:
    items = list(enumerate(numbers))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slices, "AT_ONCE", at_once)
        patch.setattr(slices, "MERGED_AT_ONCE", merged_at_once)
        work = slices.in_order(items, lambda item: item[1], reverse=reverse)
        assert finished(work) == sorted(items, key=lambda item: item[1], reverse=reverse)
