"""What rules refused, day by day: how often each, and its sentence. domain.md §3."""

from datetime import datetime, time, timedelta
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from vaguemestre.console.desk import DeskHere
from vaguemestre.console.rules_told import rules_told
from vaguemestre.console.visitor import allowed
from vaguemestre.mail.sentence import Sentence
from vaguemestre.policy.administration import Permission
from vaguemestre.service.administration.sessions import Here

router = APIRouter()

MaySee = Annotated[Here, Depends(allowed(Permission.TRACE_MESSAGES))]

_DAYS: Final = 7
_KEPT: Final = 365


class RuleCounts(NamedTuple):
    """Of a rule and a status, how often on each day, the latest first."""

    rule: str
    status: str
    times: list[int]
    sentence: Sentence | None

    @property
    def total(self) -> int:
        """Of the days that are shown."""
        return sum(self.times)


@router.get("/refusals")
async def see(request: Request, desk: DeskHere, visitor: MaySee, ago: int = 0) -> Response:
    """A week, ``ago`` days before the one that ends today."""
    if not 0 <= ago <= _KEPT:
        raise HTTPException(404)
    today = desk.clock.now().astimezone(desk.pages.zone).date()
    days = [today - timedelta(days=ago + number) for number in range(_DAYS)]
    ends = [today - timedelta(days=ago - 1), *days]  # each midnight once, the latest first
    bounds = [datetime.combine(day, time(), desk.pages.zone) for day in ends]
    counted = await desk.tracing.refusals(bounds)
    times: dict[tuple[str, str], list[int]] = {}
    for number, counts in enumerate(counted):
        for count in counts:
            times.setdefault((count.rule, count.status), [0] * _DAYS)[number] += count.times
    told = await rules_told() if times else {}
    rows = [RuleCounts(rule, status, row, told.get((rule, status))) for (rule, status), row in times.items()]
    return desk.pages.render(
        request,
        "refusals.html",
        visitor=visitor,
        days=days,
        rules=sorted(rows, key=lambda row: (-row.total, row.rule, row.status)),
        ago=ago,
        earlier=ago + _DAYS if ago + _DAYS <= _KEPT else None,
        later=max(ago - _DAYS, 0) if ago else None,
    )
