"""A new administrator takes up the account: password, second factor, and a link that works once."""

from io import BytesIO

import segno
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from vaguemestre.console.desk import Desk, DeskHere
from vaguemestre.console.forms import form_of
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.administration.accounts import (
    SHORTEST_PASSWORD,
    AdministratorRefused,
    AdministratorUnknown,
    Invited,
)
from vaguemestre.service.administration.second_factor import key_text, key_uri

router = APIRouter()


@router.get("/enrol/{token}")
async def ask(request: Request, token: str, desk: DeskHere) -> Response:
    """The form, with the secret for the telephone."""
    return _form(request, desk, token, await _invited(desk, token))


@router.get("/enrol/{token}/code.svg")
async def picture(token: str, desk: DeskHere) -> Response:
    """The secret for the telephone's camera."""
    invited = await _invited(desk, token)
    code = segno.make(key_uri(invited.secret, invited.administrator.name, desk.hostname), micro=False)
    drawn = BytesIO()
    code.save(drawn, kind="svg", border=2, omitsize=True)
    return Response(drawn.getvalue(), media_type="image/svg+xml")


@router.post("/enrol/{token}")
async def enrol(request: Request, token: str, desk: DeskHere) -> Response:
    """The account is his, and he signs in; or the form again."""
    form, invited = await form_of(request), await _invited(desk, token)
    password = form.get("password", "")
    if password != form.get("again", ""):
        differ = Sentence(fr="Les deux mots de passe diffèrent", en="The two passwords differ")
        return _form(request, desk, token, invited, differ)
    peer = request.client.host if request.client is not None else "?"
    try:
        await desk.administrators.enrol(token, password, form.get("code", ""), peer)
    except AdministratorRefused as refused:
        return _form(request, desk, token, invited, refused.sentence)
    except AdministratorUnknown:
        raise HTTPException(404) from None
    return RedirectResponse("/sign-in", 303)


async def _invited(desk: Desk, token: str) -> Invited:
    invited = await desk.administrators.invited(token)
    if invited is None:
        raise HTTPException(404)
    return invited


def _form(
    request: Request, desk: Desk, token: str, invited: Invited, problem: Sentence | None = None
) -> Response:
    return desk.pages.render(
        request,
        "enrolment.html",
        400 if problem is not None else 200,
        name=invited.administrator.name,
        token=token,
        key=key_text(invited.secret),
        shortest=SHORTEST_PASSWORD,
        problem=problem,
    )
