"""Where is my message? What became of it for each recipient, and the rule, in words. domain.md §3."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from vaguemestre.console.desk import DeskHere
from vaguemestre.console.forms import form_of
from vaguemestre.console.visitor import allowed
from vaguemestre.policy.administration import Permission
from vaguemestre.service.administration.sessions import Here

router = APIRouter()

MayTrace = Annotated[Here, Depends(allowed(Permission.TRACE_MESSAGES))]


@router.get("/messages")
async def ask(request: Request, desk: DeskHere, visitor: MayTrace) -> Response:
    """The form."""
    return desk.pages.render(request, "messages.html", visitor=visitor, name="", traces=None)


@router.post("/messages")
async def trace(request: Request, desk: DeskHere, visitor: MayTrace) -> Response:
    """What became of it."""
    form = await form_of(request, visitor)
    name = form.get("name", "").strip()[:1000]
    traces = await desk.tracing.trace(name) if name else []
    return desk.pages.render(request, "messages.html", visitor=visitor, name=name, traces=traces)
