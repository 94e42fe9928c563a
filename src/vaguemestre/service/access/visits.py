"""What readers did in a bal, told to its holder: a message a visit in the history of accesses. domain.md §2.

A visit is all that one reader does in one bal until he has been quiet for an hour, or the day is over in
Paris: a mail program that looks every few minutes makes one message a day, and not one for each look. What
is told is how often, never of which message.
"""

from datetime import timedelta
from typing import Final

from vaguemestre.mail.access import Deed, Visit
from vaguemestre.mail.bal import Bal
from vaguemestre.policy.access import PARIS, start_of
from vaguemestre.service.access.notices import named
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.telling.notices import Notice, seal_notice

QUIET_FOR: Final = timedelta(hours=1)

_FR: Final = {
    Deed.SIGN_IN: "connexions",
    Deed.LOOK: "dossiers consultés",
    Deed.OPEN: "messages ouverts",
    Deed.MARK: "messages marqués",
    Deed.FILE: "messages classés ou déposés",
    Deed.DELETE: "messages supprimés",
    Deed.SHAPE: "dossiers créés, renommés, supprimés ou abonnés",
    Deed.CLOSE: "conversations clôturées",
    Deed.SEND: "messages envoyés en votre nom",
}
_EN: Final = {
    Deed.SIGN_IN: "sign-ins",
    Deed.LOOK: "mailboxes looked at",
    Deed.OPEN: "messages opened",
    Deed.MARK: "messages marked",
    Deed.FILE: "messages filed or put there",
    Deed.DELETE: "messages deleted",
    Deed.SHAPE: "mailboxes made, renamed, deleted or subscribed to",
    Deed.CLOSE: "conversations closed",
    Deed.SEND: "messages sent in your name",
}


class Visits:
    """Tells of them. ``hostname`` names this server in message identifiers."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, hostname: str) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._hostname = hostname

    async def run_once(self, limit: int) -> int:
        """Tell of at most ``limit`` visits that are over, for the background worker; how many there were."""
        now = self._clock.now()
        today = start_of(now.astimezone(PARIS).date())
        over = await self._store.read(lambda tx: tx.grants.visits_to_tell(now - QUIET_FOR, today, limit))
        for visit in over:
            await self._tell(visit)
        return len(over)

    async def _tell(self, visit: Visit) -> None:
        def two(tx: Transaction) -> tuple[Bal | None, Bal | None]:
            return tx.bals.by_id(visit.bal), tx.bals.by_id(visit.reader)

        holder, reader = await self._store.read(two)
        if holder is None or reader is None:
            raise LookupError(f"a visit of bal {visit.reader} to bal {visit.bal}, and one is not there")
        now = self._clock.now()
        told = told_of(reader, visit)
        notice = await seal_notice(self._vault, holder.id, holder.address, told, self._hostname, now)

        def unit(tx: Transaction) -> None:
            # Whoever came back meanwhile is told of later, with all he did.
            if tx.grants.end_visit(visit):
                notice.record(tx, visit.bal, now)

        await self._store.write(unit, "tell of a visit")


def told_of(reader: Bal, visit: Visit) -> Notice:
    """Who, from when until when, and how often what."""
    who = named(reader)
    began, last = visit.began_at.astimezone(PARIS), visit.last_at.astimezone(PARIS)
    first, until = f"{began:%d/%m/%Y %H:%M}", f"{last:%d/%m/%Y %H:%M}"
    opened = dict(visit.deeds).get(Deed.OPEN, 0)
    lines_fr = [f"- {_FR[deed]} : {count}" for deed, count in visit.deeds]
    lines_en = [f"- {_EN[deed]}: {count}" for deed, count in visit.deeds]
    head_fr = f"{who} a eu accès à votre boîte aux lettres, du {first} au {until} (heure de Paris) :"
    head_en = f"{who} was in your mailbox, from {first} until {until} (time of Paris):"
    return Notice(
        subject_fr=f"Accès de {who}, messages ouverts : {opened}",
        subject_en=f"Access by {who}, messages opened: {opened}",
        text_fr="\n".join([head_fr, *lines_fr]),
        text_en="\n".join([head_en, *lines_en]),
    )
