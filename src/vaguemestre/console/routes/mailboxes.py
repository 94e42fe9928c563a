"""Mailboxes: found by address, name or number, and seen without their content. domain.md §2.

Searches are forms and mailboxes go by their number, so that no address of the console holds an INS: those are
kept by browsers and proxies. Looking at a mailbox is told to its holder by the service that looks.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from vaguemestre.console.desk import DeskHere
from vaguemestre.console.forms import form_of, number_in
from vaguemestre.console.numbers import Number
from vaguemestre.console.visitor import allowed
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import MailboxId, Uid
from vaguemestre.policy.administration import Permission, may
from vaguemestre.service.access.looking import LAST, BalUnknown
from vaguemestre.service.accounts.finding import Found
from vaguemestre.service.administration.sessions import Here

router = APIRouter()

MaySee = Annotated[Here, Depends(allowed(Permission.SEE_MAILBOXES))]

_LISTED: Final = 50


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
async def see(request: Request, number: Number, desk: DeskHere, visitor: MaySee) -> Response:
    """One of them, without its content; its holder is told."""
    try:
        looked = await desk.looking.look(BalId(number), visitor.administrator.name)
    except BalUnknown:
        raise HTTPException(404) from None
    return desk.pages.render(
        request,
        "mailbox.html",
        visitor=visitor,
        looked=looked,
        pairs=looked.conversations[:_LISTED],
        may_read=may(visitor.administrator.role, Permission.READ_CONTENT),
        open_pairs=sum(pair.closed_at is None for pair in looked.conversations),
    )


@router.get("/mailboxes/{number}/folders/{mailbox}")
async def folder(
    request: Request,
    number: Number,
    mailbox: Number,
    desk: DeskHere,
    visitor: MaySee,
    before: Annotated[int, Query(ge=0, le=LAST)] = LAST,
) -> Response:
    """Messages of one folder, by date and size; its holder is told."""
    who = visitor.administrator.name
    try:
        found = await desk.looking.messages(BalId(number), who, MailboxId(mailbox), Uid(before))
    except BalUnknown:
        raise HTTPException(404) from None
    return desk.pages.render(
        request, "mailbox_folder.html", visitor=visitor, found=found, is_first=before == LAST
    )
