"""Conversations: listed for an account, one of them told from its beginning, closed with a reason."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from vaguemestre.console.desk import Desk, DeskHere
from vaguemestre.console.forms import form_of
from vaguemestre.console.visitor import allowed
from vaguemestre.mail.address import Address, AddressSyntaxError, parse_address
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.conversation import ConversationId, Pair
from vaguemestre.mail.sentence import Sentence
from vaguemestre.policy.administration import Permission, may
from vaguemestre.service.accounts.keeping import AccountUnknown
from vaguemestre.service.administration.sessions import Here
from vaguemestre.service.conversations.oversight import ConversationUnknown, Wanted

router = APIRouter()

MaySee = Annotated[Here, Depends(allowed(Permission.SEE_CONVERSATIONS))]
MayClose = Annotated[Here, Depends(allowed(Permission.CLOSE_CONVERSATIONS))]

_LISTED: Final = 200
_STATES: Final = {"open": True, "closed": False}
_LONGEST_REASON: Final = 500


@router.get("/conversations")
async def ask(request: Request, desk: DeskHere, visitor: MaySee) -> Response:
    """The form."""
    return desk.pages.render(
        request, "conversations.html", visitor=visitor, account="", state="", found=None, problem=None
    )


@router.post("/conversations")
async def find(request: Request, desk: DeskHere, visitor: MaySee) -> Response:
    """Those of an account."""
    form = await form_of(request, visitor)
    account, state = form.get("account", "").strip()[:300], form.get("state", "")
    found: list[tuple[Pair, Address]] = []
    problem: Sentence | None = None
    try:
        wanted = Wanted(parse_address(account.strip("<>")), is_open=_STATES.get(state))
        found = await desk.oversight.find(wanted)
    except AddressSyntaxError:
        problem = Sentence(fr="Cela n'est pas une adresse", en="This is not an address")
    except AccountUnknown:
        problem = Sentence(fr="Aucun compte n'a cette adresse", en="No account has this address")
    return desk.pages.render(
        request,
        "conversations.html",
        visitor=visitor,
        account=account,
        state=state,
        found=found[:_LISTED],
        total=len(found),
        problem=problem,
    )


@router.get("/conversations/{number}")
async def see(request: Request, number: int, desk: DeskHere, visitor: MaySee) -> Response:
    """One of them, from its beginning."""
    return await _page(request, desk, visitor, ConversationId(number))


@router.post("/conversations/{number}")
async def act(request: Request, number: int, desk: DeskHere, visitor: MayClose) -> Response:
    """Close it, or open it again, with a reason."""
    form, conversation = await form_of(request, visitor), ConversationId(number)
    reason = " ".join(form.get("reason", "").split())[:_LONGEST_REASON]
    if not reason:
        missing = Sentence(fr="Il faut un motif, que garde le journal", en="The journal needs a reason")
        return await _page(request, desk, visitor, conversation, missing)
    how = desk.oversight.open if form.get("act") == "open" else desk.oversight.close
    try:
        await how(conversation, visitor.administrator.name, reason=reason)
    except ConversationUnknown:
        raise HTTPException(404) from None
    return RedirectResponse(f"/conversations/{number}", 303)


async def _page(
    request: Request, desk: Desk, visitor: Here, conversation: ConversationId, problem: Sentence | None = None
) -> Response:
    try:
        pairs = await desk.oversight.show(conversation)
        history = await desk.oversight.history(conversation)
    except ConversationUnknown:
        raise HTTPException(404) from None
    return desk.pages.render(
        request,
        "conversation.html",
        200 if problem is None else 400,
        visitor,
        conversation=conversation,
        citizen=pairs[0][1],
        citizen_here=await desk.finding.bal(BalId(pairs[0][0].citizen)),
        pairs=[pair for pair, _ in pairs],
        history=history,
        is_open=any(pair.closed_at is None for pair, _ in pairs),
        may_close=may(visitor.administrator.role, Permission.CLOSE_CONVERSATIONS),
        problem=problem,
    )
