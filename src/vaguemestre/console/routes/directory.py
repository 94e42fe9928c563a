"""The directory, searched as everybody may search it; who sees mailboxes sees ours that are unlisted.

domain.md §7. What is typed is a form, and not in the address: somebody will type a matricule here.
"""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from vaguemestre.console.desk import Desk, DeskHere
from vaguemestre.console.forms import form_of
from vaguemestre.console.visitor import allowed
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.listing import Listing
from vaguemestre.mail.sentence import Sentence
from vaguemestre.policy.administration import Permission, may
from vaguemestre.service.administration.sessions import Here
from vaguemestre.service.directory.address_book import Found, ListingUnknown, wanted_of
from vaguemestre.service.ports.directory import SearchTooWide

router = APIRouter()

MaySee = Annotated[Here, Depends(allowed(Permission.SEE_DIRECTORY))]

_LISTED: Final = 50


@router.get("/directory")
async def ask(request: Request, desk: DeskHere, visitor: MaySee) -> Response:
    """The form."""
    return await _page(request, desk, visitor, ("", "", ""), None)


@router.post("/directory")
async def find(request: Request, desk: DeskHere, visitor: MaySee) -> Response:
    """Those that are published so."""
    form = await form_of(request, visitor)
    typed, occupation, place = (form.get(name, "").strip()[:200] for name in ("typed", "occupation", "place"))
    try:
        found = await _found(desk, typed, occupation, place)
    except SearchTooWide:
        wide = Sentence(
            fr="Trop d'adresses répondent : il faut un mot de plus",
            en="Too many addresses answer: one more word is needed",
        )
        return await _page(request, desk, visitor, (typed, occupation, place), None, problem=wide)
    sees_all = may(visitor.administrator.role, Permission.SEE_MAILBOXES)
    hidden = await _unlisted(desk, typed) if sees_all and not (occupation or place) else ()
    return await _page(request, desk, visitor, (typed, occupation, place), found, hidden)


async def _found(desk: Desk, typed: str, occupation: str, place: str) -> Found:
    """By words, or whatever is published of an RPPS, FINESS or SIRET number."""
    if not (occupation or place) and "".join(typed.split()).isdigit():
        try:
            listings: Sequence[Listing] = await desk.book.show(typed)
        except ListingUnknown:
            listings = ()
        return Found(tuple(listings[:_LISTED]), has_more=len(listings) > _LISTED)
    return await desk.book.search(wanted_of(typed, occupation=occupation, place=place), _LISTED)


async def _unlisted(desk: Desk, typed: str) -> Sequence[Bal]:
    """Accounts of ours that answer and whom the directory does not show."""
    found = await desk.finding.find(typed)
    return [bal for bal in found.bals if bal.is_unlisted]


async def _page(
    request: Request,
    desk: Desk,
    visitor: Here,
    asked: tuple[str, str, str],
    found: Found | None,
    hidden: Sequence[Bal] = (),
    problem: Sentence | None = None,
) -> Response:
    typed, occupation, place = asked
    return desk.pages.render(
        request,
        "directory.html",
        visitor=visitor,
        typed=typed,
        occupation=occupation,
        place=place,
        found=found,
        hidden=hidden,
        problem=problem,
        directory=await desk.book.freshness(),
    )
