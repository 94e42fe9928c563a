"""What took place, by month and domain: a table, a year of charts, and the files. domain.md §8.

Sums name nobody, so that a month and a domain may stand in the address of a page, and looking is no line of
the journal.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse

from vaguemestre.console.desk import DeskHere
from vaguemestre.console.month_charts import charts_of_months, first_of
from vaguemestre.console.visitor import allowed
from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.sentence import Sentence
from vaguemestre.policy.administration import Permission
from vaguemestre.service.administration.sessions import Here
from vaguemestre.service.statistics.indicators import KEYS, NAMES, Number
from vaguemestre.service.statistics.monthly import Year, is_month

router = APIRouter()

MaySee = Annotated[Here, Depends(allowed(Permission.SEE_STATISTICS))]
Month = Annotated[str, Query(max_length=7)]
Domain = Annotated[str, Query(max_length=253)]

_LISTED: Final = 50  # domains; a person who wants more of them wants the file


class _Row(NamedTuple):
    """An indicator, of all kinds and then of each."""

    key: str
    name: Sentence
    whole: Number
    values: tuple[Number, ...]


@router.get("/statistics")
async def see(
    request: Request, desk: DeskHere, visitor: MaySee, month: Month = "", domain: Domain = ""
) -> Response:
    """A month, of all domains or of one, and the year that ends with it."""
    domain, counted = domain.strip().lower(), await desk.months.months()
    shown = _checked(month) or (counted[0] if counted else "")
    year = await desk.months.year(shown, domain) if shown else Year((), {}, ())
    year = year._replace(
        kinds=sorted(year.kinds, key=lambda one: not one.kind)
    )  # who wrote from elsewhere last
    listed = await desk.months.by_domain(shown) if shown and not domain else []
    kinds = [BalKind(one.kind) if one.kind else None for one in year.kinds]
    return desk.pages.render(
        request,
        "statistics.html",
        visitor=visitor,
        months=[(one, first_of(one)) for one in counted],
        shown=shown,
        of=first_of(shown) if shown else None,
        is_over=shown < desk.clock.now().astimezone(desk.pages.zone).strftime("%Y-%m"),
        domain=domain,
        domains=await desk.months.domains(shown) if shown else [],
        kinds=kinds,
        rows=_rows(year, shown),
        listed=listed[:_LISTED],
        more=max(0, len(listed) - _LISTED),
        charts=charts_of_months(year) if shown else (),
        names=NAMES,
        has_columns=desk.months.has_columns,
    )


@router.get("/statistics/figures.csv")
async def figures(desk: DeskHere, visitor: MaySee, month: Month = "", domain: Domain = "") -> Response:
    """As ``vaguemestre statistics --csv`` writes them."""
    return _file("figures", month, desk.months.csv(_checked(month), domain.strip()))


@router.get("/statistics/columns.csv")
async def columns(desk: DeskHere, visitor: MaySee, month: Month = "", domain: Domain = "") -> Response:
    """As ``vaguemestre statistics --columns`` writes them; 404 where the settings name none."""
    if not desk.months.has_columns:
        raise HTTPException(404)
    return _file("columns", month, desk.months.under_names(_checked(month), domain.strip()))


def _checked(month: str) -> str:
    """Raises HTTPException 400 for what is neither a month nor nothing."""
    if month and not is_month(month):
        raise HTTPException(400)
    return month


def _rows(year: Year, month: str) -> list[_Row]:
    """Nothing of which there is none."""
    whole = year.whole.get(month)
    if whole is None:
        return []
    return [
        _Row(key, NAMES[key], whole.values[key], tuple(one.values[key] for one in year.kinds))
        for key in KEYS
        if whole.values[key]
    ]


def _file(name: str, month: str, parts: AsyncIterator[str]) -> StreamingResponse:
    whole = f"{name}-{month}.csv" if month else f"{name}.csv"
    named = {"content-disposition": f'attachment; filename="{whole}"'}
    return StreamingResponse(parts, media_type="text/csv; charset=utf-8", headers=named)
