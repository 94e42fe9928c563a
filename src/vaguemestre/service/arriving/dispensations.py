"""Asking whether a pharmacy has dispensed to a person lately: a question over HTTP to whoever can know.

domain.md §2 has the pharmacy known to the person within twelve months; this server cannot know it, so an
operator names a service of his own. The question is posted as JSON: ``citizen`` and ``pharmacy`` are
addresses, ``finess`` the pharmacy's number if it is known, ``since`` a day; the answer is
``{"dispensed": true}`` or ``false``. Anything else is no answer, and the message is tried again.
"""

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import TypeAlias

import structlog

from vaguemestre.mail.address import Address
from vaguemestre.mail.correspondent import Party
from vaguemestre.policy.case import Case
from vaguemestre.policy.dispensation import Dispensation
from vaguemestre.policy.limits import Policy
from vaguemestre.service.arriving.delivery import Delivery, judge_each
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.store import Store

Post: TypeAlias = Callable[[str, bytes, str | None], Awaitable[bytes]]
"""Of an address, a content and an Authorization: the content of the answer. Raises OSError."""

_log = structlog.get_logger()


class Dispensations:
    """``url`` is who is asked, ``authorization`` the field that says who asks."""

    def __init__(self, url: str, authorization: str | None, post: Post, clock: Clock) -> None:
        self._url = url
        self._authorization = authorization
        self._post = post
        self._clock = clock

    async def completed(self, store: Store, policy: Policy, delivery: Delivery) -> Delivery:
        """With what is answered, where that decides. The unit of work judges again, with it."""
        if not delivery.sender.is_citizen:
            return delivery
        cases = await store.read(lambda tx: [case for case, _ in judge_each(tx, policy, delivery)])
        return replace(delivery, dispensations=await self.ask(cases))

    async def ask(self, cases: Iterable[Case]) -> dict[str, Dispensation]:
        """Of each case in which it decides, by the key of the pharmacy's address, wherever that is."""
        found: dict[str, Dispensation] = {}
        for case in cases:
            pharmacy = case.holder
            if case.opens_with_pharmacy and pharmacy is not None and pharmacy.address.key not in found:
                found[pharmacy.address.key] = await self._of(case.sender.address, pharmacy)
        return found

    async def _of(self, citizen: Address, pharmacy: Party) -> Dispensation:
        question = {
            "citizen": str(citizen),
            "pharmacy": str(pharmacy.address),
            "finess": pharmacy.finess,
            "since": a_year_before(self._clock.now()).isoformat(),
        }
        try:
            octets = await self._post(self._url, json.dumps(question).encode(), self._authorization)
        except OSError as error:
            _log.warning("dispensation_not_answered", reason=type(error).__name__)
            return Dispensation.UNKNOWN
        return _answer(octets)


def _answer(octets: bytes) -> Dispensation:
    try:
        answer: object = json.loads(octets)
    except (ValueError, RecursionError):
        answer = None
    said = answer.get("dispensed") if isinstance(answer, dict) else None
    if not isinstance(said, bool):
        _log.warning("dispensation_not_understood")
        return Dispensation.UNKNOWN
    return Dispensation.CONFIRMED if said else Dispensation.DENIED


def a_year_before(now: datetime) -> date:
    """Twelve months, by the calendar: 29 February becomes 28."""
    day = now.date()
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
