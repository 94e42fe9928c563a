"""Reading a message of somebody else: with a reason, for a moment, and never in secret. domain.md §2.

Each look is a form of its own with its reason: there is no permission that lasts. The service writes the
journal and tells the holder in the transaction that reads; what comes back is marked with who looks, is kept
by no cache, and leaves the screen by itself.
"""

import asyncio
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from vaguemestre.console.cleaned import cleaned
from vaguemestre.console.desk import DeskHere
from vaguemestre.console.forms import form_of, number_in
from vaguemestre.console.visitor import allowed
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import Uid
from vaguemestre.mime.shown import Shown, shown
from vaguemestre.policy.administration import Permission
from vaguemestre.service.access.inspection import InspectionRefused
from vaguemestre.service.administration.sessions import Here
from vaguemestre.service.ports.vault import KeyDestroyedError

router = APIRouter()

MayRead = Annotated[Here, Depends(allowed(Permission.READ_CONTENT))]

_SHOWN_FOR: Final = 600  # seconds
_LONGEST_REASON: Final = 500


class _Page(NamedTuple):
    shown: Shown
    page: str


@router.get("/mailboxes/{number}/content")
async def ask(request: Request, number: int, desk: DeskHere, visitor: MayRead, uid: int = 0) -> Response:
    """The form that asks why."""
    bal = await desk.finding.bal(BalId(number))
    if bal is None:
        raise HTTPException(404)
    return desk.pages.render(request, "content_form.html", visitor=visitor, bal=bal, uid=uid or "")


@router.post("/mailboxes/{number}/content")
async def read(request: Request, number: int, desk: DeskHere, visitor: MayRead) -> Response:
    """One message of INBOX, once its holder has been told."""
    form = await form_of(request, visitor)
    bal = await desk.finding.bal(BalId(number))
    if bal is None:
        raise HTTPException(404)
    uid, reason = Uid(number_in(form, "uid")), form.get("reason", "")[:_LONGEST_REASON]
    name = visitor.administrator.name
    try:
        octets = await desk.inspection.content(bal.address, uid, name, reason)
    except InspectionRefused:
        return desk.pages.render(
            request, "content_form.html", 400, visitor, bal=bal, uid=uid or "", refused=True
        )
    except KeyDestroyedError:
        raise HTTPException(404) from None
    page = await asyncio.to_thread(_read, octets)
    response = desk.pages.render(
        request,
        "content.html",
        visitor=visitor,
        bal=bal,
        uid=uid,
        reason=" ".join(reason.split()),
        now=desk.clock.now(),
        minutes=_SHOWN_FOR // 60,
        shown=page.shown,
        page=page.page,
    )
    response.headers["refresh"] = f"{_SHOWN_FOR}; url=/mailboxes"
    return response


def _read(octets: bytes) -> _Page:
    found = shown(octets)
    return _Page(found, cleaned(found.page) if found.page else "")
