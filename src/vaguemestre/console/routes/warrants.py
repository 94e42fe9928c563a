"""Warrants: asked for with a reason, decided by another operator, revoked, seen by whoever checks.

Reading somebody's contents begins here (domain.md §2); ``routes.reading`` is what a warrant opens.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from vaguemestre.console.desk import Desk, DeskHere
from vaguemestre.console.forms import form_of
from vaguemestre.console.numbers import Number
from vaguemestre.console.visitor import allowed
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.sentence import Sentence
from vaguemestre.policy.administration import Permission, may
from vaguemestre.service.access.warrants import LONGEST_REASON, WarrantRefused, WarrantUnknown
from vaguemestre.service.administration.sessions import Here
from vaguemestre.service.ports.warrant import WarrantId, WarrantState

router = APIRouter()

MayRead = Annotated[Here, Depends(allowed(Permission.READ_CONTENT))]
MaySee = Annotated[Here, Depends(allowed(Permission.SEE_WARRANTS))]

_RUNNING: Final = (WarrantState.ASKED, WarrantState.GRANTED)


@router.get("/mailboxes/{number}/reading")
async def why(request: Request, number: Number, desk: DeskHere, visitor: MayRead) -> Response:
    """The form that asks why."""
    return await _form(request, desk, visitor, BalId(number))


@router.post("/mailboxes/{number}/reading")
async def ask(request: Request, number: Number, desk: DeskHere, visitor: MayRead) -> Response:
    """A warrant for that mailbox."""
    form = await form_of(request, visitor)
    try:
        made = await desk.warrants.ask(BalId(number), visitor.administrator, form.get("reason", ""))
    except WarrantRefused as refused:
        return await _form(request, desk, visitor, BalId(number), refused.sentence)
    except WarrantUnknown:
        raise HTTPException(404) from None
    named = await desk.warrants.named(made)
    is_good = named.state is WarrantState.GRANTED
    return RedirectResponse(f"/warrants/{made}/folders" if is_good else f"/warrants/{made}", 303)


@router.get("/warrants")
async def everyone(request: Request, desk: DeskHere, visitor: MaySee) -> Response:
    """Who asked, for which mailbox, why, and what became of it."""
    found = await desk.warrants.latest()
    return desk.pages.render(
        request,
        "warrants.html",
        visitor=visitor,
        found=found,
        now=desk.clock.now(),
        terms=desk.warrants.terms,
    )


@router.get("/warrants/{number}")
async def see(request: Request, number: Number, desk: DeskHere, visitor: MaySee) -> Response:
    """One, and what the visitor may do about it."""
    return await _page(request, desk, visitor, WarrantId(number))


@router.post("/warrants/{number}")
async def act(request: Request, number: Number, desk: DeskHere, visitor: MaySee) -> Response:
    """Grant, refuse, revoke."""
    form, warrant, who = await form_of(request, visitor), WarrantId(number), visitor.administrator
    lets = may(who.role, Permission.LET_READ)
    try:
        is_his = (await desk.warrants.named(warrant)).warrant.asker == who.id
        match form.get("act", ""):
            case "grant" if lets:
                await desk.warrants.grant(warrant, who)
            case "refuse" if lets:
                await desk.warrants.refuse(warrant, who)
            case "revoke" if lets or is_his:
                await desk.warrants.revoke(warrant, who)
            case _:
                raise HTTPException(403)
    except WarrantRefused as refused:
        return await _page(request, desk, visitor, warrant, refused.sentence)
    except WarrantUnknown:
        raise HTTPException(404) from None
    return RedirectResponse(f"/warrants/{number}", 303)


async def _form(
    request: Request, desk: Desk, visitor: Here, number: BalId, problem: Sentence | None = None
) -> Response:
    bal = await desk.finding.bal(number)
    if bal is None:
        raise HTTPException(404)
    return desk.pages.render(
        request,
        "warrant_form.html",
        200 if problem is None else 400,
        visitor,
        bal=bal,
        terms=desk.warrants.terms,
        longest=LONGEST_REASON,
        problem=problem,
    )


async def _page(
    request: Request, desk: Desk, visitor: Here, number: WarrantId, problem: Sentence | None = None
) -> Response:
    try:
        named = await desk.warrants.named(number)
    except WarrantUnknown:
        raise HTTPException(404) from None
    is_his = named.warrant.asker == visitor.administrator.id
    lets = may(visitor.administrator.role, Permission.LET_READ)
    return desk.pages.render(
        request,
        "warrant.html",
        200 if problem is None else 400,
        visitor,
        named=named,
        is_his=is_his,
        may_decide=lets and not is_his and named.state is WarrantState.ASKED,
        may_revoke=(lets or is_his) and named.state in _RUNNING,
        now=desk.clock.now(),
        problem=problem,
    )
