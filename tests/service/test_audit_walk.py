"""Whatever is done to the journal's chain is found, and where: any history, any tampering."""

import os
from collections.abc import Callable, Sequence
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.service.audit.chain import ORIGIN, SALT_LENGTH, link_after, seal_of
from vaguemestre.service.audit.faults import Fault, FaultKind
from vaguemestre.service.audit.vouchers import Vouchers, said_emptied, said_spans
from vaguemestre.service.audit.walk import Mark, Walk
from vaguemestre.service.ports.audit import KeptLine, Link

KEY: Final = b"k" * 32
STRANGER: Final = b"s" * 32
DAY: Final = 86_400_000_000

entries = st.lists(
    st.tuples(
        st.integers(0, 400 * DAY),
        st.sampled_from(["bal:1", "operator:anne", "rule:CONV-2", ""]),
        st.sampled_from(["inspected", "refused", "signed_in"]),
        st.none() | st.integers(1, 9),
        st.sampled_from(["{}", '{"rule":"CONV-2"}', '{"day":"2026-03-14"}']),
    ),
    min_size=2,
    max_size=25,
)


def recorded(number: int, said: tuple[int, str, str, int | None, str], key: bytes = KEY) -> KeptLine:
    """A line as it is before it has a place."""
    salt = os.urandom(SALT_LENGTH)
    return KeptLine(number, *said, salt, seal_of(key, salt, *said), None, None)


def chained(lines: Sequence[KeptLine]) -> list[KeptLine]:
    """As the server leaves them."""
    link, done = ORIGIN, []
    for line in lines:
        link = link_after(KEY, link, line)
        done.append(line._replace(seq=link.seq, head=link.head))
    return done


def history(said: Sequence[tuple[int, str, str, int | None, str]]) -> list[KeptLine]:
    return chained([recorded(number, one) for number, one in enumerate(said, 1)])


def walked(
    lines: Sequence[KeptLine], marks: Sequence[Mark] = (), vouchers: Vouchers | None = None
) -> list[Fault]:
    """What a walk over these rows finds; a database gives them by place."""
    walk = Walk(KEY, vouchers or Vouchers(), marks, len(lines))
    placed = sorted((line for line in lines if (line.seq or 0) > 0), key=lambda line: line.seq or 0)
    for line in placed:
        walk.take(line)
    walk.end()
    for seal in walk.maybe_copied:
        walk.copied([line.seq or 0 for line in placed if line.seal == seal])
    return walk.faults


def tip(lines: Sequence[KeptLine]) -> Mark:
    """What the witness holds."""
    return Mark(Link(lines[-1].seq or 0, lines[-1].head or b""))


def found_at(faults: Sequence[Fault], seq: int) -> bool:
    return any(fault.first <= seq <= fault.last for fault in faults)


@given(entries)
def test_a_history_that_nobody_touched_is_sound(said: list[tuple[int, str, str, int | None, str]]) -> None:
    lines = history(said)
    assert walked(lines, [tip(lines)]) == []


Tampering = Callable[[list[KeptLine], int, int], int]


def change_a_word(lines: list[KeptLine], at: int, _other: int) -> int:
    lines[at] = lines[at]._replace(actor="operator:nobody")
    return at + 1


def change_the_time(lines: list[KeptLine], at: int, _other: int) -> int:
    lines[at] = lines[at]._replace(at=lines[at].at + 1)
    return at + 1


def put_something_else_in_a_column(lines: list[KeptLine], at: int, _other: int) -> int:
    lines[at] = lines[at]._replace(seal=b"short")
    return at + 1


def take_out(lines: list[KeptLine], at: int, _other: int) -> int:
    del lines[at]
    return at + 1


def cut_the_end(lines: list[KeptLine], at: int, _other: int) -> int:
    end = len(lines)
    del lines[at:]
    return end


def swap_places(lines: list[KeptLine], at: int, other: int) -> int:
    one, two = lines[at], lines[other]
    lines[at] = one._replace(seq=two.seq, head=two.head)
    lines[other] = two._replace(seq=one.seq, head=one.head)
    return at + 1


def empty(lines: list[KeptLine], at: int, _other: int) -> int:
    lines[at] = lines[at]._replace(salt=None, actor="", bal=None, detail="{}")
    return at + 1


def put_in_and_push_the_others(lines: list[KeptLine], at: int, _other: int) -> int:
    foreign = recorded(99, (lines[at].at, "operator:anne", "inspected", 1, "{}"), STRANGER)
    for place in range(at, len(lines)):
        lines[place] = lines[place]._replace(seq=(lines[place].seq or 0) + 1)
    lines.insert(at, foreign._replace(seq=at + 1, head=os.urandom(32)))
    return at + 1


