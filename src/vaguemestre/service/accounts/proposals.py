"""What the directory proposes for an account about to be made: what the operator left out, and no more.

By the address itself where it is published already (an account that moves here), else by the number of
the person or of the structure. What several listings do not agree on is not proposed.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.listing import Listing
from vaguemestre.service.accounts.keeping import AccountRequest
from vaguemestre.service.ports.directory import Directory
from vaguemestre.service.ports.published import LISTED_KINDS
from vaguemestre.service.ports.store import Store

_MOST: Final = 200  # listings of one person or structure


async def completed(request: AccountRequest, directory: Directory, store: Store) -> AccountRequest:
    """The request with name, numbers and sector that it left open. Raises StoreBusyError."""
    if request.kind not in LISTED_KINDS:
        return request
    found = list(await store.read(lambda _: directory.listings(request.address)))
    if not found and request.kind is BalKind.PER and request.rpps:
        found = await directory.numbered(request.rpps, _MOST)
    elif not found and request.kind is not BalKind.PER and request.finess:
        found = await directory.numbered(request.finess, _MOST)
    of_kind = [listing for listing in found if listing.kind is request.kind]
    people, places = (of_kind, []) if request.kind is BalKind.PER else ([], of_kind)
    place = _agreed(places, lambda one: one.structure_name) or _agreed(places, lambda one: one.organisation)
    return replace(
        request,
        name=request.name or _agreed(people, lambda one: one.name if one.family else "") or place,
        rpps=request.rpps or _agreed(people, lambda one: one.rpps or "") or None,
        finess=request.finess or _agreed(places, lambda one: one.finess or "") or None,
        sector=request.sector or _agreed(places, lambda one: one.sector) or None,
    )


def _agreed(listings: Iterable[Listing], said: Callable[[Listing], str]) -> str:
    """What they all say; nothing when they differ."""
    words = {said(listing) for listing in listings}
    return words.pop() if len(words) == 1 else ""
