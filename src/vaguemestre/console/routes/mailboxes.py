"""Mailboxes: found by address, name or number, and seen without their content. domain.md §2.

Searches are forms and mailboxes go by their number, so that no address of the console holds an INS: those are
kept by browsers and proxies. Looking at a mailbox is told to its holder by the service that looks.
"""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from vaguemestre.console.desk import DeskHere
from vaguemestre.console.forms import form_of, number_in
from vaguemestre.console.visitor import allowed
from vaguemestre.mail.bal import BalId
from vaguemestre.policy.administration import Permission, may
from vaguemestre.service.access.inspection import Overview
from vaguemestre.service.accounts.finding import Found
from vaguemestre.service.administration.sessions import Here

router = APIRouter()

MaySee = Annotated[Here, Depends(allowed(Permission.SEE_MAILBOXES))]

_LISTED: Final = 50
_SOON: Final = timedelta(days=7)


@router.get("/mailboxes")
async def ask(request: Request, desk: DeskHere, visitor: MaySee) -> Response:
    """The form."""
    return desk.pages.render(request, "mailboxes.html", visitor=visitor, typed="", found=None)


@router.post("/mailboxes")
async def find(request: Request, desk: DeskHere, visitor: MaySee) -> Response:
    """Those that are meant."""
    form = await form_of(request, visitor)
    typed = form.get("typed", "")[:200]
    found: Found = await desk.finding.find(typed, BalId(number_in(form, "after")))
    return desk.pages.render(request, "mailboxes.html", visitor=visitor, typed=typed, found=found)


@router.get("/mailboxes/{number}")
async def see(request: Request, number: int, desk: DeskHere, visitor: MaySee) -> Response:
    """One of them, without its content; its holder is told."""
    bal = await desk.finding.bal(BalId(number))
    if bal is None:
        raise HTTPException(404)
    overview = await desk.inspection.overview(bal.address, visitor.administrator.name)
    return desk.pages.render(
        request,
        "mailbox.html",
        visitor=visitor,
        overview=overview,
        latest=overview.inbox[::-1][:_LISTED],
        pairs=overview.conversations[:_LISTED],
        soon=_going_before(overview, desk.clock.now() + _SOON),
        may_read=may(visitor.administrator.role, Permission.READ_CONTENT),
        open_pairs=sum(pair.closed_at is None for pair in overview.conversations),
    )


def _going_before(overview: Overview, moment: datetime) -> int:
    return sum(message.goes is not None and message.goes.at <= moment for message in overview.inbox)
