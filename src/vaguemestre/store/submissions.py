"""Accepted messages and their fates in the database: ``service.ports.submission.Submissions``."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.fate import DueReport, Fate, FateState, ReportKind, SubmissionId, SubmissionTrace
from vaguemestre.mail.mailbox import BodyId, MailboxId, Uid
from vaguemestre.mail.tls_wish import TlsWish
from vaguemestre.service.ports.submission import NewSubmission, Sent
from vaguemestre.store import statements
from vaguemestre.store.bals import address_from
from vaguemestre.store.deliver_by import read, written
from vaguemestre.store.dialects.connection import Connection, Parameters, Row
from vaguemestre.store.times import from_micros, maybe_from_micros, maybe_to_micros, to_micros

_STATES: Final = {state.value: state for state in FateState}
_KINDS: Final = {kind.value: kind for kind in ReportKind}
_MOST_ALIKE: Final = (
    100  # messages of one Message-ID: no program needs more, and somebody may have sent millions
)


def _due(row: Row) -> DueReport:
    id_, kind, submission, queue_id, sender, accepted_at, recipient, state, at, *rest = row
    status, reason, french, original, envelope_id, copy, others, release_at, deliver_by, mode = rest
    fate = Fate(address_from(recipient), _STATES[state], from_micros(at), status, reason, french)
    return DueReport(
        id_,
        _KINDS[kind],
        submission,
        queue_id,
        sender,
        from_micros(accepted_at),
        fate,
        original,
        envelope_id,
        BodyId(bytes(copy)) if copy is not None else None,
        bool(others),
        maybe_from_micros(release_at),
        read(deliver_by, mode),
    )


class SubmissionTable:
    """Both tables."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def begin(self, new: NewSubmission, again_until: datetime) -> SubmissionId | str:
        """The number of this one, or the queue id of the same one accepted, or released, after that.

        A writer who files the same message at this moment is waited for: its row decides.
        """
        values: Parameters = {
            "queue_id": new.queue_id,
            "sender": new.sender,
            "identifier": new.identifier,
            "fingerprint": new.fingerprint,
            "at": to_micros(new.at),
            "recipients": new.recipients,
            "actor": new.actor,
            "tls": new.tls.value,
            "release_at": maybe_to_micros(new.release_at),
            **written(new.deliver_by),
        }
        number = self._connection.insert(statements.BEGIN_SUBMISSION, values)
        if not number:
            same = self._connection.one(statements.SAME_SUBMISSION, {"fingerprint": new.fingerprint})
            if same is not None and from_micros(same[1]) > again_until:
                queue_id: str = same[0]
                return queue_id
            self._connection.run(statements.OUTDATE_SUBMISSION, {"fingerprint": new.fingerprint})
            number = self._connection.insert(statements.BEGIN_SUBMISSION, values)
        if not number:
            raise LookupError("the same message is being filed by somebody else")
        return SubmissionId(number)

    def outdate(self, submission: SubmissionId) -> None:
        """The same message sent again is another from now on."""
        self._connection.run(statements.OUTDATE_THIS_SUBMISSION, {"submission": submission})

    def sent(self, sender: BalId, since: datetime, until: datetime, most: int) -> Sent:
        """From an index alone."""
        span: Parameters = {
            "sender": sender,
            "since": to_micros(since),
            "until": to_micros(until),
            "most": most,
        }
        row = self._connection.one(statements.SENT, span)
        return Sent(*row) if row is not None else Sent(0, 0)

    def settle(
        self, submission: SubmissionId, fate: Fate, copy: BodyId | None = None, *, wants_receipt: bool = False
    ) -> None:
        """One row a recipient."""
        self._connection.run(
            statements.SETTLE,
            {
                "submission": submission,
                "key": fate.recipient.key,
                "recipient": str(fate.recipient),
                "body": copy,
                "state": fate.state.value,
                "at": to_micros(fate.at),
                "status": fate.status,
                "reason": fate.reason,
                "reason_french": fate.reason_french,
                "wants_receipt": wants_receipt,
            },
        )

    def unhold(self, submission: SubmissionId) -> None:
        """Those who were to have it later have no fate any more: another is settled."""
        self._connection.run(statements.UNHOLD, {"submission": submission})

    def conclude(self, submission: SubmissionId, fate: Fate) -> bool:
        """Nothing happens to what was concluded before."""
        said: Parameters = {
            "submission": submission,
            "key": fate.recipient.key,
            "state": fate.state.value,
            "at": to_micros(fate.at),
            "status": fate.status,
            "reason": fate.reason,
            "reason_french": fate.reason_french,
        }
        return self._connection.one(statements.CONCLUDE, said) is not None

    def read(self, body: BodyId, at: datetime) -> str | None:
        """Nothing happens unless it was just delivered."""
        row = self._connection.one(statements.FATE_READ, {"body": body, "at": to_micros(at)})
        if row is None:
            return None
        if row[2]:
            self._report(row[0], row[1], ReportKind.RECEIPT, "", "")
        known = self._connection.one(statements.QUEUE_ID, {"submission": row[0]})
        return None if known is None else str(known[0])

    def told(self, identifier: bytes, fate: Fate, to: Sequence[BalId]) -> int:
        """A rejection may come after the message was read; nothing else goes back."""
        rows = self._connection.all(
            statements.FATE_TOLD,
            {
                "identifier": identifier,
                "key": fate.recipient.key,
                "state": fate.state.value,
                "at": to_micros(fate.at),
                "reason": fate.reason,
                "reason_french": fate.reason_french,
                "to": list(to),
            },
        )
        return len(rows)

    def bounced(self, identifier: bytes, fate: Fate, to: Sequence[BalId]) -> int:
        """What was read was delivered: that stays."""
        rows = self._connection.all(
            statements.FATE_BOUNCED,
            {
                "identifier": identifier,
                "key": fate.recipient.key,
                "at": to_micros(fate.at),
                "status": fate.status,
                "reason": fate.reason,
                "reason_french": fate.reason_french,
                "to": list(to),
            },
        )
        return len(rows)

    def report(
        self, submission: SubmissionId, recipient: Address, kind: ReportKind, original: str, envelope_id: str
    ) -> None:
        """Due from the commit on."""
        self._report(submission, recipient.key, kind, original, envelope_id)

    def _report(
        self, submission: SubmissionId, key: str, kind: ReportKind, original: str, envelope_id: str
    ) -> None:
        self._connection.run(
            statements.REPORT,
            {
                "submission": submission,
                "key": key,
                "kind": kind.value,
                "original": original,
                "envelope_id": envelope_id,
            },
        )

    def due_reports(self, limit: int) -> list[DueReport]:
        """The oldest first; all of one submission stand together."""
        return list(map(_due, self._connection.all(statements.DUE_REPORTS, {"limit": limit})))

    def close_reports(self, reports: Sequence[int]) -> int:
        """How many of them were still due."""
        return len(self._connection.all(statements.CLOSE_REPORTS, {"ids": list(reports)}))

    def expired(self, mailbox: MailboxId, uids: Sequence[Uid], at: datetime) -> list[str]:
        """Those that were read stay so."""
        self._connection.run(
            statements.FATE_EXPIRED, {"mailbox": mailbox, "uids": list(uids), "at": to_micros(at)}
        )
        rows = self._connection.all(statements.QUEUE_IDS, {"mailbox": mailbox, "uids": list(uids)})
        return [str(row[0]) for row in rows]

    def traces(self, identifier: bytes) -> list[SubmissionTrace]:
        """The latest first."""
        rows = self._connection.all(
            statements.SUBMISSIONS_KNOWN_AS, {"identifier": identifier, "most": _MOST_ALIKE}
        )
        return list(map(self._trace, rows))

    def trace(self, queue_id: str) -> SubmissionTrace | None:
        """None when there is none."""
        row = self._connection.one(statements.SUBMISSION_OF, {"queue_id": queue_id})
        return None if row is None else self._trace(row)

    def trace_of(self, submission: SubmissionId) -> SubmissionTrace | None:
        """By its number: None when it was forgotten."""
        row = self._connection.one(statements.SUBMISSION_NUMBERED, {"id": submission})
        return None if row is None else self._trace(row)

    def forget(self, before: datetime, limit: int) -> int:
        """The oldest first."""
        parameters = {"before": to_micros(before), "limit": limit}
        ids = list(map(itemgetter(0), self._connection.all(statements.OLD_SUBMISSIONS, parameters)))
        if ids:
            self._connection.run(statements.FORGET_REPORTS, {"ids": ids})
            self._connection.run(statements.FORGET_FATES, {"ids": ids})
            self._connection.run(statements.FORGET_SUBMISSIONS, {"ids": ids})
        return len(ids)

    def _trace(self, row: Row) -> SubmissionTrace:
        id_, queue_id, sender, address, accepted_at, tls, actor, release_at, deliver_by, mode = row
        fates = [
            Fate(address_from(recipient), _STATES[state], from_micros(at), status, reason, french)
            for recipient, state, at, status, reason, french in self._connection.all(
                statements.FATES, {"submission": id_}
            )
        ]
        by_address = tuple(sorted(fates, key=lambda fate: fate.recipient.key))
        return SubmissionTrace(
            id_,
            queue_id,
            sender,
            address_from(address),
            from_micros(accepted_at),
            by_address,
            TlsWish(tls),
            None if actor is None else address_from(actor),
            maybe_from_micros(release_at),
            read(deliver_by, mode),
        )
