"""The queue to other operators: what waits for whom since when, who refuses us, and two buttons a message.

A domain and a queue id name no person; recipients are never shown here.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from vaguemestre.console.desk import DeskHere
from vaguemestre.console.forms import form_of
from vaguemestre.console.visitor import allowed
from vaguemestre.policy.administration import Permission, may
from vaguemestre.service.administration.sessions import Here
from vaguemestre.service.outbound.queue import QueuedUnknown

router = APIRouter()

MaySee = Annotated[Here, Depends(allowed(Permission.SEE_QUEUE))]
MaySteer = Annotated[Here, Depends(allowed(Permission.STEER_QUEUE))]

_LISTED: Final = 100


@router.get("/queue")
async def see(request: Request, desk: DeskHere, visitor: MaySee, domain: str = "", gone: int = 0) -> Response:
    """All of it, or what waits for one domain."""
    wanted = domain.strip()[:253] or None
    waiting = await desk.queue.listed(wanted, None, _LISTED + 1)
    return desk.pages.render(
        request,
        "queue.html",
        visitor=visitor,
        domain=domain,
        pauses=await desk.queue.pauses(),
        waiting=waiting[:_LISTED],
        more=len(waiting) > _LISTED,
        now=desk.clock.now(),
        may_steer=may(visitor.administrator.role, Permission.STEER_QUEUE),
        gone=bool(gone),
    )


@router.post("/queue")
async def steer(request: Request, desk: DeskHere, visitor: MaySteer) -> Response:
    """Try a message or a domain again at once, or hold a message back."""
    form, name = await form_of(request, visitor), visitor.administrator.name
    queue_id, domain = form.get("queue_id", "")[:100], form.get("domain", "")[:253]
    try:
        if form.get("act") == "hold" and queue_id:
            await desk.queue.hold(queue_id, name)
        elif queue_id or domain:
            await desk.queue.retry(queue_id or None, domain or None, name)
    except QueuedUnknown:
        return RedirectResponse("/queue?gone=1", 303)
    return RedirectResponse("/queue", 303)
