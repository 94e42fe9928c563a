"""The unit of work that releases a message at its hour: judged again, then filed or refused. RFC 4865.

Conversations close and accounts end while a message waits, so what is true now decides; its sender is told of
what was refused. It is released once whoever else tries, because the unit takes it from those that wait, and
from its sender's mailbox, where it files it for the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.fate import Fate, FateState
from vaguemestre.mail.held import Held
from vaguemestre.mail.mailbox import DELETED, BodyId
from vaguemestre.policy.case import Case, Hold, SenderCase
from vaguemestre.policy.limits import Policy
from vaguemestre.policy.rulebook import judge_sender
from vaguemestre.policy.verdict import Verdict
from vaguemestre.service.arriving.delivery import Delivery, by_who_writes, deliver, judge_each, settle_refusal
from vaguemestre.service.arriving.own_addresses import further_addresses_in
from vaguemestre.service.held.cancelling import move_to_drafts, settle_cancelled
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Transaction

PATIENCE: Final = timedelta(days=5)  # RFC 5321 §4.5.4.1: four or five days, for what is refused for now
RETRY_AFTER: Final = timedelta(minutes=30)  # as there: half an hour at least


class TakenAlready(Exception):  # noqa: N818 (a decision: somebody else was first)
    """It waits no more."""


@dataclass(frozen=True, slots=True)
class Released:
    """Who has it now, for whom elsewhere it is queued, who was refused it, and who may have it later.

    Nobody at all: it was cancelled.
    """

    holders: tuple[Bal, ...] = ()
    elsewhere: tuple[Address, ...] = ()
    refused: tuple[tuple[Address, Verdict], ...] = ()
    deferred: tuple[Address, ...] = ()


def release_message(tx: Transaction, policy: Policy, delivery: Delivery, held: Held, actor: str) -> Released:
    """Judge every recipient as things stand now, and file. Raises TakenAlready, HolderChanged."""
    row = tx.messages.row(held.mailbox, held.uid)  # locks the account before the message, as cancelling does
    if not tx.held.take(held.submission):
        raise TakenAlready
    if row is None or row.flags & DELETED:
        # Marked and not yet expunged, as some mail programs leave it: its sender does not want it sent.
        settle_cancelled(tx, held, f"bal:{held.sender}", delivery.now)
        return Released()
    sender = tx.bals.by_id(held.sender) or delivery.account
    delivery = replace(delivery, origin=replace(delivery.origin, sender=sender))
    found, accepted = _judged(tx, policy, delivery, held)
    tx.submissions.unhold(held.submission)
    if accepted:
        reached = deliver(tx, policy, delivery, held.submission, accepted)
        found = replace(found, holders=reached.holders, elsewhere=reached.elsewhere)
    _settle(tx, delivery, held, found, row.body)
    detail = {"queue_id": held.queue_id}
    tx.journal.record(JournalEntry(delivery.now, actor, "released", held.sender, detail))
    return found


def _judged(
    tx: Transaction, policy: Policy, delivery: Delivery, held: Held
) -> tuple[Released, Sequence[Case]]:
    """The sender and the message as a whole, then each recipient."""
    now, envelope = delivery.now, delivery.envelope
    path, count = envelope.reverse_path, len(envelope.recipients)
    further = further_addresses_in(tx, delivery.account)
    due = envelope.deliver_by
    end = due.at if due is not None and due.withdraws else None
    whole = SenderCase(
        policy,
        delivery.sender,
        path,
        None,
        count,
        delivery.facts,
        further,
        hold=Hold(now, now, useless_after=end),
    )
    verdict = judge_sender(by_who_writes(tx, whole, delivery))
    if _is_for_now(verdict) and now < held.release_at + PATIENCE:
        return Released(deferred=envelope.recipients), ()
    if verdict.refuses:
        return Released(refused=tuple((recipient, verdict) for recipient in envelope.recipients)), ()
    accepted: list[Case] = []
    refused: list[tuple[Address, Verdict]] = []
    deferred: list[Address] = []
    for case, verdict in judge_each(tx, policy, delivery):
        if not verdict.refuses:
            accepted.append(case)
        elif _is_for_now(verdict) and now < held.release_at + PATIENCE:
            deferred.append(case.recipient)
        else:
            refused.append((case.recipient, verdict))
    return Released(refused=tuple(refused), deferred=tuple(deferred)), accepted


def _is_for_now(verdict: Verdict) -> bool:
    return verdict.reply is not None and verdict.reply.is_temporary


def _settle(tx: Transaction, delivery: Delivery, held: Held, found: Released, body: BodyId) -> None:
    """What becomes of those who do not have it, and of the copy its sender saw waiting."""
    reached_nobody = bool(found.refused) and not (found.holders or found.elsewhere or found.deferred)
    copy = body if reached_nobody else None
    for recipient, verdict in found.refused:
        settle_refusal(tx, delivery, held.submission, recipient, verdict, copy)
    if found.deferred:
        for recipient in found.deferred:
            tx.submissions.settle(held.submission, Fate(recipient, FateState.HELD, held.accepted_at))
        due_at = delivery.now + RETRY_AFTER
        tx.held.hold(replace(held, envelope=held.envelope.only_to(found.deferred), due_at=due_at))
    elif reached_nobody:
        tx.submissions.outdate(held.submission)
        move_to_drafts(tx, held, delivery.now)
    else:
        tx.messages.remove(held.mailbox, [held.uid], delivery.now)
