"""Who administers: everybody's roles for some, one's own sessions for all."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from vaguemestre.console.desk import DeskHere
from vaguemestre.console.visitor import Visitor, allowed
from vaguemestre.policy.administration import ALLOWED, Permission, Role
from vaguemestre.service.administration.sessions import Here

router = APIRouter()

MaySee = Annotated[Here, Depends(allowed(Permission.SEE_ADMINISTRATORS))]


@router.get("/administrators")
async def everybody(request: Request, desk: DeskHere, visitor: MaySee) -> Response:
    """Names, roles, when they were last here; and the table of roles."""
    found = await desk.administrators.all()
    return desk.pages.render(
        request,
        "administrators.html",
        visitor=visitor,
        administrators=found,
        roles=tuple(Role),
        permissions=tuple(Permission),
        allowed=ALLOWED,
    )


@router.get("/account")
async def own(request: Request, desk: DeskHere, visitor: Visitor) -> Response:
    """One's own browsers that are signed in."""
    sessions = await desk.sessions.of(visitor.administrator.id)
    return desk.pages.render(
        request, "account.html", visitor=visitor, sessions=sessions, limits=desk.sessions.limits
    )
