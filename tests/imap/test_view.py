"""What a client was told: sequence numbers never lie. RFC 9051 §2.3.1.2, §7.5.1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.imap.sequence import parse_sequence_set
from vaguemestre.imap.view import View
from vaguemestre.mail.mailbox import SeqNum, Uid


def a_view(*uids: int) -> View:
    return View(map(Uid, uids))


def test_numbers_and_uids_answer_each_other() -> None:
    view = a_view(3, 5, 9)
    assert len(view) == 3
    assert view.uid(SeqNum(2)) == 5
    assert view.seqnum(Uid(9)) == 3
    assert view.seqnum(Uid(4)) is None
    assert view.last_uid == 9
    for missing in (0, 4, -1):
        with pytest.raises(IndexError):
            view.uid(SeqNum(missing))


def test_messages_expunged_elsewhere_keep_their_number_until_told() -> None:
    view = a_view(3, 5, 9)
    view.mark_gone([Uid(3), Uid(9), Uid(4)])
    assert view.seqnum(Uid(5)) == 2
    assert view.gone == {3, 9}
    assert list(view.numbered(parse_sequence_set(b"1:*"), by_uid=False)) == [(1, 3), (2, 5), (3, 9)]
    assert view.tell_gone() == [1, 2]
    assert view.seqnum(Uid(5)) == 1
    assert view.tell_gone() == []


def test_expunging_what_was_gone_announces_it_once() -> None:
    view = a_view(1, 2, 3)
    view.mark_gone([Uid(2)])
    assert view.expunge([Uid(2), Uid(7)]) == [2]
    assert view.tell_gone() == []


def test_new_messages_come_at_the_end() -> None:
    view = a_view(3)
    assert view.extend([Uid(8), Uid(5), Uid(3), Uid(5), Uid(2)]) == 3
    assert list(view.uids) == [3, 5, 8]


def test_members_that_do_not_exist_are_left_out() -> None:
    view = a_view(3, 5, 9)
    assert view.select(parse_sequence_set(b"4:*,100"), by_uid=True) == [5, 9]
    assert view.select(parse_sequence_set(b"2,7"), by_uid=False) == [5]
    assert view.select(parse_sequence_set(b"100:*"), by_uid=True) == [9]
    assert not view.knows(parse_sequence_set(b"2,7"))
    assert view.knows(parse_sequence_set(b"2:*"))
    assert not a_view().knows(parse_sequence_set(b"*"))


@given(st.sets(st.integers(1, 80)), st.sets(st.integers(1, 80)))
def test_a_client_that_removes_as_told_holds_the_same_list(held: set[int], leaving: set[int]) -> None:
    view = a_view(*sorted(held))
    client = sorted(held)
    for seqnum in view.expunge(map(Uid, leaving)):
        del client[seqnum - 1]
    assert client == sorted(held - leaving) == list(view.uids)


@given(st.sets(st.integers(1, 60), min_size=1), st.data())
def test_numbers_of_many_are_those_of_each(uids: set[int], data: st.DataObject) -> None:
    view = View(map(Uid, sorted(uids)))
    some = [Uid(uid) for uid in sorted(data.draw(st.sets(st.sampled_from(sorted(uids)))))]
    assert list(view.seqnums(some)) == [view.seqnum(uid) for uid in some]
