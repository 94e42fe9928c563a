"""The unit of work that accepts a message to be released later. RFC 4865.

It is judged as if it were delivered at once, and so refused at once where that is certain; at its hour it is
judged again (``releasing``, beside). Until then it is a message of its sender's, sealed for him alone, in
a mailbox where he sees it, and counts against his quota.
"""

from datetime import datetime

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.fate import Fate, FateState
from vaguemestre.mail.held import Held
from vaguemestre.mail.mailbox import SEEN, MailboxId, Uid
from vaguemestre.policy.case import Hold, SenderCase
from vaguemestre.policy.limits import Policy
from vaguemestre.policy.rulebook import judge_sender
from vaguemestre.service.arriving.delivery import (
    Delivery,
    Filed,
    SubmissionRefused,
    begin_submission,
    by_who_writes,
    judge_recipients,
    settle_refusal,
)
from vaguemestre.service.arriving.own_addresses import further_addresses_in
from vaguemestre.service.held.cancelling import scheduled_mailbox
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.store import Transaction


def hold_message(tx: Transaction, policy: Policy, delivery: Delivery) -> Filed:
    """Judge every recipient, then let it wait for those accepted. Raises SubmissionRefused, FiledAlready.

    ``delivery.bodies`` holds one copy, for the sender.
    """
    submission = begin_submission(tx, delivery)
    mailbox = scheduled_mailbox(tx, delivery.account.id, delivery.now)
    sender = tx.bals.by_id(delivery.account.id) or delivery.account
    hour = _judge_the_sender(tx, policy, delivery, sender)
    judged = judge_recipients(tx, policy, delivery)
    envelope = delivery.envelope.only_to([case.recipient for case in judged.accepted])
    uid = _file(tx, delivery, mailbox.id, hour)
    tx.held.hold(
        Held(submission, delivery.queue_id, sender.id, delivery.now, mailbox.id, uid, envelope, hour, hour)
    )
    for recipient in envelope.recipients:
        tx.submissions.settle(submission, Fate(recipient, FateState.HELD, delivery.now))
    for recipient, verdict in judged.refused:
        settle_refusal(tx, delivery, submission, recipient, verdict)
    detail = {"queue_id": delivery.queue_id}
    tx.journal.record(JournalEntry(delivery.now, delivery.actor, "held", sender.id, detail))
    return Filed((sender,), judged.refused)


def _judge_the_sender(tx: Transaction, policy: Policy, delivery: Delivery, sender: Bal) -> datetime:
    """The hour of release. Raises SubmissionRefused."""
    envelope = delivery.envelope
    assert envelope.held_until is not None  # noqa: S101 (what is not to wait does not come here)
    hold = Hold(envelope.held_until, delivery.now, tx.held.count(sender.id))
    recipients = len(envelope.recipients)
    further = further_addresses_in(tx, sender)
    case = SenderCase(
        policy, sender, envelope.reverse_path, None, recipients, delivery.facts, further, hold=hold
    )
    verdict = judge_sender(by_who_writes(tx, case, delivery))
    if verdict.refuses:
        raise SubmissionRefused(None, verdict)
    return envelope.held_until


def _file(tx: Transaction, delivery: Delivery, mailbox: MailboxId, hour: datetime) -> Uid:
    """Dated by its hour, as it will be when it is delivered: mail programs show when it goes."""
    body = delivery.bodies[delivery.account.id]
    tx.messages.add_body(body, delivery.now)
    message = NewMessage(body.id, SEEN, body.size, int(hour.timestamp()), None, delivery.now)
    return tx.messages.file(mailbox, [message])[0].uid
