"""Where random histories happen: the real services on one store, new people for each history.

Histories share a store so that thousands of them cost seconds: nobody of one ever meets anybody of another.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from tests.support.builders import a_policy
from tests.support.letters import a_letter
from tests.support.trusted import CLINIC, PATIENTS, ATrustSpace, a_peer
from tests.support.world import World, a_world

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.conversation import ConversationId, Pair
from vaguemestre.mail.correspondent import Correspondent, Party
from vaguemestre.mail.ins import parse_ins
from vaguemestre.mail.mailbox import CLOSED_CONVERSATIONS, CONVERSATION_CLOSED, INBOX, FlagSet, MessageRow
from vaguemestre.mail.reply import Reply
from vaguemestre.policy.limits import CitizenMayWrite
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.service.arriving.parties import number_of
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode
from vaguemestre.service.ports.outbound import OutboundDelivery
from vaguemestre.service.ports.store import Transaction

T = TypeVar("T")

OPERATOR: Final = "admin.model"
_ZONE: Final = ZoneInfo("Europe/Paris")


class Town:
    """A store, its services and an event loop, for as many histories as are asked for."""

    def __init__(self, folder: Path, mode: CitizenMayWrite) -> None:
        self.mode = mode
        self._folder = folder
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()
        self._numbers = count(1)
        self._world: World | None = None
        self.restart()

    @property
    def world(self) -> World:
        """The services, which are up."""
        assert self._world is not None
        return self._world

    def do(self, act: Coroutine[None, None, T]) -> T:
        """Let it happen, a second after what happened last: no two things happen at once."""
        if self._world is not None:
            self._world.clock.pass_(seconds=1)
        return self._runner.run(act)

    def restart(self) -> None:
        """Everything down, and up again on the same files."""
        passed = self._world.clock.moment if self._world is not None else None
        self.do(self._open.aclose())
        policy = replace(a_policy(self.mode), citizen_domains_elsewhere=frozenset({PATIENTS}))
        world = a_world(self._folder, policy, trust=ATrustSpace())
        self._world = self.do(self._open.enter_async_context(world))
        if passed is not None:
            self._world.clock.moment = passed

    def close(self) -> None:
        """Everything down."""
        self.do(self._open.aclose())
        self._runner.close()

    def professional(self, name: str) -> Bal:
        """Somebody new, a doctor."""
        return self.do(self.world.bal(f"{name}.{next(self._numbers)}@cabinet.mssante.fr"))

    def professional_elsewhere(self, name: str) -> Correspondent:
        """Somebody new, a doctor at another operator."""
        return Correspondent(Address(f"{name}.{next(self._numbers)}", CLINIC), is_citizen=False)

    def citizen(self) -> Bal:
        """Somebody new."""
        return self.do(self.world.bal(f"{self._matricule()}@patient.mssante.fr", BalKind.CITIZEN))

    def citizen_elsewhere(self) -> Correspondent:
        """Somebody new, a citizen at another operator."""
        return Correspondent(Address(self._matricule(), PATIENTS), is_citizen=True)

    def _matricule(self) -> str:
        """One that is nobody's: there is no commune 99350 to be born in."""
        body = f"19912{next(self._numbers):08d}"
        return f"{body}{parse_ins(f'{body}00').right_key:02d}"

    def send(self, sender: Party, to: str, message_id: str, **letter: str | None) -> Reply:
        """A letter to everybody its To and Cc name; another operator brings it to those who are here."""
        octets = a_letter(str(sender.address), to, message_id=message_id, **letter)  # type: ignore[arg-type]  # texts alone
        copies = (letter.get("cc") or "").split(", ") if letter.get("cc") else []
        if isinstance(sender, Bal):
            return self.do(self.world.send(sender, octets, to, *copies))
        here = [one for one in (to, *copies) if not one.endswith((CLINIC, PATIENTS))]
        return self.do(self.world.relay(a_peer(), sender.address, octets, *here))

    def pairs(self, citizen: Party) -> list[Pair]:
        """Every side that somebody has, or had, with that citizen."""

        def unit(tx: Transaction) -> list[Pair]:
            known = number_of(tx, citizen)
            return [] if known is None else tx.conversations.pairs(citizen=known)

        return self.do(self.world.store.read(unit))

    def automatic_answers(self) -> list[Address]:
        """To whom elsewhere they go: the queue is emptied, nobody sends it."""
        before, now = self.world.clock.now() + timedelta(days=1), self.world.clock.now()

        def unit(tx: Transaction) -> list[OutboundDelivery]:
            return tx.outbound.take_ended(before, now, 1000)

        taken = self._runner.run(self.world.store.write(unit, "model"))
        return [to for one in taken if one.reverse_path is None for to, _ in one.recipients]

    def inbox(self, bal: Bal) -> list[MessageRow]:
        """What he has, by uid."""
        return self.do(self.world.inbox(bal))

    def close_by_keyword(self, bal: Bal, row: MessageRow) -> None:
        """He sets ``$Clos`` on a message of his INBOX."""

        async def act() -> None:
            opened, leave = await self.world.mailboxes.open(bal.id, INBOX, lambda _: None)
            change = FlagChange(FlagMode.ADD, FlagSet(0), (CONVERSATION_CLOSED,))
            await opened.store_flags(bal, [row.uid], change)
            leave()

        self.do(act())

    def close_by_folder(self, bal: Bal, row: MessageRow) -> None:
        """He moves a message of his INBOX into «Conversations closes»."""

        async def act() -> None:
            if not await self.world.mailboxes.exists(bal.id, CLOSED_CONVERSATIONS):
                await self.world.mailboxes.create(bal.id, CLOSED_CONVERSATIONS)
            opened, leave = await self.world.mailboxes.open(bal.id, INBOX, lambda _: None)
            await opened.move(bal, [row.uid], CLOSED_CONVERSATIONS)
            leave()

        self.do(act())

    def operator_opens(self, conversation: ConversationId) -> None:
        """As ``vaguemestre conversation open``."""
        self.do(self.world.oversight.open(conversation, OPERATOR))

    def operator_closes(self, conversation: ConversationId) -> None:
        """As ``vaguemestre conversation close``."""
        self.do(self.world.oversight.close(conversation, OPERATOR))

    def leaves(self, citizen: Bal) -> None:
        """The profile is closed."""
        self.do(self.world.change(citizen, ProfileAct.CLOSE))

    def returns(self, citizen: Bal) -> None:
        """The profile is opened again."""
        self.do(self.world.change(citizen, ProfileAct.REOPEN))

    def blocks(self, citizen: Bal, professional: Party) -> None:
        """As ``vaguemestre block add``."""
        self.do(self.world.blocking.add(citizen.address, professional.address, OPERATOR))

    def unblocks(self, citizen: Bal, professional: Party) -> None:
        """As ``vaguemestre block remove``."""
        self.do(self.world.blocking.remove(citizen.address, professional.address, OPERATOR))

    def budget(self, professional: Bal, budget: int | None, message_id: str) -> None:
        """He writes to himself how much he lets citizens write."""
        word = "aucun" if budget is None else str(budget)
        to = str(professional.address)
        assert self.send(professional, to, message_id, subject=f"[BUDGET] {word}").is_positive

    def hours(self, professional: Bal, hours: tuple[int, int] | None, message_id: str) -> None:
        """He writes to himself when he reads, every day."""
        words = "aucun" if hours is None else f"lun-dim {hours[0]}h-{hours[1]}h"
        to = str(professional.address)
        assert self.send(professional, to, message_id, subject=f"[HORAIRES] {words}").is_positive

    def clocks_show(self) -> datetime:
        """On the wall, where the operator is."""
        return self.world.clock.moment.astimezone(_ZONE).replace(tzinfo=None)

    def pays_answers(self) -> None:
        """Every automatic answer that is owed is given."""
        self._runner.run(self._answer())

    async def _answer(self) -> None:
        while await self.world.mail_answers.run_once(1000):
            pass

    def passes(self, **delay: int) -> None:
        """Time, and what is due by then."""
        self.world.clock.pass_(**delay)
        self.do(self._expire())

    async def _expire(self) -> None:
        while await self.world.expiry.run_once(1000) >= 1000:
            pass
