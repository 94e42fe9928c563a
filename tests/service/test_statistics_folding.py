"""What took place becomes sums of a month: pure, and however it is cut. domain.md §8."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalKind
from vaguemestre.service.ports.statistics import Cell, Figure, Line, Side, Standing, Told
from vaguemestre.service.statistics.folding import (
    COUNTED,
    bals_in,
    fold_lines,
    fold_standing,
    fold_told,
    month_of,
)
from vaguemestre.service.statistics.indicators import (
    Column,
    columns_from,
    figures_of,
    rate,
    under_names,
)

PARIS = ZoneInfo("Europe/Paris")
DOCTOR, HOSPITAL = Side("cabinet.fr", BalKind.PER), Side("hopital.fr", BalKind.APP)
CITIZEN = Side("patient.fr", BalKind.CITIZEN)
SIDES = {1: DOCTOR, 2: CITIZEN, 3: HOSPITAL, 4: CITIZEN}
ADDRESSES = {"doc@cabinet.fr": DOCTOR, "labo@hopital.fr": HOSPITAL}


def micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


MARCH = micros(datetime(2026, 3, 14, 12, tzinfo=UTC))


def side_of(address: Address) -> Side | None:
    return ADDRESSES.get(str(address))


def a_line(event: str, bal: int | None = None, actor: str = "", at: int = MARCH, **detail: str) -> Line:
    return Line(at, actor, event, bal, json.dumps({key.rstrip("_"): said for key, said in detail.items()}))


def folded(*lines: Line, since: str = "") -> dict[tuple[str, str, str, str], int]:
    sums = fold_lines(lines, SIDES, side_of, PARIS, since)
    return {(cell.domain, cell.kind, cell.figure.value, cell.about): value for cell, value in sums.items()}


def test_a_message_is_sent_once_and_received_by_each() -> None:
    assert folded(a_line("accepted", actor="bal:1", to="2 4")) == {
        ("cabinet.fr", "PER", "sent", "citizen"): 1,
        ("patient.fr", "CITIZEN", "received", "professional"): 2,
    }


def test_a_message_to_several_sorts_is_one_message() -> None:
    found = folded(a_line("accepted", actor="bal:3", to="2 1", elsewhere="2"))
    assert found["hopital.fr", "APP", "sent", "several"] == 1
    assert sum(value for cell, value in found.items() if cell[2] == "sent") == 1
    assert folded(a_line("accepted", actor="bal:3", elsewhere="2")) == {
        ("hopital.fr", "APP", "sent", "elsewhere"): 1
    }


def test_who_writes_in_the_name_of_another_is_not_the_sender() -> None:
    assert ("cabinet.fr", "PER", "sent", "professional") in folded(
        a_line("accepted", actor="bal:4", to="3", for_="1")
    )


def test_mail_of_another_operator_is_received_and_not_sent() -> None:
    assert folded(a_line("accepted", actor="peer:CN=x", to="1")) == {
        ("cabinet.fr", "PER", "received", "elsewhere"): 1
    }


def test_both_sides_of_a_conversation_count_it_where_they_are_here() -> None:
    assert folded(
        a_line("conversation_opened", 2, professional="doc@cabinet.fr"),
        a_line("conversation_closed", 2, professional="who@elsewhere.fr"),
        a_line("conversation_closed", None),
    ) == {
        ("patient.fr", "CITIZEN", "conversations_opened", "professional"): 1,
        ("cabinet.fr", "PER", "conversations_opened", "citizen"): 1,
        ("patient.fr", "CITIZEN", "conversations_closed", "elsewhere"): 1,
    }


def test_lines_of_many_are_as_many_and_of_nobody_here_have_no_domain() -> None:
    assert folded(
        a_line("signed_in", 1),
        a_line("signed_in", 1, times="40"),
        a_line("signed_in_for", 2),
        a_line("refused", 99),
        a_line("account_added", 3),
        a_line("account_closed", 3),
        a_line("inspected", 3),
    ) == {
        ("cabinet.fr", "PER", "sign_ins", ""): 41,
        ("patient.fr", "CITIZEN", "sign_ins", ""): 1,
        ("", "", "refused", ""): 1,
        ("hopital.fr", "APP", "mailboxes_created", ""): 1,
        ("hopital.fr", "APP", "mailboxes_closed", ""): 1,
    }


def test_a_month_begins_where_the_clocks_hang_and_older_ones_are_left_alone() -> None:
    late = micros(datetime(2026, 3, 31, 22, 30, tzinfo=UTC))
    assert month_of(late, PARIS) == "2026-04"
    assert month_of(late, UTC) == "2026-03"
    assert not folded(a_line("refused", 1), since="2026-04")
    assert folded(a_line("refused", 1, at=late), since="2026-04")


moments = st.integers(MARCH, MARCH + 90 * 24 * 3600 * 1_000_000)
numbers = st.sampled_from([1, 2, 3, 4, 99])
lines = st.lists(
    st.one_of(
        st.builds(
            lambda at, sender, to, more: a_line(
                "accepted", actor=f"bal:{sender}", at=at, to=" ".join(map(str, to)), **more
            ),
            moments,
            numbers,
            st.lists(numbers, max_size=4),
            st.sampled_from([{}, {"elsewhere": "3"}, {"for_": "2"}]),
        ),
        st.builds(
            lambda at, event, bal, professional: a_line(event, bal, at=at, professional=professional),
            moments,
            st.sampled_from(COUNTED[1:]),
            st.none() | numbers,
            st.sampled_from(["doc@cabinet.fr", "who@elsewhere.fr", ""]),
        ),
    ),
    max_size=30,
)


@given(lines, st.lists(st.integers(0, 30)))
def test_any_cut_into_steps_gives_the_same_sums(told: list[Line], cuts: list[int]) -> None:
    whole = fold_lines(told, SIDES, side_of, PARIS, "2026-04")
    places = [0, *sorted(cuts), len(told)]
    parts: Counter[Cell] = Counter()
    for first, last in pairwise(places):
        parts.update(fold_lines(told[first:last], SIDES, side_of, PARIS, "2026-04"))
    assert parts == whole
    assert bals_in(told) <= {1, 2, 3, 4, 99}


def test_opened_soon_enough_is_opened() -> None:
    day = 24 * 3600 * 1_000_000
    fates = [
        Told(MARCH, CITIZEN, MARCH + 30 * day),
        Told(MARCH, CITIZEN, MARCH + 31 * day),
        Told(MARCH, CITIZEN, None),
        Told(MARCH - 60 * day, CITIZEN, MARCH),
    ]
    sums = fold_told(fates, PARIS, "2026-03", timedelta(days=30))
    assert {cell.figure: value for cell, value in sums.items()} == {Figure.DELIVERED: 3, Figure.OPENED: 1}
    assert rate(1, 3) == Decimal("33.3")
    assert rate(0, 0) is None


def test_mailboxes_are_told_as_they_stand() -> None:
    sums = fold_standing(
        [
            Standing(1, DOCTOR, "active", True, 500, date(2026, 3, 1)),
            Standing(2, DOCTOR, "active", False, 700, date(2026, 2, 28)),
            Standing(3, DOCTOR, "closed", True, 900, date(2026, 3, 2)),
        ],
        "2026-03",
    )
    assert {(cell.figure.value, cell.about): value for cell, value in sums.items()} == {
        ("mailboxes", "active"): 2,
        ("mailboxes", "closed"): 1,
        ("mailboxes_unlisted", ""): 1,
        ("mailboxes_seen", ""): 1,
        ("volume", ""): 1200,
    }


def test_figures_stand_in_the_columns_of_others() -> None:
    cells = [
        (Cell("2026-03", "cabinet.fr", "PER", Figure.SIGN_INS, ""), 4),
        (Cell("2026-03", "cabinet.fr", "ORG", Figure.SIGN_INS, ""), 3),
        (Cell("2026-04", "cabinet.fr", "PER", Figure.SENT, "citizen"), 2),
        (Cell("2026-04", "", "", Figure.REFUSED, ""), 9),
    ]
    columns = columns_from(
        ["Mois=month", "Domaine=domain", "X==v1", "Connexions=sign_ins/PER", "T=opening_rate", "E=sent"]
    )
    assert columns[2] == Column("X", "=v1")
    assert under_names(cells, columns) == [
        ["2026-04", "cabinet.fr", "v1", "0", "", "2"],
        ["2026-03", "cabinet.fr", "v1", "4", "", "0"],
    ]
    assert [(one.month, one.kind) for one in figures_of(cells, by_kind=True)] == [
        ("2026-04", ""),
        ("2026-04", "PER"),
        ("2026-03", "ORG"),
        ("2026-03", "PER"),
    ]


@pytest.mark.parametrize("wrong", ["Connexions", "=sent", "A=sending", "A=sent/DOG", "A=month/PER"])
def test_a_column_that_means_nothing_is_refused_with_a_sentence(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"is (not|no) "):
        columns_from([wrong])
