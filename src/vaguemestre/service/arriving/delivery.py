"""The unit of work that files one message: facts, rules, mailboxes, conversations, journal; all or nothing.

Rules run here, inside the transaction, even when RCPT has asked them before: a conversation may close
between the two, and the transaction is where the answer is true.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from vaguemestre.mail.access import Deed
from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalId, BalKind
from vaguemestre.mail.conversation import ClosedBy, ConversationId
from vaguemestre.mail.correspondent import Correspondent, Party
from vaguemestre.mail.dsn import Notify
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.fate import Fate, FateState, ReportKind, SubmissionId
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.mail.message import MessageFacts
from vaguemestre.mail.tls_wish import TlsWish
from vaguemestre.policy.case import Case, SenderCase
from vaguemestre.policy.dispensation import Dispensation
from vaguemestre.policy.limits import Policy
from vaguemestre.policy.rulebook import judge, judge_sender
from vaguemestre.policy.verdict import Verdict
from vaguemestre.service.access.reading_for import note
from vaguemestre.service.arriving.cases import (
    case_for,
    citizen_addresses,
    citizens_among,
    of_one_conversation,
)
from vaguemestre.service.arriving.inbox import file_in_inbox
from vaguemestre.service.arriving.mail_commands import obey
from vaguemestre.service.arriving.on_behalf import by_person, sends_as
from vaguemestre.service.arriving.origin import Origin
from vaguemestre.service.arriving.parties import number_for, number_of
from vaguemestre.service.arriving.receipts import bounce_fates, move_fate
from vaguemestre.service.audit.accepted_lines import record_accepted
from vaguemestre.service.conversations.continuing import (
    continue_from_citizen,
    continue_from_professional,
    thread_of_report,
)
from vaguemestre.service.conversations.keywords import flags_on_arrival
from vaguemestre.service.conversations.life import closing_of
from vaguemestre.service.conversations.soliciting import answered_by_professional, count_from_citizen
from vaguemestre.service.outbound.queueing import queue_elsewhere
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.outbound import OUTGOING
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.ports.submission import NewSubmission
from vaguemestre.service.ports.trust import Trust
from vaguemestre.service.ports.vault import SealedBody
from vaguemestre.service.sign_in.outcome import Reader, SignedIn
from vaguemestre.service.trust.standing import ALONE, Beyond

SAME_WITHIN: Final = timedelta(hours=24)  # a batch that is run again the same day is the same batch


class SubmissionRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """A rule refused the sender (``recipient`` None), or the recipients: it goes to none."""

    def __init__(self, recipient: Address | None, verdict: Verdict) -> None:
        super().__init__(verdict.rule)
        self.recipient = recipient
        self.verdict = verdict


class FiledAlready(Exception):  # noqa: N818 (a decision: the promise was made before)
    """The same message was accepted lately, as ``queue_id``: nothing is filed again."""

    def __init__(self, queue_id: str) -> None:
        super().__init__(queue_id)
        self.queue_id = queue_id


class HolderChanged(Exception):  # noqa: N818 (a decision: submit again)
    """An address has begun to lead to another bal since the copies were sealed: seal again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Everything a unit of work needs to file one message, sealed beforehand.

    ``references`` are the digests of what the message answers, nearest first; ``identifier`` that of its
    own Message-ID; ``fingerprint`` is the same for the same message to the same recipients (``incoming``).
    ``notified`` that of the message it is a notification of.
    ``beyond`` says who is in the trust space, and what is published there.
    ``bodies`` holds one sealed copy a recipient's bal.
    """

    origin: Origin
    envelope: Envelope
    facts: MessageFacts
    references: Sequence[bytes]
    identifier: Sequence[bytes]
    notified: Sequence[bytes]
    fingerprint: bytes | None
    bodies: dict[BalId, SealedBody]
    queue_id: str
    now: datetime
    beyond: Beyond = ALONE
    dispensations: Mapping[str, Dispensation] = field(default_factory=dict)  # by the key of the address

    @property
    def sender(self) -> Party:
        """Whose message it is."""
        return self.origin.sender

    @property
    def trust(self) -> Trust | None:
        """Who is in the trust space; None for a gateway alone."""
        return self.beyond.trust

    @property
    def account(self) -> Bal:
        """Its sender, where an account of ours sends it; only such messages wait, or ask the service."""
        assert isinstance(self.sender, Bal)  # noqa: S101 (others neither hold nor ask: see above)
        return self.sender

    @property
    def reader(self) -> Bal | None:
        """Who wrote it in the name of ``sender``, when it was not he."""
        return None if self.origin.reader is None else self.origin.reader.bal

    @property
    def actor(self) -> str:
        """Who sent it, as the journal has him."""
        return self.origin.actor

    @property
    def recipients(self) -> tuple[Address, ...]:
        """Of the envelope."""
        return self.envelope.recipients

    def copy_of(self, bal: Bal) -> BodyId:
        """The sealed copy that this holder receives."""
        return self.bodies[bal.id].id

    def may_be_parted(self, verdict: Verdict) -> bool:
        """Whether some may have it although this one may not: the sender can be told, and it is for good.

        What comes by itself has nobody to be told; a refusal for now is worth trying again as a whole.
        """
        reply = verdict.reply
        return self.can_be_told and reply is not None and not reply.is_temporary

    @property
    def can_be_told(self) -> bool:
        """Whether its sender is reached by a report: in his mailbox here, or at the address it came from.

        Who is elsewhere and writes under another MAIL FROM (a list, a program) is not: reports go there.
        """
        path = self.envelope.reverse_path
        is_his = path is not None and path.key == self.sender.address.key
        return not self.is_automatic and (is_his or self.origin.account is not None)

    @property
    def tls_wish(self) -> TlsWish:
        """RFC 8689 §4.1: what MAIL said wins over the header."""
        if self.envelope.requires_tls:
            return TlsWish.REQUIRED
        return TlsWish.OPTIONAL if self.facts.tls_is_optional else TlsWish.UNSAID

    @property
    def is_automatic(self) -> bool:
        """Whether nothing may answer it by itself: RFC 5321 §4.5.5, RFC 3834 §2. So no loop begins."""
        return self.envelope.reverse_path is None or self.facts.is_automatic


@dataclass(frozen=True, slots=True)
class Filed:
    """Who received it here, who did not, with the rule's word, and for whom elsewhere it is queued."""

    holders: tuple[Bal, ...]
    refused: tuple[tuple[Address, Verdict], ...]
    elsewhere: tuple[Address, ...] = ()


