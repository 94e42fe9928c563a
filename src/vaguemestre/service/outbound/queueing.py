"""Queueing a message for people at other operators, in the unit of work that accepts it. domain.md §6."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.dsn import NO_WISH, Notify, Wish
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.fate import Fate, FateState, SubmissionId
from vaguemestre.policy.limits import Policy
from vaguemestre.service.ports.outbound import OUTGOING, NewOutbound
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.ports.vault import SealedBody

_UNTOLD: Final = Wish(frozenset({Notify.NEVER}))


class Outgoing(Protocol):
    """What is asked of a message that is being filed."""

    @property
    def envelope(self) -> Envelope: ...  # noqa: D102

    @property
    def bodies(self) -> Mapping[BalId, SealedBody]: ...  # noqa: D102

    @property
    def queue_id(self) -> str: ...  # noqa: D102

    @property
    def now(self) -> datetime: ...  # noqa: D102


def owners_of(tx: Transaction, policy: Policy, recipients: Sequence[Address]) -> list[BalId]:
    """Whose copies are needed: those of bals here, and one for all who are elsewhere. Reads only."""
    found = [bal.id for recipient in recipients if (bal := tx.bals.by_address(recipient)) is not None]
    leaves = any(not policy.is_ours(recipient.domain_key) for recipient in recipients)
    return [*found, OUTGOING] if leaves else found


def queue_from_nobody(tx: Transaction, to: Address, body: SealedBody, now: datetime) -> None:
    """What the service says by itself, sealed for ``OUTGOING``: nobody is told what becomes of it.

    With the null reverse-path: nothing answers it, nobody reports on it (RFC 5321 §4.5.5, RFC 3834 §3.3).
    """
    tx.outbound.add(NewOutbound(None, secrets.token_hex(6), None, [(to, NO_WISH)], body, now))


def queue_in_the_name_of(
    tx: Transaction, sender: Address, to: Address, body: SealedBody, now: datetime
) -> None:
    """What the service says by itself for an account of ours: a message of his, and no report.

    NOTIFY=NEVER: he did not write it, so its failure is not his to read (RFC 3461 §4.1).
    """
    tx.outbound.add(NewOutbound(None, secrets.token_hex(6), sender, [(to, _UNTOLD)], body, now))


def queue_elsewhere(
    tx: Transaction, message: Outgoing, submission: SubmissionId, recipients: Sequence[Address]
) -> None:
    """One sealed copy for all of them; each has his fate."""
    if not recipients:
        return
    body, envelope = message.bodies[OUTGOING], message.envelope
    tx.outbound.add(
        NewOutbound(
            submission,
            message.queue_id,
            envelope.reverse_path,
            [(recipient, envelope.wish_of(recipient)) for recipient in recipients],
            body,
            message.now,
            envelope.identifier,
            envelope.returned,
            envelope.requires_tls,
            envelope.deliver_by,
        )
    )
    for recipient in recipients:
        tx.submissions.settle(submission, Fate(recipient, FateState.QUEUED, message.now), body.id)
