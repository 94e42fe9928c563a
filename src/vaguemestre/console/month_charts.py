"""A year of months as charts: of what takes place, one bar a month. domain.md §8.

A month that nobody counted has no bar, and neither has one of which there was nothing; the table says which.
"""

from datetime import UTC, datetime
from typing import Final, NamedTuple

from vaguemestre.console.charts import Chart, drawn
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.statistics.indicators import RATE
from vaguemestre.service.statistics.monthly import Year


class _Wanted(NamedTuple):
    """``parts`` are keys of indicators, from the floor up."""

    name: str
    title: Sentence
    unit: Sentence
    parts: tuple[str, ...]


_MESSAGES: Final = Sentence(fr="messages", en="messages")
_WANTED: Final = (
    _Wanted(
        "sent",
        Sentence(fr="Messages émis", en="Messages sent"),
        _MESSAGES,
        ("sent_to_citizens", "sent_to_professionals", "sent_elsewhere", "sent_to_several"),
    ),
    _Wanted(
        "received",
        Sentence(fr="Messages reçus", en="Messages received"),
        _MESSAGES,
        ("received_from_citizens", "received_from_professionals", "received_from_elsewhere"),
    ),
    _Wanted(
        RATE,
        Sentence(fr="Taux d'ouverture à trente jours", en="Opening rate within thirty days"),
        Sentence(fr="% des messages remis", en="% of messages delivered"),
        (RATE,),
    ),
    _Wanted(
        "conversations",
        Sentence(fr="Conversations ouvertes", en="Conversations opened"),
        Sentence(fr="conversations, de chaque côté", en="conversations, on each side"),
        ("conversations_opened",),
    ),
    _Wanted(
        "sign_ins",
        Sentence(fr="Connexions", en="Sign-ins"),
        Sentence(fr="connexions", en="sign-ins"),
        ("sign_ins",),
    ),
    _Wanted(
        "mailboxes",
        Sentence(fr="Boîtes actives", en="Active mailboxes"),
        Sentence(fr="boîtes", en="mailboxes"),
        ("mailboxes_active",),
    ),
)


def first_of(month: str) -> datetime:
    """The moment that stands for a month in a chart."""
    year, number = map(int, month.split("-"))
    return datetime(year, number, 1, tzinfo=UTC)


def charts_of_months(year: Year) -> tuple[Chart, ...]:
    """One a thing that people compare."""
    moments = [first_of(month) for month in year.months]
    return tuple(
        drawn(
            wanted.name, wanted.title, wanted.unit, {key: _values(year, key) for key in wanted.parts}, moments
        )
        for wanted in _WANTED
    )


def _values(year: Year, key: str) -> dict[datetime, float]:
    return {first_of(month): float(row.values[key] or 0) for month, row in year.whole.items()}
