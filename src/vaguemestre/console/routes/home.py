"""The first page: which screens there are for whoever is signed in, and what waits for him."""

from fastapi import APIRouter, Request, Response

from vaguemestre.console.desk import DeskHere
from vaguemestre.console.visitor import Visitor

router = APIRouter()


@router.get("/")
async def home(request: Request, desk: DeskHere, visitor: Visitor) -> Response:
    """The list."""
    waiting = await desk.warrants.waiting_for(visitor.administrator)
    return desk.pages.render(request, "home.html", visitor=visitor, waiting=waiting)
