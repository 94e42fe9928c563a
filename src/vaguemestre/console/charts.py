"""Charts as the server draws them: bars in an SVG that a page contains, and the same numbers as a table.

Bars are drawn in a box of 100 by 1,000 that the page stretches, so that words are never in it: they stay as
large as the reader wants them. Parts of a bar beyond three are one, "others".
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.health.watching import History
from vaguemestre.service.ports.sample import Series

_HEIGHT: Final = 100.0
_WIDTH: Final = 1_000.0
_GAP: Final = 0.2  # of a bar's room
_PARTS: Final = 3
_OTHERS: Final = "…"


class Bar(NamedTuple):
    """A rectangle; ``part`` from 1, whose colour it has."""

    x: str
    y: str
    width: str
    height: str
    part: int


class Row(NamedTuple):
    """A span that has numbers, one for each part."""

    at: datetime
    values: tuple[float, ...]


class Chart(NamedTuple):
    """``top`` is what the full height stands for; ``rows`` are those in which there is anything."""

    name: str
    title: Sentence
    unit: Sentence
    parts: tuple[str, ...]
    bars: tuple[Bar, ...]
    rows: tuple[Row, ...]
    moments: tuple[datetime, ...]
    top: float

    @property
    def total(self) -> float:
        """Of everything."""
        return sum(sum(row.values) for row in self.rows)


class _Wanted(NamedTuple):
    series: Series
    title: Sentence
    unit: Sentence


_MESSAGES: Final = Sentence(fr="messages", en="messages")
_WANTED: Final = (
    _Wanted(Series.ACCEPTED, Sentence(fr="Messages acceptés", en="Messages accepted"), _MESSAGES),
    _Wanted(
        Series.REFUSALS,
        Sentence(fr="Refus, par règle", en="Refusals, by rule"),
        Sentence(fr="refus", en="refusals"),
    ),
    _Wanted(
        Series.SIGN_IN_FAILURES,
        Sentence(fr="Connexions refusées", en="Sign-ins refused"),
        Sentence(fr="échecs", en="failures"),
    ),
    _Wanted(
        Series.QUEUE_AGE,
        Sentence(fr="Attente la plus longue vers d'autres opérateurs", en="Longest wait for other operators"),
        Sentence(fr="minutes", en="minutes"),
    ),
    _Wanted(
        Series.WRITE_SECONDS,
        Sentence(fr="Durée moyenne d'une écriture", en="Mean time of a write"),
        Sentence(fr="millisecondes", en="milliseconds"),
    ),
    _Wanted(
        Series.CONNECTIONS,
        Sentence(fr="Clients connectés au plus, par porte", en="Most clients connected, by door"),
        Sentence(fr="clients", en="clients"),
    ),
)


def charts_of(history: History) -> tuple[Chart, ...]:
    """One a series that people read."""
    values: dict[Series, dict[str, dict[datetime, float]]] = {series: {} for series in Series}
    for at, (series, label, value) in history.buckets:
        values[series].setdefault(label, {})[at] = value
    seconds = values[Series.WRITE_SECONDS].get("", {})
    writes = values[Series.WRITES].get("", {})
    values[Series.WRITE_SECONDS] = {
        "": {at: 1_000 * took / writes[at] for at, took in seconds.items() if writes.get(at)}
    }
    waited = values[Series.QUEUE_AGE].get("", {})
    values[Series.QUEUE_AGE] = {"": {at: age / 60 for at, age in waited.items()}}
    return tuple(_chart(wanted, values[wanted.series], history.moments) for wanted in _WANTED)


def _chart(wanted: _Wanted, values: dict[str, dict[datetime, float]], moments: Sequence[datetime]) -> Chart:
    parts, columns = _columns(values)
    return drawn(
        wanted.series.value, wanted.title, wanted.unit, dict(zip(parts, columns, strict=True)), moments
    )


def drawn(
    name: str,
    title: Sentence,
    unit: Sentence,
    values: Mapping[str, Mapping[datetime, float]],
    moments: Sequence[datetime],
) -> Chart:
    """The parts of a bar, four at most, in the order in which ``values`` has them."""
    columns = list(values.values())
    rows = tuple(
        Row(at, told) for at in moments if any(told := tuple(column.get(at, 0.0) for column in columns))
    )
    top = rounded_up(max((sum(row.values) for row in rows), default=0.0))
    return Chart(
        name,
        title,
        unit,
        tuple(values),
        tuple(_bars(rows, moments, top)),
        rows,
        tuple(moments),
        top,
    )


def _columns(values: dict[str, dict[datetime, float]]) -> tuple[tuple[str, ...], list[dict[datetime, float]]]:
    """The greatest first, and what is beyond three together."""
    ranked = sorted(values, key=lambda label: (-sum(values[label].values()), label))
    named = ranked if len(ranked) <= _PARTS + 1 else ranked[:_PARTS]
    columns = [values[label] for label in named]
    rest = ranked[len(named) :]
    if rest:
        others: dict[datetime, float] = {}
        for label in rest:
            for at, value in values[label].items():
                others[at] = others.get(at, 0.0) + value
        columns.append(others)
    return (*named, *((_OTHERS,) if rest else ())), columns


def rounded_up(value: float) -> float:
    """To 1, 2 or 5 times a power of ten: what stands at the top of a scale. 1 at least for nothing."""
    if value <= 0:
        return 1.0
    power = 10.0 ** (len(str(int(value))) - 1) if value >= 1 else 0.001
    while power * 10 < value:
        power *= 10
    return next(power * step for step in (1, 2, 5, 10) if power * step >= value)


def _bars(rows: Sequence[Row], moments: Sequence[datetime], top: float) -> list[Bar]:
    room = _WIDTH / max(1, len(moments))
    places = {at: index for index, at in enumerate(moments)}
    bars = []
    for at, values in rows:
        floor = _HEIGHT
        for part, value in enumerate(values, 1):
            height = value / top * _HEIGHT
            floor -= height
            if value:
                x = (places[at] + _GAP / 2) * room
                bars.append(
                    Bar(f"{x:.1f}", f"{floor:.1f}", f"{room * (1 - _GAP):.1f}", f"{height:.1f}", part)
                )
    return bars
