"""The audit of the journal: how its chain stands, a walk along it, its lines searched and given out.

Searches are forms, since addresses hold an INS. Lines name accounts by their number; an INS that stands in a
detail is masked on the screen.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from vaguemestre.console.desk import Desk, DeskHere
from vaguemestre.console.forms import form_of, number_in
from vaguemestre.console.journal_words import event_told
from vaguemestre.console.language import Language, language_of
from vaguemestre.console.visitor import allowed
from vaguemestre.mail.address import Address, AddressSyntaxError, parse_address
from vaguemestre.mail.sentence import Sentence, ascii_of
from vaguemestre.policy.administration import Permission
from vaguemestre.service.accounts.keeping import AccountUnknown
from vaguemestre.service.administration.sessions import Here
from vaguemestre.service.audit.auditing import Given
from vaguemestre.service.audit.reviewing import FoundLines, Search, WalkUnderWay

router = APIRouter()

MaySee = Annotated[Here, Depends(allowed(Permission.SEE_AUDIT))]

_LISTED: Final = 50
_FIELDS: Final = ("account", "by", "event", "since", "until")
_NO_ADDRESS: Final = Sentence(fr="Cela n'est pas une adresse", en="This is not an address")
_NO_DAY: Final = Sentence(fr="Cela n'est pas une date", en="This is not a date")
_NO_ACCOUNT: Final = Sentence(fr="Aucun compte n'a cette adresse", en="No account has this address")


class _MisunderstoodError(Exception):
    """``sentence`` says what."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class _Told:
    """What the page says beside the chain's state."""

    typed: Mapping[str, str]
    found: FoundLines | None = None
    problem: Sentence | None = None


@router.get("/audit")
async def see(request: Request, desk: DeskHere, visitor: MaySee) -> Response:
    """The chain, and the form."""
    return await _page(request, desk, visitor, _Told(dict.fromkeys(_FIELDS, "")))


@router.post("/audit/verify")
async def verify(request: Request, desk: DeskHere, visitor: MaySee) -> Response:
    """Walk the whole chain; the answer waits for it."""
    await form_of(request, visitor)
    with suppress(WalkUnderWay):  # the page says how far it is
        await desk.reviewing.verify(visitor.administrator.name)
    return RedirectResponse("/audit", 303)


@router.post("/audit")
async def find(request: Request, desk: DeskHere, visitor: MaySee) -> Response:
    """The lines that are looked for."""
    form = await form_of(request, visitor)
    typed = {name: form.get(name, "").strip()[:300] for name in _FIELDS}
    try:
        search = _search(typed, number_in(form, "before"), desk.pages.zone)
        found = await desk.reviewing.search(search, visitor.administrator.name, _LISTED)
    except _MisunderstoodError as error:
        return await _page(request, desk, visitor, _Told(typed, problem=error.sentence))
    except AccountUnknown:
        return await _page(request, desk, visitor, _Told(typed, problem=_NO_ACCOUNT))
    return await _page(request, desk, visitor, _Told(typed, found))


@router.post("/audit/export")
async def export(request: Request, desk: DeskHere, visitor: MaySee) -> Response:
    """All of them, one JSON object a line, as ``vaguemestre audit export`` writes them."""
    form = await form_of(request, visitor)
    typed = {name: form.get(name, "").strip()[:300] for name in _FIELDS}
    try:
        search = _search(typed, 0, desk.pages.zone)
        lines = await desk.reviewing.export(search, visitor.administrator.name)
    except _MisunderstoodError as error:
        return await _page(request, desk, visitor, _Told(typed, problem=error.sentence))
    except AccountUnknown:
        return await _page(request, desk, visitor, _Told(typed, problem=_NO_ACCOUNT))
    named = {"content-disposition": 'attachment; filename="journal.jsonl"'}
    return StreamingResponse(_written(lines), media_type="application/jsonl", headers=named)


async def _page(request: Request, desk: Desk, visitor: Here, told: _Told) -> Response:
    return desk.pages.render(
        request,
        "audit.html",
        200 if told.problem is None else 400,
        visitor,
        state=await desk.reviewing.state(),
        events=_by_words(await desk.reviewing.events(), language_of(request)),
        typed=told.typed,
        found=told.found,
        problem=told.problem,
    )


def _by_words(events: Sequence[str], language: Language) -> list[str]:
    """In the order in which their sentences are read."""

    def words(event: str) -> str:
        sentence = event_told(event)
        return ascii_of(language.say(sentence.fr, sentence.en)).casefold()

    return sorted(events, key=words)


def _search(typed: Mapping[str, str], before: int, zone: tzinfo) -> Search:
    """Days are those of the zone, the last one whole. Raises _MisunderstoodError."""
    by: Address | str | None = typed["by"] or None
    if by is not None and "@" in typed["by"]:
        by = _address(typed["by"])
    until = _day(typed["until"], zone, 1)
    since = _day(typed["since"], zone, 0)
    account = _address(typed["account"]) if typed["account"] else None
    return Search(account, by, typed["event"] or None, since, until, before or None)


def _address(text: str) -> Address:
    try:
        return parse_address(text.strip("<>"))
    except AddressSyntaxError:
        raise _MisunderstoodError(_NO_ADDRESS) from None


def _day(text: str, zone: tzinfo, later: int) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=later), time(), zone)
    except (ValueError, OverflowError):
        raise _MisunderstoodError(_NO_DAY) from None


async def _written(lines: AsyncIterator[Given]) -> AsyncIterator[str]:
    async for line in lines:
        yield line.json + "\n"
