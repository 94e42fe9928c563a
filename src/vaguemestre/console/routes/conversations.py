"""Conversations: leafed through, one of them told from its beginning, closed with a reason.

The account that is asked for may be a citizen's, so a search is a form, and its next page too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from vaguemestre.console.dates import days_in
from vaguemestre.console.desk import Desk, DeskHere
from vaguemestre.console.forms import form_of, number_in
from vaguemestre.console.visitor import allowed
from vaguemestre.mail.address import AddressSyntaxError, parse_address
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.mail.sentence import Sentence
from vaguemestre.policy.administration import Permission, may
from vaguemestre.service.accounts.keeping import AccountUnknown
from vaguemestre.service.administration.sessions import Here
from vaguemestre.service.conversations.leafing import ConversationPage, Exchange, Wished
from vaguemestre.service.conversations.oversight import ConversationUnknown
from vaguemestre.service.ports.conversation_pages import PairPlace
from vaguemestre.service.ports.journal import JournalEntry

router = APIRouter()

MaySee = Annotated[Here, Depends(allowed(Permission.SEE_CONVERSATIONS))]
MayClose = Annotated[Here, Depends(allowed(Permission.CLOSE_CONVERSATIONS))]

_STATES: Final = {"open": True, "closed": False}
_LONGEST_REASON: Final = 500


@router.get("/conversations")
async def ask(request: Request, desk: DeskHere, visitor: MaySee) -> Response:
    """The latest ones, of everybody."""
    return await _listed(request, desk, visitor, {})


@router.post("/conversations")
async def find(request: Request, desk: DeskHere, visitor: MaySee) -> Response:
    """Those that are meant."""
    return await _listed(request, desk, visitor, await form_of(request, visitor))


async def _listed(request: Request, desk: Desk, visitor: Here, form: Mapping[str, str]) -> Response:
    account, state = form.get("account", "").strip()[:300], form.get("state", "")
    domain, days = form.get("domain", "").strip()[:253], days_in(form, desk.pages.zone)
    number = number_in(form, "after")
    after = PairPlace(ConversationId(number), form.get("beside", "")[:600]) if number else None
    page: ConversationPage | None = None
    problem: Sentence | None = None
    try:
        address = parse_address(account.strip("<>")) if account else None
        wished = Wished(address, domain, _STATES.get(state), days.since, days.until)
        page = await desk.leafing.page(wished, after)
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
        domain=domain,
        days=days,
        page=page,
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
        way=_way(history, await desk.leafing.exchanges(conversation)),
        is_open=any(pair.closed_at is None for pair, _ in pairs),
        may_close=may(visitor.administrator.role, Permission.CLOSE_CONVERSATIONS),
        problem=problem,
    )


def _way(
    history: Sequence[JournalEntry], exchanges: Sequence[Exchange]
) -> list[tuple[datetime, JournalEntry | None, Exchange | None]]:
    """What was done to it and what was said in it, in the order of time."""
    acts: list[tuple[datetime, JournalEntry | None, Exchange | None]]
    acts = [(entry.at, entry, None) for entry in history]
    return sorted([*acts, *((one.at, None, one) for one in exchanges)], key=lambda step: step[0])
