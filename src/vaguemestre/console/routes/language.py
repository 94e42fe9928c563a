"""The language of the pages: chosen by a link, kept in a cookie that says nothing else."""

from datetime import timedelta
from typing import Final

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from vaguemestre.console.language import COOKIE, Language

router = APIRouter()

_KEPT: Final = timedelta(days=365)


@router.get("/language/{language}")
async def choose(language: Language, back: str = "/") -> RedirectResponse:
    """And back to the page that was being read, which is one of ours whatever the link says."""
    response = RedirectResponse(own_path(back), 303)
    response.set_cookie(
        COOKIE,
        language.value,
        max_age=int(_KEPT.total_seconds()),
        path="/",
        secure=True,
        httponly=True,
        samesite="strict",
    )
    return response


def own_path(path: str) -> str:
    """The path when it stays here; the first page when it leads elsewhere (``//host``, ``/\\\\host``)."""
    stays = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if stays else "/"
