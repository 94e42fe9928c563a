"""Signing in and out.

Name, password and code are one form: nothing is kept between two steps. A passkey is another, which a script
fills in; without script there is the first.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from vaguemestre.console.desk import Desk, DeskHere
from vaguemestre.console.forms import form_of
from vaguemestre.console.routes.account import problem
from vaguemestre.console.routes.language import own_path
from vaguemestre.console.visitor import Visitor, browser_of, forget, keep, maybe_here
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.administration.sessions import Here
from vaguemestre.service.administration.signing_in import ConsoleSignInRefused
from vaguemestre.service.sign_in.outcome import SignInPostponed

router = APIRouter()

PATH = "/sign-in"


@router.get(PATH)
async def ask(
    request: Request, desk: DeskHere, visitor: Annotated[Here | None, Depends(maybe_here)], to: str = "/"
) -> Response:
    """The form; whoever is signed in goes on."""
    if visitor is not None:
        return RedirectResponse(own_path(to), 303)
    return sign_in_form(request, desk, own_path(to))


@router.post(PATH)
async def sign_in(request: Request, desk: DeskHere) -> Response:
    """A new session, or the form again."""
    form = await form_of(request)
    to, name = own_path(form.get("to", "/")), form.get("name", "")
    password, code = form.get("password", ""), form.get("code", "")
    try:
        here = await desk.by_password.sign_in(name, password, code, browser_of(request))
    except ConsoleSignInRefused as refused:
        return sign_in_form(request, desk, to, 403, name, refused.sentence)
    except SignInPostponed as postponed:
        return sign_in_form(request, desk, to, 429, name, postponed.sentence)
    return _begun(here, to)


@router.post(f"{PATH}/passkey/challenge")
async def ask_for_passkey(request: Request, desk: DeskHere) -> Response:
    """What the browser is to show a passkey for, for the script of the page."""
    await form_of(request)
    try:
        asked = await desk.by_passkey.ask(browser_of(request).peer)
    except SignInPostponed as postponed:
        return problem(request, 429, postponed.sentence)
    return Response(asked, media_type="application/json")


@router.post(f"{PATH}/passkey")
async def sign_in_with_passkey(request: Request, desk: DeskHere) -> Response:
    """A new session, or the forms again."""
    form = await form_of(request)
    to = own_path(form.get("to", "/"))
    try:
        here = await desk.by_passkey.sign_in(form.get("credential", ""), browser_of(request))
    except ConsoleSignInRefused as refused:
        return sign_in_form(request, desk, to, 403, "", refused.sentence)
    except SignInPostponed as postponed:
        return sign_in_form(request, desk, to, 429, "", postponed.sentence)
    return _begun(here, to)


@router.post("/sign-out")
async def sign_out(request: Request, desk: DeskHere, visitor: Visitor) -> Response:
    """This browser's session ends, or all of them."""
    form = await form_of(request, visitor)
    if form.get("which") == "all":
        await desk.sessions.sign_out_everywhere(visitor)
    else:
        await desk.sessions.sign_out(visitor)
    response = RedirectResponse(PATH, 303)
    forget(response)
    return response


def _begun(here: Here, to: str) -> Response:
    response = RedirectResponse(to, 303)
    keep(response, here.token)
    return response


def sign_in_form(
    request: Request, desk: Desk, to: str, code: int = 200, name: str = "", why: Sentence | None = None
) -> Response:
    """The forms; ``why`` tells what became of the one that was sent."""
    return desk.pages.render(
        request,
        "sign_in.html",
        code,
        to=to,
        name=name,
        problem=why,
        origin=desk.by_passkey.ceremonies.origin,
        provider=None if desk.by_provider is None else desk.by_provider.terms.name,
    )
