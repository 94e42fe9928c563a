"""The account behind a claimed name, as one reading has it, and what becomes of it when a sign-in ends."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from vaguemestre.mail.access import Deed, Right
from vaguemestre.mail.address import Address, AddressSyntaxError, parse_address
from vaguemestre.mail.bal import Bal, BalId
from vaguemestre.mail.credential import Credential, ScramKeys
from vaguemestre.mail.distinguished_name import DistinguishedName
from vaguemestre.policy.access import all_rights, rights_at
from vaguemestre.service.access.reading_for import note
from vaguemestre.service.accounts.seen import SeenToday, note_seen
from vaguemestre.service.health.figures import Figures
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.store import Store, StoreBusyError, Transaction
from vaguemestre.service.sign_in.acting_for import parted
from vaguemestre.service.sign_in.guessing import Guessed, Guessing
from vaguemestre.service.sign_in.journal import SignInJournal
from vaguemestre.service.sign_in.outcome import Channel, Reader, SignedIn, SignInRefused, shown

_USE_NOTED_EVERY: Final = timedelta(hours=1)  # a device's last use is told by the hour: no write a sign-in

_DENIED_FOR: Final = timedelta(hours=6)
_DENIED_AT_MOST: Final = 10_000  # some 200 octets each: 2 MB

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody claims to be ``name``; ``bal`` is None when nobody has that address.

    ``wanted`` is the name of the bal he wants to act for, empty for his own; ``wanted_bal`` that bal, and
    ``rights`` what he may do there now.
    """

    name: str
    channel: Channel
    mechanism: str
    bal: Bal | None
    credentials: Sequence[Credential]
    guessed: Guessed
    wanted: str = ""
    wanted_bal: Bal | None = None
    rights: frozenset[Right] = frozenset()


