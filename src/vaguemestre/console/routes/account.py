"""One's own account, whatever the role: browsers that are signed in, and passkeys."""

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from vaguemestre.console.desk import Desk, DeskHere
from vaguemestre.console.forms import form_of
from vaguemestre.console.language import language_of
from vaguemestre.console.visitor import Visitor, browser_of
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.administration.accounts import AdministratorRefused
from vaguemestre.service.administration.passkeys import LONGEST_NAME
from vaguemestre.service.administration.sessions import Here
from vaguemestre.service.administration.signing_in import ConsoleSignInRefused
from vaguemestre.service.ports.passkey import PasskeyId
from vaguemestre.service.sign_in.outcome import SignInPostponed

router = APIRouter()

PATH = "/account"


@router.get(PATH)
async def own(request: Request, desk: DeskHere, visitor: Visitor) -> Response:
    """The lists."""
    return await _page(request, desk, visitor)


@router.post(f"{PATH}/passkeys/challenge")
async def ask(request: Request, desk: DeskHere, visitor: Visitor) -> Response:
    """What the browser is to make a passkey of, for the script of the page."""
    form = await form_of(request, visitor)
    try:
        asked = await desk.passkeys.ask(visitor, form.get("code", ""), browser_of(request).peer)
    except (ConsoleSignInRefused, AdministratorRefused) as refused:
        return problem(request, 403, refused.sentence)
    except SignInPostponed as postponed:
        return problem(request, 429, postponed.sentence)
    return Response(asked, media_type="application/json")


@router.post(f"{PATH}/passkeys")
async def add(request: Request, desk: DeskHere, visitor: Visitor) -> Response:
    """A passkey more."""
    form, peer = await form_of(request, visitor), browser_of(request).peer
    try:
        await desk.passkeys.add(visitor, form.get("name", ""), form.get("credential", ""), peer)
    except AdministratorRefused as refused:
        return await _page(request, desk, visitor, refused.sentence)
    return RedirectResponse(PATH, 303)


@router.post(f"{PATH}/passkeys/{{passkey}}/remove")
async def remove(request: Request, passkey: int, desk: DeskHere, visitor: Visitor) -> Response:
    """One less."""
    await form_of(request, visitor)
    if not await desk.passkeys.remove(visitor, PasskeyId(passkey), browser_of(request).peer):
        raise HTTPException(404)
    return RedirectResponse(PATH, 303)


def problem(request: Request, status: int, sentence: Sentence) -> JSONResponse:
    """What a script shows in the page."""
    return JSONResponse({"problem": language_of(request).say(sentence.fr, sentence.en)}, status)


async def _page(request: Request, desk: Desk, visitor: Here, problem: Sentence | None = None) -> Response:
    return desk.pages.render(
        request,
        "account.html",
        400 if problem is not None else 200,
        visitor,
        sessions=await desk.sessions.of(visitor.administrator.id),
        limits=desk.sessions.limits,
        passkeys=await desk.passkeys.of(visitor.administrator.id),
        origin=desk.by_passkey.ceremonies.origin,
        longest=LONGEST_NAME,
        problem=problem,
    )
