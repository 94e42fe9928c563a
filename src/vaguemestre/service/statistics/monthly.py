"""The sums of months as they are asked for: by kind, by domain, a year of them, as CSV. domain.md §8.

They are read a month and a domain at a time, so that whoever asks for all of them holds nobody up.
"""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final, NamedTuple

from vaguemestre.service.ports.statistics import ALL_DOMAINS, Cell, Cursor
from vaguemestre.service.ports.store import Store
from vaguemestre.service.statistics.counting import MonthlyCount
from vaguemestre.service.statistics.indicators import (
    KEYS,
    Column,
    MonthRow,
    Number,
    figures_of,
    under_names,
)

MONTHS_SHOWN: Final = 13  # a year, and the month it is compared with
_AT_ONCE: Final = 20  # domains
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def is_month(text: str) -> bool:
    """Whether it is written as 2026-03."""
    return _MONTH.fullmatch(text) is not None


def months_until(last: str) -> tuple[str, ...]:
    """``MONTHS_SHOWN`` of them, the earliest first."""
    year, month = map(int, last.split("-"))
    end = year * 12 + month - 1
    return tuple(f"{at // 12:04}-{at % 12 + 1:02}" for at in range(end - MONTHS_SHOWN + 1, end + 1))


class Year(NamedTuple):
    """``whole`` has the months that were counted, of ``months``; ``kinds``: the last of them by kind."""

    months: tuple[str, ...]
    whole: Mapping[str, MonthRow]
    kinds: Sequence[MonthRow]


class MonthlyFigures:
    """``columns`` are those that the operator wants under names of others."""

    def __init__(self, store: Store, columns: Sequence[Column], separator: str) -> None:
        self._store = store
        self._columns = tuple(columns)
        self._separator = separator

    @property
    def has_columns(self) -> bool:
        """Whether names of others were set."""
        return bool(self._columns)

    async def months(self) -> list[str]:
        """Those that were counted, the latest first."""
        return await self._store.read(lambda tx: tx.statistics.months())

    async def domains(self, month: str) -> list[str]:
        """Those of that month that are ours."""
        return [one for one in await self._domains(month) if one]

    async def cursor(self) -> Cursor | None:
        """How far was counted."""
        return await self._store.read(lambda tx: tx.statistics.cursor())

    async def figures(self, month: str = "", domain: str = "") -> list[MonthRow]:
        """All months, or one; all domains, or one; the latest month first."""
        return [row async for cells in self._cells(month, domain) for row in figures_of(cells, by_kind=True)]

    async def year(self, last: str, domain: str = "") -> Year:
        """``last`` and the months before it, of one domain or of all together."""
        months, cells = months_until(last), list[tuple[Cell, int]]()
        whole: dict[str, MonthRow] = {}
        for month in months:
            cells = await self._read(month, domain.lower() or ALL_DOMAINS)
            if cells:
                whole[month] = figures_of(cells, by_kind=False)[0]
            await asyncio.sleep(0)  # the sessions have their turn
        return Year(months, whole, figures_of(cells, by_kind=True))

    async def by_domain(self, month: str) -> list[MonthRow]:
        """Messages, openings, sign-ins and mailboxes by state: who sent most first."""
        rows, domains = list[MonthRow](), await self.domains(month)
        for first in range(0, len(domains), _AT_ONCE):
            some = domains[first : first + _AT_ONCE]
            rows += figures_of(await self._some(month, some[0], some[-1]), by_kind=False)
            await asyncio.sleep(0)
        return sorted(rows, key=lambda row: -_count(row.values["sent"]))

    async def csv(self, month: str = "", domain: str = "") -> AsyncIterator[str]:
        """By month, domain and kind, every indicator under our names (RFC 4180)."""
        yield _written([["month", "domain", "kind", *KEYS]], ",")
        async for cells in self._cells(month, domain):
            rows = figures_of(cells, by_kind=True)
            told = (
                [one.month, one.domain, one.kind, *(_plain(one.values[key]) for key in KEYS)] for one in rows
            )
            yield _written(list(told), ",")

    async def under_names(self, month: str = "", domain: str = "") -> AsyncIterator[str]:
        """By month and domain, in the columns of the settings."""
        yield _written([[column.name for column in self._columns]], self._separator)
        async for cells in self._cells(month, domain):
            yield _written(under_names(cells, self._columns), self._separator)

    async def _some(self, month: str, first: str, last: str) -> list[tuple[Cell, int]]:
        return await self._store.read(lambda tx: tx.statistics.by_domain(month, first, last))

    async def _cells(self, month: str, domain: str) -> AsyncIterator[list[tuple[Cell, int]]]:
        """Of one month and one domain each time."""
        for one in [month] if month else await self.months():
            among = [domain.lower()] if domain else await self._domains(one)
            for whose in among:
                if cells := await self._read(one, whose):
                    yield cells
                await asyncio.sleep(0)

    async def _domains(self, month: str) -> list[str]:
        return await self._store.read(lambda tx: tx.statistics.domains(month))

    async def _read(self, month: str, domain: str) -> list[tuple[Cell, int]]:
        return await self._store.read(lambda tx: tx.statistics.read(month, domain))


class Statistics(NamedTuple):
    """Counted, and told."""

    counting: MonthlyCount
    monthly: MonthlyFigures


def _count(value: Number) -> int:
    return 0 if value is None else int(value)


def _plain(value: Number) -> str:
    return "" if value is None else str(value)


def _written(rows: Sequence[Sequence[str]], separator: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