class Reached(NamedTuple):
    """Whose mailboxes it was filed in, and for whom at other operators it is queued."""

    holders: tuple[Bal, ...]
    elsewhere: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of the recipients: the cases of who may have it, the verdicts on the others."""

    accepted: tuple[Case, ...]
    refused: tuple[tuple[Address, Verdict], ...]


def file_message(tx: Transaction, policy: Policy, delivery: Delivery) -> Filed:
    """Judge every recipient, then file for those accepted. Raises SubmissionRefused when there is none.

    Raises HolderChanged when a recipient's bal has no sealed copy, FiledAlready when it is there.
    """
    judge_the_account(tx, policy, delivery)
    submission = begin_submission(tx, delivery)
    judged = judge_recipients(tx, policy, delivery)
    reached = deliver(tx, policy, delivery, submission, judged.accepted)
    for recipient, verdict in judged.refused:
        settle_refusal(tx, delivery, submission, recipient, verdict)
    return Filed(reached.holders, judged.refused, reached.elsewhere)


def judge_recipients(tx: Transaction, policy: Policy, delivery: Delivery) -> Judged:
    """Each recipient, in order. Raises SubmissionRefused when none may have it, or it may not be parted."""
    accepted: list[Case] = []
    refused: list[tuple[Address, Verdict]] = []
    for case, verdict in judge_each(tx, policy, delivery):
        if not verdict.refuses:
            accepted.append(case)
        elif delivery.may_be_parted(verdict):
            refused.append((case.recipient, verdict))
        else:
            raise SubmissionRefused(case.recipient, verdict)
    if not accepted:
        raise SubmissionRefused(*refused[0])
    return Judged(tuple(accepted), tuple(refused))


def judge_each(tx: Transaction, policy: Policy, delivery: Delivery) -> Iterator[tuple[Case, Verdict]]:
    """The case of each recipient as it stands now, and what the rules say of it."""
    citizens = citizens_among(tx, citizen_addresses(policy, delivery.recipients, delivery.facts))
    facts, now = delivery.facts, delivery.now
    cases = [
        case_for(
            tx, policy, delivery.sender, recipient, citizens, now, facts, delivery.references, delivery.beyond
        )
        for recipient in delivery.recipients
    ]
    for case in of_one_conversation(cases):
        told = None if case.holder is None else delivery.dispensations.get(case.holder.address.key)
        whole = case if told is None else replace(case, dispensation=told)
        yield whole, judge(whole)


def deliver(
    tx: Transaction, policy: Policy, delivery: Delivery, submission: SubmissionId, accepted: Sequence[Case]
) -> Reached:
    """File for the holders of these cases, a copy each, queue one for those elsewhere, and converse.

    Raises HolderChanged when one has no sealed copy.
    """
    holders: dict[BalId, Bal] = {}
    written: dict[BalId, Address] = {}
    elsewhere: dict[str, Correspondent] = {}
    thread: ConversationId | None = None
    for case in accepted:
        if case.continues is not None:
            thread = case.continues.conversation
        owner = OUTGOING if case.bal is None else case.bal.id
        if owner not in delivery.bodies:
            raise HolderChanged(str(owner))
        if isinstance(case.holder, Correspondent):
            elsewhere[case.holder.address.key] = case.holder
        elif case.bal is not None:
            holders[case.bal.id] = case.bal
            written.setdefault(case.bal.id, case.recipient)
    reached = Reached(tuple(holders.values()), tuple(party.address for party in elsewhere.values()))
    thread = _converse(tx, policy, delivery, (*reached.holders, *elsewhere.values()), thread)
    for bal in reached.holders:
        _file(tx, delivery, bal, thread)
        _settle(tx, delivery, submission, bal, written[bal.id])
    queue_elsewhere(tx, delivery, submission, reached.elsewhere)
    obey(tx, delivery, reached.holders, thread, only_here=not reached.elsewhere)
    if delivery.facts.notification is not None:
        for digest in delivery.notified:
            move_fate(tx, delivery.sender, reached.holders, delivery.facts.notification, digest, delivery.now)
    if delivery.facts.failures is not None and delivery.origin.peer is not None:
        for digest in delivery.notified:
            bounce_fates(
                tx, delivery.origin.peer, reached.holders, delivery.facts.failures, digest, delivery.now
            )
    record_accepted(tx, delivery.origin, delivery.queue_id, reached.holders, len(elsewhere), delivery.now)
    return reached


def _converse(
    tx: Transaction,
    policy: Policy,
    delivery: Delivery,
    parties: Sequence[Party],
    thread: ConversationId | None,
) -> ConversationId | None:
    """What it does to its conversation, wherever those are whom it reaches; in which it stands, if any."""
    if delivery.envelope.reverse_path is None:
        return thread_of_report(tx, delivery, parties)
    if delivery.sender.is_citizen:
        own = delivery.sender.address.key  # CONV-11: he may write to himself, which is no conversation
        parties = [party for party in parties if party.address.key != own]
        if not parties:
            return None
        thread = continue_from_citizen(tx, delivery, parties, thread)
        here = [party for party in parties if isinstance(party, Bal)]
        count_from_citizen(tx, policy, delivery, thread, here)
        return thread
    citizen = next((party for party in parties if party.is_citizen), None)
    if citizen is None:
        return None
    thread = continue_from_professional(tx, policy, delivery, citizen)
    answered_by_professional(tx, policy, delivery, thread)
    return thread


def _settle(
    tx: Transaction, delivery: Delivery, submission: SubmissionId, bal: Bal, written: Address
) -> None:
    """It was delivered to the address ``written``; whom that shall be told to.

    domain.md §3: a citizen's receipt is automatic.
    """
    fate = Fate(bal.address, FateState.DELIVERED, delivery.now)
    asked = delivery.sender.address.key in {address.key for address in delivery.facts.receipt_to}
    wants_receipt = asked and bal.kind is BalKind.CITIZEN and delivery.can_be_told
    tx.submissions.settle(submission, fate, delivery.bodies[bal.id].id, wants_receipt=wants_receipt)
    wish = delivery.envelope.wish_of(written)
    if wish.wants(Notify.SUCCESS) and delivery.can_be_told:
        tx.submissions.report(
            submission, bal.address, ReportKind.SUCCESS, wish.original, delivery.envelope.identifier
        )


def settle_refusal(
    tx: Transaction,
    delivery: Delivery,
    submission: SubmissionId,
    recipient: Address,
    verdict: Verdict,
    copy: BodyId | None = None,
) -> None:
    """It was not delivered; the sender is told, if he wished so. ``copy`` is one he has himself."""
    reply = verdict.reply
    assert reply is not None  # noqa: S101 (only refusals come here)
    tx.submissions.settle(
        submission,
        Fate(recipient, FateState.REFUSED, delivery.now, reply.status, str(reply), reply.in_french()),
        copy,
    )
    detail = {"rule": verdict.rule, "status": reply.status}
    sender = number_of(tx, delivery.sender)
    tx.journal.record(JournalEntry(delivery.now, delivery.actor, "refused", sender, detail))
    wish = delivery.envelope.wish_of(recipient)
    if wish.wants(Notify.FAILURE) and delivery.can_be_told:
        tx.submissions.report(
            submission, recipient, ReportKind.FAILURE, wish.original, delivery.envelope.identifier
        )


def begin_submission(tx: Transaction, delivery: Delivery) -> SubmissionId:
    """One more submission, unless it is the same again: raises FiledAlready."""
    identifier = delivery.identifier[0] if delivery.identifier else None
    begun = tx.submissions.begin(
        NewSubmission(
            delivery.queue_id,
            number_for(tx, delivery.sender, delivery.now),
            identifier,
            delivery.fingerprint,
            delivery.now,
            len(delivery.recipients),
            delivery.tls_wish,
            actor=None if delivery.reader is None else delivery.reader.id,
            release_at=delivery.envelope.held_until,
            deliver_by=delivery.envelope.deliver_by,
        ),
        delivery.now - SAME_WITHIN,
    )
    if isinstance(begun, str):
        raise FiledAlready(begun)
    if delivery.reader is not None and delivery.origin.account is not None:
        detail = {"queue_id": delivery.queue_id, "recipients": str(len(delivery.recipients))}
        by = Reader(delivery.reader, frozenset())
        note(tx, delivery.origin.account.id, by, Deed.SEND, delivery.now, detail=detail)
    return begun


def judge_the_account(tx: Transaction, policy: Policy, delivery: Delivery) -> None:
    """The account may have been suspended since it signed in: SND-1 is asked again, where it is true.

    So is DEL-1, for who writes in the name of another: the right may have been taken from him meanwhile.
    """
    known = delivery.origin.account
    if known is None:
        return
    if delivery.reader is None and tx.bals.state_of(known.id) is known.state:
        return
    account = tx.bals.by_id(known.id)
    if account is None:
        return
    case = SenderCase(policy, account, account.address, None)
    verdict = judge_sender(by_who_writes(tx, case, delivery))
    if verdict.refuses:
        raise SubmissionRefused(None, verdict)


def by_who_writes(tx: Transaction, case: SenderCase, delivery: Delivery) -> SenderCase:
    """The same, with who writes in the name of the account, if anybody does, and his rights as of now."""
    if delivery.reader is None or case.account is None:
        return case
    signed_in = SignedIn(case.account, Reader(delivery.reader, frozenset()))
    return by_person(case, sends_as(tx, signed_in, case.account.address, delivery.now))


def _file(tx: Transaction, delivery: Delivery, bal: Bal, thread: ConversationId | None) -> None:
    facts, now = delivery.facts, delivery.now
    body = delivery.bodies[bal.id]
    tx.messages.add_body(body, now)
    expires = facts.expires if facts.expires is not None and facts.expires > now else None
    professional = None if bal.kind is BalKind.CITIZEN else bal.address
    flags = flags_on_arrival(tx, bal.id, professional, thread)
    message = NewMessage(body.id, flags, body.size, int(now.timestamp()), thread, now, expires)
    file_in_inbox(tx, bal.id, message)


def closes(facts: MessageFacts, sender: Party) -> ClosedBy | None:
    """How this sender's message closes a conversation, if it does: a citizen's never does."""
    closing = None if sender.is_citizen else closing_of(facts)
    return closing.by if closing is not None else None
