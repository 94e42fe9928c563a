"""Signing in by an OpenID provider: there, and back. OpenID Connect Core 1.0 §3.1.

One goes there by a link and not by a form, since our policy of content lets forms lead nowhere else. One
comes back by a page that leads on: the cookie of a session is not sent with what another site began, so a
redirection would find nobody signed in.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, NamedTuple

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from vaguemestre.console.desk import Desk, DeskHere
from vaguemestre.console.forms import comes_from_here
from vaguemestre.console.routes.language import own_path
from vaguemestre.console.routes.sign_in import PATH, sign_in_form
from vaguemestre.console.visitor import browser_of, keep
from vaguemestre.service.administration.by_provider import GOOD_FOR, Answer, ByProvider
from vaguemestre.service.administration.signing_in import ConsoleSignInRefused
from vaguemestre.service.sign_in.outcome import ProviderUnavailable, SignInPostponed

router = APIRouter()

COOKIE: Final = "__Host-provider"
_LONGEST: Final = 1_000  # characters of a path to come back to; a longer one is forgotten


class Kept(NamedTuple):
    """What the browser keeps meanwhile: the token of its request, and where it wanted to go."""

    token: bytes
    to: str

    def __str__(self) -> str:
        return f"{_coded(self.token)}.{_coded(self.to.encode())}"


@router.get(f"{PATH}/provider")
async def go(request: Request, desk: DeskHere, to: str = "/") -> Response:
    """Off to the provider; from our own page alone."""
    by_provider = _configured(desk)
    if not comes_from_here(request):
        return RedirectResponse(PATH, 303)
    there = own_path(to) if len(to) <= _LONGEST else "/"
    try:
        asked = await by_provider.ask(browser_of(request).peer)
    except SignInPostponed as postponed:
        return sign_in_form(request, desk, there, _status(postponed), why=postponed.sentence)
    response = RedirectResponse(asked.address, 303)
    response.set_cookie(
        COOKIE,
        str(Kept(asked.token, there)),
        max_age=int(GOOD_FOR.total_seconds()),
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",  # what comes back is begun by another site
    )
    return response


@router.get(f"{PATH}/provider/answer")
async def come_back(
    request: Request, desk: DeskHere, code: str = "", state: str = "", iss: str = ""
) -> Response:
    """A new session, or the form with what is wrong."""
    by_provider, kept = _configured(desk), _kept(request)
    answer = Answer(code, state, iss)
    try:
        here = await by_provider.sign_in(kept.token, answer, browser_of(request))
    except ConsoleSignInRefused as refused:
        response: Response = sign_in_form(request, desk, kept.to, 403, why=refused.sentence)
    except SignInPostponed as postponed:
        response = sign_in_form(request, desk, kept.to, _status(postponed), why=postponed.sentence)
    else:
        response = desk.pages.render(request, "signed_in.html", to=kept.to)
        keep(response, here.token)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


def _configured(desk: Desk) -> ByProvider:
    if desk.by_provider is None:
        raise HTTPException(404)
    return desk.by_provider


def _status(postponed: SignInPostponed) -> int:
    return 503 if isinstance(postponed, ProviderUnavailable) else 429


def _kept(request: Request) -> Kept:
    """Of the cookie; of none, a token that was never given."""
    token, _, to = request.cookies.get(COOKIE, "").partition(".")
    try:
        return Kept(_read(token), own_path(_read(to).decode()))
    except ValueError:
        return Kept(b"", "/")


def _coded(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def _read(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
