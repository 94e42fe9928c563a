"""Who administers: names, roles, when they were last here."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from vaguemestre.console.desk import DeskHere
from vaguemestre.console.visitor import allowed
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
