"""What becomes of somebody elsewhere whom a message was for, and how its sender is told. RFC 3461 §6.

What another operator's server says is told in words of ours (``refusal_words``). Nobody is told of
what has the null reverse-path (RFC 5321 §4.5.5).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.dsn import NO_WISH, Notify, Wish
from vaguemestre.mail.fate import Fate, FateState, ReportKind
from vaguemestre.service.outbound.refusal_words import words_of
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.outbound import OutboundDelivery
from vaguemestre.service.ports.store import Transaction
from vaguemestre.smtp.client_replies import PeerReply

ACTOR: Final = "rule:OUT-1"

TOO_LATE: Final = PeerReply(451, "4.4.7", ())
OUT_OF_TIME: Final = PeerReply(550, "5.4.7", ())
WITHDRAWN: Final = PeerReply(550, "5.3.0", ())


def accepted(
    tx: Transaction,
    delivery: OutboundDelivery,
    recipients: Iterable[Address],
    now: datetime,
    *,
    told: bool,
    in_time: bool = True,
) -> None:
    """The other operator has it. ``told``: it reports what the sender wished to know.

    ``in_time``: it minds by when the message is to be delivered.
    """
    for recipient in recipients:
        wish = _wish(delivery, recipient)
        _conclude(tx, delivery, Fate(recipient, FateState.DELIVERED, now))
        if (not told and wish.wants(Notify.SUCCESS)) or _is_told_of_the_hop(delivery, wish, in_time=in_time):
            _report(tx, delivery, recipient, ReportKind.RELAYED)
        _note(tx, delivery, "relayed", now)


def refused(
    tx: Transaction,
    delivery: OutboundDelivery,
    recipient: Address,
    reply: PeerReply,
    now: datetime,
    state: FateState = FateState.REFUSED,
) -> None:
    """He will not have it; his sender is told, unless he did not wish to know."""
    said = words_of(reply)
    codes = f"{reply.code} {reply.status}"
    english, french = f"{codes} {said.en}", f"{codes} {said.fr}"
    _conclude(tx, delivery, Fate(recipient, state, now, reply.status, english, french))
    if _wish(delivery, recipient).wants(Notify.FAILURE):
        _report(tx, delivery, recipient, ReportKind.BOUNCE)
    _note(tx, delivery, "bounced", now, status=reply.status)


def delayed(tx: Transaction, delivery: OutboundDelivery, now: datetime) -> None:
    """It takes long. RFC 3461 §4.1: told to who asked for it or said nothing, not to who asked for others."""
    for recipient, wish in delivery.recipients:
        if wish.wants(Notify.DELAY):
            _report(tx, delivery, recipient, ReportKind.DELAY)
    _note(tx, delivery, "delayed", now)


def late(tx: Transaction, delivery: OutboundDelivery, now: datetime) -> None:
    """The moment that the sender set has passed: who asked to be told of it is, whatever else he wished.

    RFC 2852 §4: NOTIFY=NEVER alone is stronger (RFC 3461 §4.1).
    """
    for recipient, wish in delivery.recipients:
        if Notify.NEVER not in wish.notify:
            _report(tx, delivery, recipient, ReportKind.DELAY)
    _note(tx, delivery, "delayed", now)


def _is_told_of_the_hop(delivery: OutboundDelivery, wish: Wish, *, in_time: bool) -> bool:
    """RFC 2852 §4.1.4: to trace it; RFC 2852 §4.1.4.2: or because nobody minds the time from here on."""
    due = delivery.deliver_by
    if due is None or Notify.NEVER in wish.notify:
        return False
    return due.is_traced or not in_time


def _wish(delivery: OutboundDelivery, recipient: Address) -> Wish:
    return next((wish for one, wish in delivery.recipients if one == recipient), NO_WISH)


def _conclude(tx: Transaction, delivery: OutboundDelivery, fate: Fate) -> None:
    if delivery.submission is not None:
        tx.submissions.conclude(delivery.submission, fate)


def _report(tx: Transaction, delivery: OutboundDelivery, recipient: Address, kind: ReportKind) -> None:
    if delivery.submission is None or delivery.reverse_path is None:
        return
    original = _wish(delivery, recipient).original
    tx.submissions.report(delivery.submission, recipient, kind, original, delivery.identifier)


def _note(tx: Transaction, delivery: OutboundDelivery, event: str, now: datetime, **more: str) -> None:
    detail = {"queue_id": delivery.queue_id, "destination": delivery.destination, **more}
    tx.journal.record(JournalEntry(now, ACTOR, event, None, detail))
