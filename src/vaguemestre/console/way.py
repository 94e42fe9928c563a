"""The way of one message, step by step: from when it was accepted to when it was read, or to its end.

A step has its moment, what happened in both languages, to which recipient or by whom, and why when there is a
reason. What the journal and the trace both know is told once, from the trace, which knows the recipient.
"""

from datetime import datetime
from typing import Final, NamedTuple

from vaguemestre.console.journal_words import EVENTS
from vaguemestre.mail.address import Address
from vaguemestre.mail.fate import FateState
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.telling.searching import Whereabouts

_FATES: Final = {
    FateState.HELD: Sentence(fr="Retenu jusqu'à son heure", en="Held until its hour"),
    FateState.QUEUED: Sentence(fr="Mis en file pour un autre opérateur", en="Queued for another operator"),
    FateState.DELIVERED: Sentence(fr="Remis", en="Delivered"),
    FateState.READ: Sentence(fr="Lu", en="Read"),
    FateState.REJECTED: Sentence(
        fr="Rejeté par le logiciel du destinataire", en="Rejected by the recipient's software"
    ),
    FateState.EXPIRED: Sentence(fr="Expiré sans être lu", en="Expired unread"),
    FateState.REFUSED: Sentence(fr="Refusé", en="Refused"),
    FateState.CANCELLED: Sentence(fr="Annulé avant son heure", en="Cancelled before its hour"),
}
_NEVER_TAKEN: Final = Sentence(fr="Abandonné : jamais pris", en="Given up: never taken")
_ACTS: Final = {"held", "released", "cancelled", "delayed", "relayed", "retried", "held back", "dropped"}
_ACCEPTED: Final = Sentence(fr="Accepté", en="Accepted")
# What the journal and the trace both tell.
_TWICE: Final = {"held": FateState.HELD, "cancelled": FateState.CANCELLED}
_NO_REASON: Final = Sentence(fr="", en="")


class Step(NamedTuple):
    """``who`` acted, as the journal names him; ``where`` is another operator's domain."""

    at: datetime
    what: Sentence
    recipient: Address | None = None
    why: Sentence = _NO_REASON
    status: str = ""
    who: str = ""
    where: str = ""


def way_of(found: Whereabouts) -> list[Step]:
    """In the order of time; of one moment, what was done before what came of it."""
    trace = found.trace
    ends = {fate.state for fate in trace.fates}
    steps = [Step(trace.accepted_at, _ACCEPTED)]
    steps += (
        Step(
            line.at,
            EVENTS[line.event],
            who=line.actor if line.actor.startswith("operator:") else "",
            where=line.detail.get("destination", ""),
        )
        for line in found.lines
        if line.event in _ACTS and _TWICE.get(line.event) not in ends
    )
    for fate in trace.fates:
        is_given_up = fate.state is FateState.EXPIRED and fate.status
        if fate.state is FateState.READ:  # it came at once, or after what the journal tells of
            steps.append(Step(_came(found), _FATES[FateState.DELIVERED], fate.recipient))
        why = Sentence(fr=fate.reason_french or fate.reason, en=fate.reason)
        what = _NEVER_TAKEN if is_given_up else _FATES[fate.state]
        steps.append(Step(fate.at, what, fate.recipient, why, fate.status))
    return sorted(steps, key=lambda step: step.at)


def _came(found: Whereabouts) -> datetime:
    """When it was delivered, of a message that was read: when it was released, taken, or else accepted."""
    arrivals = [line.at for line in found.lines if line.event in {"released", "relayed"}]
    return max(arrivals, default=found.trace.accepted_at)
