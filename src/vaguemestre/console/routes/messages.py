"""Where is my message? Found by name, sender, recipient, date; then its way, in words. domain.md §3.

Searches are forms, since addresses may hold an INS; one message goes by its queue id, which names nobody.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from vaguemestre.console.dates import days_in
from vaguemestre.console.desk import Desk, DeskHere
from vaguemestre.console.forms import form_of, number_in
from vaguemestre.console.rules_told import rules_told
from vaguemestre.console.visitor import allowed
from vaguemestre.console.way import way_of
from vaguemestre.mail.fate import SubmissionId
from vaguemestre.mail.sentence import Sentence
from vaguemestre.policy.administration import Permission
from vaguemestre.service.administration.sessions import Here
from vaguemestre.service.outbound.queue import QueuedUnknown
from vaguemestre.service.ports.outbound import OutboundDelivery
from vaguemestre.service.ports.traces import TracePlace
from vaguemestre.service.telling.searching import Answer, Asked, SearchRefused

router = APIRouter()

MayTrace = Annotated[Here, Depends(allowed(Permission.TRACE_MESSAGES))]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)
_LATEST: Final = 2**55  # microseconds: the year 3111
_LONGEST: Final = 1000


@router.get("/messages")
async def ask(request: Request, desk: DeskHere, visitor: MayTrace) -> Response:
    """The form."""
    days = days_in({}, desk.pages.zone)
    return desk.pages.render(
        request,
        "messages.html",
        visitor=visitor,
        asked=Asked(),
        days=days,
        answer=None,
        place=None,
        problem=None,
        told={},
    )


@router.post("/messages")
async def find(request: Request, desk: DeskHere, visitor: MayTrace) -> Response:
    """Those that are meant; holders of accounts asked for are told."""
    form = await form_of(request, visitor)
    days = days_in(form, desk.pages.zone)
    name, sender, recipient = (form.get(field, "").strip()[:_LONGEST] for field in ("name", "from", "to"))
    asked = Asked(name, sender, recipient, days.since, days.until)
    place = _place(number_in(form, "at"), number_in(form, "id"))
    answer: Answer | None = None
    problem: Sentence | None = None
    try:
        answer = await desk.tracing.find(asked, visitor.administrator.name, place)
    except SearchRefused as refused:
        problem = refused.sentence
    return desk.pages.render(
        request,
        "messages.html",
        visitor=visitor,
        asked=asked,
        days=days,
        answer=answer,
        place=None if answer is None or answer.next is None else _numbers(answer.next),
        problem=problem,
        told=await rules_told() if answer is not None and answer.refused else {},
    )


@router.get("/messages/{queue_id}")
async def follow(request: Request, queue_id: str, desk: DeskHere, visitor: MayTrace) -> Response:
    """The way of one message."""
    if not queue_id.isalnum() or len(queue_id) > 64:
        raise HTTPException(404)
    found = await desk.tracing.whereabouts(queue_id)
    if found is None:
        raise HTTPException(404)
    return desk.pages.render(
        request,
        "message.html",
        visitor=visitor,
        trace=found.trace,
        way=way_of(found),
        waiting=await _waiting(desk, queue_id),
    )


async def _waiting(desk: Desk, queue_id: str) -> list[OutboundDelivery]:
    """What of it has not left yet."""
    try:
        return await desk.queue.show(queue_id)
    except QueuedUnknown:
        return []


def _place(at: int, number: int) -> TracePlace | None:
    if not at or at > _LATEST:
        return None
    return TracePlace(_EPOCH + timedelta(microseconds=at), SubmissionId(number))


def _numbers(place: TracePlace) -> tuple[int, int, datetime]:
    return (place.at - _EPOCH) // _MICRO, place.id, place.at
