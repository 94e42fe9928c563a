"""Paying automatic answers that are owed: sealed, then filed in the unit that strikes the debt. RFC 3834."""

from typing import NamedTuple

import structlog

from vaguemestre.mail.address import Address, parse_address
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.correspondent import PartyId
from vaguemestre.service.arriving.parties import address_of
from vaguemestre.service.conversations.answer_words import QuietTerms, told, told_when_quiet
from vaguemestre.service.conversations.life import IdentifierDigest
from vaguemestre.service.mailboxes.message_names import MessageNames
from vaguemestre.service.ports.answer import NewAnswer, OwedAnswer, Said
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.outbound import OUTGOING
from vaguemestre.service.ports.solicitation import Wish
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.telling.filing import filed_once
from vaguemestre.service.telling.notices import Notice, seal_notice

_log = structlog.get_logger()


class _Whom(NamedTuple):
    """Who is answered: ``owner`` is OUTGOING for somebody at another operator."""

    owner: BalId
    address: Address


class MailAnswers:
    """``hostname`` names this server in message identifiers."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Clock,
        hostname: str,
        digest: IdentifierDigest,
        terms: QuietTerms,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._hostname = hostname
        self._digest = digest
        self._terms = terms
        self._names = MessageNames(store, vault)

    async def run_once(self, limit: int) -> int:
        """Pay at most ``limit`` of them, for the background worker; how many."""
        due = await self._store.read(lambda tx: tx.owed_answers.due(limit))
        for owed in due:
            await self._pay(owed)
        return len(due)

    async def _pay(self, owed: OwedAnswer) -> None:
        answer = owed.answer
        whom = await self._store.read(lambda tx: _whom(tx, answer))
        notice = await self._notice(answer) if whom is not None else None
        if whom is None or notice is None:
            await self._store.write(lambda tx: tx.owed_answers.strike(owed.number), "answer")
            return
        now = self._clock.now()
        sealed = await seal_notice(self._vault, whom.owner, whom.address, notice, self._hostname, now)

        def unit(tx: Transaction) -> bool:
            if not tx.owed_answers.strike(owed.number):
                return False
            if whom.owner == OUTGOING:
                sealed.queue(tx, whom.address, now)
            else:
                sealed.file(tx, whom.owner, now, answer.conversation)
            if answer.conversation is not None:
                for digest in self._digest.of([sealed.message_id]):  # he may answer it, and it is an answer
                    tx.conversations.remember(answer.conversation, digest, now)
                self._note(tx, answer)
            return True

        if await filed_once(self._store, self._vault, sealed.body, unit, "answer"):
            _log.info("answered_by_itself", said=str(answer.said))

    async def _notice(self, answer: NewAnswer) -> Notice | None:
        """What is told; None when nothing is any more: the conversation or the hours ended meanwhile."""
        name = await self._names.of(answer.about)
        references = (name,) if name is not None else ()
        if answer.said is not Said.QUIET:
            return told(answer, references)
        professional, conversation = parse_address(answer.value), answer.conversation

        def unit(tx: Transaction) -> Wish | None:
            pair = None if conversation is None else tx.conversations.pair(conversation, professional)
            bal = tx.bals.by_address(professional)
            if pair is None or pair.closed_at is not None or bal is None:
                return None
            return tx.solicitations.wish(bal.id)

        wish = await self._store.read(unit)
        if wish is None or wish.hours is None:
            return None
        return told_when_quiet(professional, wish, self._terms, references)

    def _note(self, tx: Transaction, answer: NewAnswer) -> None:
        """In the journal of the citizen to whom it came; elsewhere, of the professional in whose name."""
        detail = {"conversation": str(answer.conversation), "professional": answer.value}
        now = self._clock.now()
        tx.journal.record(JournalEntry(now, "rule:QUIET", "answered_by_itself", answer.bal, detail))


def _whom(tx: Transaction, answer: NewAnswer) -> _Whom | None:
    """Who asked, or the citizen of the conversation, wherever he is; None for who receives nothing more."""
    party: PartyId = answer.bal
    if answer.said is Said.QUIET:
        found = None if answer.conversation is None else tx.conversations.by_id(answer.conversation)
        if found is None:
            return None
        party = found.citizen
    bal = tx.bals.by_id(party)
    if bal is not None:
        return _Whom(bal.id, bal.address) if bal.state.receives else None
    address = address_of(tx, party)
    return None if address is None else _Whom(OUTGOING, address)
