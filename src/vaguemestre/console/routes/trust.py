"""The trust list: its domains and who speaks for each, searched by a part of either. domain.md §6."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, Request, Response

from vaguemestre.console.desk import DeskHere
from vaguemestre.console.visitor import allowed
from vaguemestre.mail.trust_list import TrustEntry, TrustList
from vaguemestre.policy.administration import Permission
from vaguemestre.service.administration.sessions import Here

router = APIRouter()

MaySee = Annotated[Here, Depends(allowed(Permission.SEE_TRUST))]

_LISTED: Final = 50


class TrustedDomain(NamedTuple):
    """A domain and the certificates that speak for it."""

    name: str
    entries: Sequence[TrustEntry]


class _Found(NamedTuple):
    total: int
    domains: Sequence[TrustedDomain]


@router.get("/trust")
async def see(request: Request, desk: DeskHere, visitor: MaySee, part: str = "", after: str = "") -> Response:
    """Some domains, by name, after one; no domain and no certificate names a person."""
    ours = None if desk.trust is None else desk.trust.space.current
    part, after = part.strip()[:253], after[:253]
    # Ten thousand entries take some milliseconds, which mail does not wait for.
    found = _Found(0, ()) if ours is None else await asyncio.to_thread(_search, ours, part.casefold(), after)
    return desk.pages.render(
        request,
        "trust.html",
        visitor=visitor,
        part=part,
        keeping=desk.trust,
        ours=ours,
        total=found.total,
        domains=found.domains[:_LISTED],
        more=len(found.domains) > _LISTED,
        now=desk.clock.now(),
    )


def _search(ours: TrustList, part: str, after: str) -> _Found:
    chosen = [
        domain
        for domain in ours.domains()
        if part in domain or any(part in str(one.subject).casefold() for one in ours.entries_of(domain))
    ]
    rest = [domain for domain in chosen if domain > after][: _LISTED + 1]
    return _Found(len(chosen), [TrustedDomain(domain, ours.entries_of(domain)) for domain in rest])
