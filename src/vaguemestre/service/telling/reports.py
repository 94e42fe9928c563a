"""Telling senders what became of their messages: reports that are due are composed, sealed, filed, once each.

Who wrote from another operator is told by mail. They became due in the unit of work that decided them, so
none is lost; each is filed, or queued, in the unit that closes it, so none is told twice. No report is ever
made of a report: they are filed, not submitted.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

import structlog

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalId, BalKind
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.mail.correspondent import PartyId
from vaguemestre.mail.fate import DueReport
from vaguemestre.mime.reader import MessageReader
from vaguemestre.service.arriving.inbox import file_in_inbox
from vaguemestre.service.conversations.keywords import flags_on_arrival
from vaguemestre.service.conversations.life import IdentifierDigest
from vaguemestre.service.mailboxes.message_names import MessageNames
from vaguemestre.service.outbound.queueing import queue_from_nobody
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.outbound import OUTGOING
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import SealedBody, Vault
from vaguemestre.service.telling.filing import filed_once
from vaguemestre.service.telling.report_messages import About, compose

_log = structlog.get_logger()


class Reports:
    """``hostname`` names this server in what is told; ``end``: how long what is queued is tried."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Clock,
        digest: IdentifierDigest,
        hostname: str,
        end: timedelta = timedelta(days=5),
    ) -> None:
        self._digest = digest
        self._store = store
        self._vault = vault
        self._clock = clock
        self._hostname = hostname
        self._end = end
        self._names = MessageNames(store, vault)

    async def run_once(self, limit: int) -> int:
        """Tell at most ``limit`` of those that are due, for the background worker; how many."""
        due = await self._store.read(lambda tx: tx.submissions.due_reports(limit))
        for _, together in groupby(due, key=_message_of):
            await self._tell(list(together))
        return len(due)

    async def _tell(self, due: list[DueReport]) -> None:
        now = self._clock.now()
        sender = await self._store.read(lambda tx: _told(tx, due[0].sender))
        body: SealedBody | None = None
        original: str | None = None
        if sender is not None:
            original = await self._names.of(due[0].copy)
            owner = OUTGOING if sender.bal is None else sender.bal.id
            ours = due[0].fate.recipient if sender.bal is None else sender.address
            about = About(self._hostname, sender.address, now, original, ours.domain, self._end)
            body = await self._sealed(about, due, owner)
        known = self._digest.of([original] if original is not None else [])
        await filed_once(
            self._store, self._vault, body, lambda tx: _file(tx, due, sender, body, known, now), "report"
        )
        _log.info("sender_told", queue_id=due[0].queue_id, kind=due[0].kind.value, recipients=len(due))

    async def _sealed(self, about: About, due: list[DueReport], owner: BalId) -> SealedBody:
        octets = compose(about, due)
        spool, reader = self._vault.spool(), MessageReader()
        try:
            spool.feed(octets)
            reader.feed(octets)
            return await self._vault.seal(owner, spool, reader.finish().card, about.now)
        finally:
            spool.discard()


class _Told(NamedTuple):
    """Who is told: in his mailbox here, or by mail at another operator."""

    address: Address
    bal: Bal | None


def _told(tx: Transaction, sender: PartyId) -> _Told | None:
    """None for somebody who receives nothing any more."""
    bal = tx.bals.by_id(sender)
    if bal is not None:
        return _Told(bal.address, bal) if bal.state.receives else None
    address = tx.correspondents.address_of(sender)
    return None if address is None else _Told(address, None)


def _message_of(due: DueReport) -> tuple[object, ...]:
    """What one report can tell of: the recipients of one message; of receipts, one each."""
    receipt = due.id if due.kind.value == "receipt" else None
    return due.submission, due.kind, receipt


def _file(
    tx: Transaction,
    due: Sequence[DueReport],
    sender: "_Told | None",
    body: SealedBody | None,
    known: Sequence[bytes],
    now: datetime,
) -> bool:
    """Close the reports, and file or queue the message that tells them; False when somebody else did."""
    if not tx.submissions.close_reports([one.id for one in due]) or body is None or sender is None:
        return False
    if sender.bal is None:
        queue_from_nobody(tx, sender.address, body, now)
        return True
    thread = _thread(tx, sender.bal, due, known)
    tx.messages.add_body(body, now)
    professional = None if sender.bal.is_citizen else sender.address
    flags = flags_on_arrival(tx, sender.bal.id, professional, thread)
    message = NewMessage(body.id, flags, body.size, int(now.timestamp()), thread, now)
    file_in_inbox(tx, body.bal, message)
    return True


def _thread(
    tx: Transaction, sender: Bal, due: Sequence[DueReport], known: Sequence[bytes]
) -> ConversationId | None:
    """The conversation that the message was in: it is the citizen's, whichever side of it he was on."""
    if not known:
        return None
    held = [sender, *(tx.bals.by_address(one.fate.recipient) for one in due)]
    citizens = (bal for bal in held if bal is not None and bal.kind is BalKind.CITIZEN)
    found = (tx.conversations.found_by(citizen.id, known) for citizen in citizens)
    return next((thread for thread in found if thread is not None), None)