def append_what_the_server_then_chains(lines: list[KeptLine], _at: int, _other: int) -> int:
    foreign = recorded(99, (lines[-1].at, "operator:anne", "inspected", 1, "{}"), STRANGER)
    last = lines[-1]
    link = link_after(KEY, Link(last.seq or 0, last.head or b""), foreign)
    lines.append(foreign._replace(seq=link.seq, head=link.head))
    return link.seq


def copy_what_the_server_then_chains(lines: list[KeptLine], at: int, _other: int) -> int:
    copy, last = lines[at]._replace(id=99), lines[-1]
    link = link_after(KEY, Link(last.seq or 0, last.head or b""), copy)
    lines.append(copy._replace(seq=link.seq, head=link.head))
    return link.seq


def cut_the_end_and_let_the_server_go_on(lines: list[KeptLine], at: int, _other: int) -> int:
    last = len(lines)
    kept = lines[:at] + [recorded(number + 100, (0, "", "refused", 1, "{}")) for number in range(last)]
    lines[:] = chained(kept)
    return last


def change_a_head(lines: list[KeptLine], at: int, _other: int) -> int:
    lines[at] = lines[at]._replace(head=os.urandom(32))
    return at + 1


TAMPERINGS: Final[tuple[Tampering, ...]] = (
    change_a_word,
    change_the_time,
    put_something_else_in_a_column,
    take_out,
    cut_the_end,
    swap_places,
    empty,
    put_in_and_push_the_others,
    append_what_the_server_then_chains,
    copy_what_the_server_then_chains,
    cut_the_end_and_let_the_server_go_on,
    change_a_head,
)


@given(entries, st.sampled_from(TAMPERINGS), st.data())
def test_any_tampering_is_found_at_its_place(
    said: list[tuple[int, str, str, int | None, str]], tampering: Tampering, data: st.DataObject
) -> None:
    lines = history(said)
    witness = tip(lines)
    at = data.draw(st.integers(0, len(lines) - 2))
    other = data.draw(st.integers(at + 1, len(lines) - 1))
    place = tampering(lines, at, other)
    assert found_at(walked(lines, [witness]), place)


@given(entries, st.data())
def test_two_changes_far_apart_are_both_found(
    said: list[tuple[int, str, str, int | None, str]], data: st.DataObject
) -> None:
    lines = history(said)
    places = data.draw(st.sets(st.integers(0, len(lines) - 1), min_size=1))
    for place in places:
        change_a_word(lines, place, 0)
    faults = walked(lines)
    assert {fault.kind for fault in faults} == {FaultKind.CHANGED}
    assert {seq - 1 for fault in faults for seq in range(fault.first, fault.last + 1)} == places


@given(entries, st.data())
def test_lines_that_were_emptied_or_forgotten_on_record_are_no_fault(
    said: list[tuple[int, str, str, int | None, str]], data: st.DataObject
) -> None:
    lines = history(said)
    inner = st.sets(st.integers(0, len(lines) - 2))
    emptied, forgotten = data.draw(inner), data.draw(inner)
    vouchers = Vouchers()
    vouchers.add_emptied(said_emptied([place + 1 for place in sorted(emptied)]))
    vouchers.add_spans(said_spans([lines[place] for place in sorted(forgotten)]))
    for place in emptied:
        empty(lines, place, 0)
    left = [line for place, line in enumerate(lines) if place not in forgotten]
    assert walked(left, [tip(lines)], vouchers) == []
    if len(left) > 1:
        gone = left.pop(0).seq or 0
        assert found_at(walked(left, [], vouchers), gone)


def test_an_anchor_tells_where_the_chain_was_made_anew_by_who_has_the_key() -> None:
    said: list[tuple[int, str, str, int | None, str]] = [
        (day * DAY, "", "refused", 1, "{}") for day in range(9)
    ]
    lines = history(said)
    anchors = [Mark(Link(line.seq or 0, line.head or b""), f"{line.seq}.anchor") for line in lines[2::3]]
    forged = [line._replace(bal=2) if line.seq == 5 else line for line in lines]
    again = chained([recorded(line.id, line[1:6]) if line.seq == 5 else line for line in forged])
    assert walked(again) == []
    first, second = walked(again, anchors)
    assert (first.kind, first.first, first.last, first.source) == (FaultKind.REWRITTEN, 4, 6, "6.anchor")
    assert (second.first, second.last) == (4, 9)