class SigningAccounts:
    """Reads claims and ends them. Raises StoreBusyError."""

    def __init__(
        self, store: Store, clock: Clock, guessing: Guessing, journal: SignInJournal, figures: Figures
    ) -> None:
        self._store = store
        self._clock = clock
        self._guessing = guessing
        self._journal = journal
        self._figures = figures
        self._denied: OrderedDict[tuple[BalId, str], datetime] = OrderedDict()
        self._seen = SeenToday()

    async def claim(self, name: str, channel: Channel, mechanism: str, acts_as: str = "") -> Claim:
        """What is known of a name, and of the bal that it is to act for."""
        own, wanted = parted(name, acts_as)
        address, wanted_address = _address(own), _address(wanted)
        now = self._clock.now()

        def unit(tx: Transaction) -> Claim:
            key = address.key if address is not None else own.lower()
            wanted_key = wanted_address.key if wanted_address is not None else wanted.lower()
            guessed = self._guessing.read(tx, key, channel, wanted_key)
            bal = tx.bals.by_address(address) if address is not None else None
            credentials = tx.sign_ins.credentials(bal.id) if bal is not None else ()
            wanted_bal = tx.bals.by_address(wanted_address) if wanted_address is not None else None
            rights = frozenset[Right]()
            if bal is not None and wanted_bal is not None:
                rights = all_rights(tx.grants.between(wanted_bal.id, bal.id), now)
            return Claim(own, channel, mechanism, bal, credentials, guessed, wanted, wanted_bal, rights)

        return await self._store.read(unit)

    async def readers(self, bal: Bal) -> list[Bal]:
        """Who may read it now, for those who show who they are and not their address."""
        now = self._clock.now()

        def unit(tx: Transaction) -> list[Bal]:
            living = [grant.reader for grant in tx.grants.of_bal(bal.id) if rights_at(grant, now)]
            found = map(tx.bals.by_id, dict.fromkeys(living))
            return [reader for reader in found if reader is not None]

        return await self._store.read(unit)

    async def opened_by(self, subject: DistinguishedName) -> list[Bal]:
        """The accounts that a client certificate was registered for, by address."""
        return await self._store.read(lambda tx: tx.sign_ins.opened_by(subject.key))

    async def refuse(self, claim: Claim, reason: str, *, counts: bool = True) -> SignInRefused:
        """One failure more, unless it is an old one again; what to raise."""
        channel = claim.channel
        _log.info(
            "sign_in_refused",
            door=channel.door,
            peer=channel.peer,
            mechanism=claim.mechanism,
            address=claim.name if claim.bal is not None else None,
            reason=reason,
        )
        self._figures.sign_in_failures.add(channel.door, reason.partition(":")[0])
        line = self._journal.failed(claim.bal, channel, claim.mechanism, reason, self._clock.now())

        def unit(tx: Transaction) -> None:
            if counts:
                self._guessing.failed(tx, claim.guessed)
            if line is not None:
                tx.journal.record(line)

        if counts or line is not None:
            await self._store.write(unit, "sign-in failed")
        return SignInRefused()

    async def accept(
        self, claim: Claim, credential: Credential | None = None, scram: ScramKeys | None = None
    ) -> SignedIn:
        """The account, or SignInRefused when it may not sign in. ``scram``: keys missing till now.

        Who acts for another without the right is told what a wrong password is told: nobody learns who may.
        A store that takes no write does not keep a holder from his letters: his sign-in is noted later.
        """
        bal = claim.bal
        if bal is None or not bal.state.signs_in:
            raise await self.refuse(claim, str(bal.state) if bal is not None else "unknown")
        now = self._clock.now()
        signed_in = SignedIn(bal, by=shown(credential))
        if claim.wanted:
            signed_in = await self._for_another(claim, signed_in, now)
        is_noted = credential is None or (
            credential.last_used_at is not None and now - credential.last_used_at < _USE_NOTED_EVERY
        )
        is_news = self._seen.is_news(bal.id, now)
        line = self._journal.granted(signed_in, claim.channel, claim.mechanism, now)
        is_told = signed_in.reader is not None or is_news or line is not None
        if claim.guessed.account or not is_noted or scram is not None or is_told:
            door = {"door": claim.channel.door}

            def unit(tx: Transaction) -> None:
                if claim.guessed.account:
                    self._guessing.succeeded(tx, claim.guessed)
                if credential is not None and not is_noted:
                    tx.sign_ins.used(credential.id, now)
                if credential is not None and scram is not None:
                    tx.sign_ins.set_scram(credential.id, scram)
                note(tx, signed_in.bal.id, signed_in.reader, Deed.SIGN_IN, now, detail=door)
                if is_news:
                    note_seen(tx, bal.id, now)
                if line is not None:
                    tx.journal.record(line)

            try:
                await self._store.write(unit, "signed in")
            except StoreBusyError:
                if signed_in.reader is not None:  # who reads for another leaves a line, or does not read
                    raise
                _log.warning("sign_in_not_noted", door=claim.channel.door, bal=bal.id)
                if line is not None:
                    self._journal.postponed(signed_in, claim.channel, claim.mechanism, now)
            except BaseException:
                if line is not None:
                    self._journal.not_granted(signed_in, claim.channel, claim.mechanism)
                raise
            else:
                self._seen.is_noted(bal.id)
        self._figures.sign_ins.add(claim.channel.door)
        return signed_in

    async def _for_another(self, claim: Claim, signed_in: SignedIn, now: datetime) -> SignedIn:
        """Reading mail asks for the right to read; any right will do to send, and MAIL says the rest."""
        bal, rights, reader = claim.wanted_bal, claim.rights, signed_in.bal
        suffices = Right.READ in rights if claim.channel.door == "imap" else bool(rights)
        if bal is not None and bal.state.signs_in and suffices:
            return SignedIn(bal, Reader(reader, rights), signed_in.by)
        # A program whose access has ended tries all day: that counts once, or it would slow the holder.
        key = (reader.id, claim.wanted.lower())
        until = self._denied.get(key)
        self._denied[key] = now + _DENIED_FOR
        if len(self._denied) > _DENIED_AT_MOST:
            self._denied.popitem(last=False)
        raise await self.refuse(claim, "no access", counts=until is None or now >= until)


def _address(name: str) -> Address | None:
    try:
        return parse_address(name) if name else None
    except AddressSyntaxError:
        return None
