"""Service health: numbers of now, sent as they change, and charts of a day or of ninety. No person in either.

Numbers come as server-sent events (WHATWG HTML, "Server-sent events"): the page is whole without them. A
stream asks of the session each time whether it is still good, and is no use of it: a page that is left open
does not keep anybody signed in.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import StreamingResponse

from vaguemestre.console.charts import charts_of
from vaguemestre.console.desk import Desk, DeskHere
from vaguemestre.console.language import Language, language_of
from vaguemestre.console.pages import amount
from vaguemestre.console.visitor import COOKIE, allowed
from vaguemestre.policy.administration import Permission, may
from vaguemestre.service.administration.sessions import Here
from vaguemestre.service.health.watching import Now, Period, TooManyWatchers
from vaguemestre.service.ports.store import StoreBusyError

router = APIRouter()

MaySee = Annotated[Here, Depends(allowed(Permission.SEE_HEALTH))]

_EVERY: Final = 5.0  # seconds between two events
_LONGEST: Final = 60  # events of one answer; a browser asks again by itself
_EVENTS: Final = "text/event-stream"


@router.get("/health")
async def see(request: Request, desk: DeskHere, visitor: MaySee, over: Period = Period.DAY) -> Response:
    """Now, and what was."""
    return desk.pages.render(
        request,
        "service_health.html",
        visitor=visitor,
        told=told(await desk.health.now(), language_of(request)),
        charts=charts_of(await desk.health.history(over)),
        period=over.value,
    )


@router.get("/health/live")
async def live(request: Request, desk: DeskHere) -> Response:
    """What is now, again and again; 204 tells the browser to ask no more."""
    token = request.cookies.get(COOKIE, "")
    visitor = await _still_here(desk, token)
    if visitor is None:
        return Response(status_code=204)
    events = _events(desk, visitor, language_of(request))
    try:
        first = await anext(events)
    except TooManyWatchers:
        raise HTTPException(503, headers={"retry-after": "60"}) from None
    return StreamingResponse(_after(first, events), media_type=_EVENTS)


async def _after(first: str, events: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for event in events:
        yield event


async def _events(desk: Desk, visitor: Here, language: Language) -> AsyncIterator[str]:
    with desk.health.watcher(visitor.session.digest):
        for _ in range(_LONGEST):
            try:
                here = await _still_here(desk, visitor.token)
                if here is None:
                    return
                said = told(await desk.health.now(), language)
            except StoreBusyError:
                return
            yield f"data: {json.dumps(said, ensure_ascii=False)}\n\n"
            await asyncio.sleep(_EVERY)


async def _still_here(desk: Desk, token: str) -> Here | None:
    visitor = await desk.sessions.here(token, is_used=False) if token else None
    if visitor is None or not may(visitor.administrator.role, Permission.SEE_HEALTH):
        return None
    return visitor


def told(now: Now, language: Language) -> dict[str, str]:
    """Each number by the name it has in the page, as people read it."""

    def said(value: float | None, unit: str = "") -> str:
        return "—" if value is None else amount(value, language) + (f"\u00a0{unit}" if unit else "")

    return {
        "accepted": said(sum(now.accepted.values())),
        "refusals": said(sum(now.refusals.values())),
        "sign-ins": said(sum(now.sign_in_failures.values())),
        "queue": said(None if now.queue_age is None else now.queue_age / 60, "min"),
        "writes": said(None if now.write_seconds is None else now.write_seconds * 1_000, "ms"),
        "connections": said(sum(now.connections.values())),
        "kinds": _listed(now.accepted, language),
        "rules": _listed(now.refusals, language),
        "doors": _listed(now.connections, language),
    }


def _listed(values: Mapping[str, float], language: Language) -> str:
    return ", ".join(
        f"{label} {amount(value, language)}"
        for label, value in sorted(values.items(), key=lambda one: -one[1])[:3]
        if value
    )
