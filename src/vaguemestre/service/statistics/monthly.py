"""The sums of months as they are asked for: by kind, as CSV, under names of others. domain.md §8."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from vaguemestre.service.ports.statistics import Cell, Cursor
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

_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_FIRST, _LAST = "0000-01", "9999-12"


def is_month(text: str) -> bool:
    """Whether it is written as 2026-03."""
    return _MONTH.fullmatch(text) is not None


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

    async def cursor(self) -> Cursor | None:
        """How far was counted."""
        return await self._store.read(lambda tx: tx.statistics.cursor())

    async def figures(self, month: str = "", domain: str = "", *, by_kind: bool = True) -> list[MonthRow]:
        """All months, or one; all domains, or one."""
        return figures_of(await self._cells(month, domain), by_kind=by_kind)

    async def csv(self, month: str = "", domain: str = "") -> str:
        """By month, domain and kind, every indicator under our names (RFC 4180)."""
        rows = [["month", "domain", "kind", *KEYS]]
        for one in await self.figures(month, domain):
            values = [_plain(one.values[key]) for key in KEYS]
            rows.append([one.month, one.domain, one.kind, *values])
        return _written(rows, ",")

    async def under_names(self, month: str = "", domain: str = "") -> str:
        """By month and domain, in the columns of the settings."""
        head = [column.name for column in self._columns]
        rows = under_names(await self._cells(month, domain), self._columns)
        return _written([head, *rows], self._separator)

    async def _cells(self, month: str, domain: str) -> list[tuple[Cell, int]]:
        first, last = (month, month) if month else (_FIRST, _LAST)
        cells = await self._store.read(lambda tx: tx.statistics.read(first, last))
        return [(cell, value) for cell, value in cells if not domain or cell.domain == domain.lower()]


class Statistics(NamedTuple):
    """Counted, and told."""

    counting: MonthlyCount
    monthly: MonthlyFigures


def _plain(value: Number) -> str:
    return "" if value is None else str(value)


def _written(rows: Sequence[Sequence[str]], separator: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
