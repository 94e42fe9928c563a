"""Our figures under names of our own, and how they are given under those of others. Pure. domain.md §8.

The official names and columns are not known, so none stands here: the operator writes them in the settings,
each with the indicator of ours that goes there, and ``columns_from`` reads that. A month that nobody counted
is not a month of zeros: it has no row.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias

from vaguemestre.mail.bal import BalKind, BalState
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.ports.statistics import Cell, Figure
from vaguemestre.service.statistics.folding import CITIZEN, ELSEWHERE, PROFESSIONAL, SEVERAL

Number: TypeAlias = int | Decimal | None

RATE: Final = "opening_rate"
_PERCENT: Final = Decimal("0.1")


class Indicator(NamedTuple):
    """A name for programs, one for people, and what is summed; ``about`` None sums whoever it is about."""

    key: str
    name: Sentence
    figure: Figure
    about: str | None = None


def _mailboxes(state: BalState, fr: str, en: str) -> Indicator:
    return Indicator(f"mailboxes_{state.value}", Sentence(fr=fr, en=en), Figure.MAILBOXES, state.value)


INDICATORS: Final = (
    Indicator("sent", Sentence(fr="messages émis", en="messages sent"), Figure.SENT),
    Indicator(
        "sent_to_citizens", Sentence(fr="émis à des citoyens", en="sent to citizens"), Figure.SENT, CITIZEN
    ),
    Indicator(
        "sent_to_professionals",
        Sentence(fr="émis à des professionnels", en="sent to professionals"),
        Figure.SENT,
        PROFESSIONAL,
    ),
    Indicator(
        "sent_elsewhere",
        Sentence(fr="émis à d'autres opérateurs", en="sent to other operators"),
        Figure.SENT,
        ELSEWHERE,
    ),
    Indicator(
        "sent_to_several", Sentence(fr="émis à plusieurs sortes", en="sent to several"), Figure.SENT, SEVERAL
    ),
    Indicator("received", Sentence(fr="messages reçus", en="messages received"), Figure.RECEIVED),
    Indicator(
        "received_from_citizens",
        Sentence(fr="réponses de citoyens", en="citizens' answers"),
        Figure.RECEIVED,
        CITIZEN,
    ),
    Indicator(
        "received_from_professionals",
        Sentence(fr="reçus de professionnels", en="received from professionals"),
        Figure.RECEIVED,
        PROFESSIONAL,
    ),
    Indicator(
        "received_from_elsewhere",
        Sentence(fr="reçus d'autres opérateurs", en="received from other operators"),
        Figure.RECEIVED,
        ELSEWHERE,
    ),
    Indicator("refused", Sentence(fr="refus", en="refusals"), Figure.REFUSED),
    Indicator(
        "conversations_opened",
        Sentence(fr="conversations ouvertes", en="conversations opened"),
        Figure.CONVERSATIONS_OPENED,
    ),
    Indicator(
        "conversations_closed",
        Sentence(fr="conversations closes", en="conversations closed"),
        Figure.CONVERSATIONS_CLOSED,
    ),
    Indicator("sign_ins", Sentence(fr="connexions", en="sign-ins"), Figure.SIGN_INS),
    Indicator(
        "mailboxes_created", Sentence(fr="boîtes créées", en="mailboxes created"), Figure.MAILBOXES_CREATED
    ),
    Indicator(
        "mailboxes_ended", Sentence(fr="fermetures de boîtes", en="mailboxes ended"), Figure.MAILBOXES_CLOSED
    ),
    _mailboxes(BalState.ACTIVE, "boîtes actives", "mailboxes active"),
    _mailboxes(BalState.INACTIVE, "boîtes non activées", "mailboxes not activated"),
    _mailboxes(BalState.SUSPENDED, "boîtes suspendues", "mailboxes suspended"),
    _mailboxes(BalState.OPPOSED, "boîtes refusées", "mailboxes opposed"),
    _mailboxes(BalState.CLOSED, "boîtes closes", "mailboxes closed"),
    Indicator("mailboxes_unlisted", Sentence(fr="en liste rouge", en="unlisted"), Figure.UNLISTED),
    Indicator(
        "mailboxes_seen",
        Sentence(fr="boîtes créées ou consultées", en="mailboxes made or signed in to"),
        Figure.SEEN,
    ),
    Indicator("volume", Sentence(fr="octets conservés", en="octets kept"), Figure.VOLUME),
    Indicator("delivered", Sentence(fr="remis il y a un mois", en="delivered a month ago"), Figure.DELIVERED),
    Indicator("opened", Sentence(fr="dont ouverts", en="of them opened"), Figure.OPENED),
)
"""Everything that is summed, in the order in which it is written."""

RATE_NAME: Final = Sentence(fr="taux d'ouverture, %", en="opening rate, %")
KEYS: Final = (*(one.key for one in INDICATORS), RATE)
NAMES: Final[Mapping[str, Sentence]] = {**{one.key: one.name for one in INDICATORS}, RATE: RATE_NAME}


class MonthRow(NamedTuple):
    """Of a month, a domain and a kind, each indicator; ``kind`` is empty when all are summed."""

    month: str
    domain: str
    kind: str
    values: Mapping[str, Number]


class Column(NamedTuple):
    """A column as somebody else wants it. ``what``: an indicator, ``month``, ``domain``, or ``=`` a text.

    ``kind`` has the indicator of one kind of mailbox only.
    """

    name: str
    what: str
    kind: str = ""


def figures_of(cells: Iterable[tuple[Cell, int]], *, by_kind: bool) -> list[MonthRow]:
    """The latest month first, then by domain and kind."""
    grouped: dict[tuple[str, str, str], list[tuple[Cell, int]]] = {}
    for cell, value in cells:
        group = (cell.month, cell.domain, cell.kind if by_kind else "")
        grouped.setdefault(group, []).append((cell, value))
    inner = sorted(grouped, key=lambda group: group[1:])
    return [
        MonthRow(*group, _values(grouped[group]))
        for group in sorted(inner, key=lambda group: group[0], reverse=True)
    ]


def rate(opened: int, delivered: int) -> Decimal | None:
    """In per cent, to a tenth; None where nothing could be opened."""
    return (Decimal(100 * opened) / delivered).quantize(_PERCENT) if delivered else None


def columns_from(told: Sequence[str]) -> tuple[Column, ...]:
    """Of ``name=indicator`` and ``name=indicator/KIND``. Raises ValueError, with a sentence."""
    return tuple(map(_column, told))


def under_names(cells: Sequence[tuple[Cell, int]], columns: Sequence[Column]) -> list[list[str]]:
    """A row a month and domain of ours, in these columns; a number that is not known is empty."""
    whole = figures_of(cells, by_kind=False)
    kinds = {(one.month, one.domain, one.kind): one.values for one in figures_of(cells, by_kind=True)}
    return [
        [_written(one, column, kinds.get((one.month, one.domain, column.kind))) for column in columns]
        for one in whole
        if one.domain
    ]


def _written(whole: MonthRow, column: Column, of_kind: Mapping[str, Number] | None) -> str:
    if column.what.startswith("="):
        return column.what[1:]
    if column.what in {"month", "domain"}:
        return whole.month if column.what == "month" else whole.domain
    values = (of_kind or _values(())) if column.kind else whole.values
    value = values[column.what]
    return "" if value is None else str(value)


def _values(cells: Iterable[tuple[Cell, int]]) -> Mapping[str, Number]:
    sums: dict[tuple[Figure, str | None], int] = {}
    for cell, value in cells:
        for about in (cell.about, None):
            sums[cell.figure, about] = sums.get((cell.figure, about), 0) + value
    values: dict[str, Number] = {one.key: sums.get((one.figure, one.about), 0) for one in INDICATORS}
    values[RATE] = rate(sums.get((Figure.OPENED, None), 0), sums.get((Figure.DELIVERED, None), 0))
    return values


def _column(told: str) -> Column:
    name, parted, what = told.partition("=")
    name = name.strip()
    if not name or not parted:
        raise ValueError(f"{told!r} is not NAME=INDICATOR")
    if what.startswith("="):
        return Column(name, what)
    key, _, kind = what.strip().partition("/")
    if kind and kind not in {one.value for one in BalKind}:
        raise ValueError(f"{told!r}: {kind!r} is no kind of mailbox: {', '.join(BalKind)}")
    if key not in KEYS and (kind or key not in {"month", "domain"}):
        raise ValueError(f"{told!r}: {key!r} is no indicator: month, domain, {', '.join(KEYS)}")
    return Column(name, key, kind)
