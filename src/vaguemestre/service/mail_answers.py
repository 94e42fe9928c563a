"""Paying automatic answers that are owed: sealed, then filed in the unit that strikes the debt. RFC 3834."""

import structlog

from vaguemestre.service.answer_port import OwedAnswer
from vaguemestre.service.answer_words import told
from vaguemestre.service.message_names import MessageNames
from vaguemestre.service.notices import seal_notice
from vaguemestre.service.ports import Clock, Vault
from vaguemestre.service.store_port import CommitUnknownError, Store, Transaction

_log = structlog.get_logger()


class MailAnswers:
    """``hostname`` names this server in message identifiers."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, hostname: str) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._hostname = hostname
        self._names = MessageNames(store, vault)

    async def run_once(self, limit: int) -> int:
        """Pay at most ``limit`` of them, for the background worker; how many."""
        due = await self._store.read(lambda tx: tx.owed_answers.due(limit))
        for owed in due:
            await self._pay(owed)
        return len(due)

    async def _pay(self, owed: OwedAnswer) -> None:
        answer = owed.answer
        bal = await self._store.read(lambda tx: tx.bals.by_id(answer.bal))
        if bal is None or not bal.state.receives:
            await self._store.write(lambda tx: tx.owed_answers.strike(owed.number), "answer")
            return
        name = await self._names.of(answer.about)
        notice = told(answer, (name,) if name is not None else ())
        now = self._clock.now()
        sealed = await seal_notice(self._vault, bal.id, bal.address, notice, self._hostname, now)

        def unit(tx: Transaction) -> bool:
            if not tx.owed_answers.strike(owed.number):
                return False
            sealed.file(tx, answer.bal, now)
            return True

        try:
            filed = await self._store.write(unit, "answer")
        except CommitUnknownError:
            raise
        except BaseException:
            await self._vault.discard([sealed.body])
            raise
        if not filed:
            await self._vault.discard([sealed.body])  # another process told it
            return
        _log.info("answered_by_itself", said=str(answer.said))
