"""The account behind a claimed name, as one reading has it, and what becomes of it when a sign-in ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from vaguemestre.mail.address import AddressSyntaxError, parse_address
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.credential import Credential, ScramKeys
from vaguemestre.mail.distinguished_name import DistinguishedName
from vaguemestre.service.ports import Clock
from vaguemestre.service.sign_in.guessing import Guessed, Guessing
from vaguemestre.service.sign_in.outcome import Channel, SignedIn, SignInRefused
from vaguemestre.service.store_port import Store, Transaction

_USE_NOTED_EVERY: Final = timedelta(hours=1)  # a device's last use is told by the hour: no write a sign-in

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody claims to be ``name``; ``bal`` is None when nobody has that address."""

    name: str
    channel: Channel
    mechanism: str
    bal: Bal | None
    credentials: Sequence[Credential]
    guessed: Guessed


class SigningAccounts:
    """Reads claims and ends them. Raises StoreBusyError."""

    def __init__(self, store: Store, clock: Clock, guessing: Guessing) -> None:
        self._store = store
        self._clock = clock
        self._guessing = guessing

    async def claim(self, name: str, channel: Channel, mechanism: str) -> Claim:
        """What is known of a name."""

        def unit(tx: Transaction) -> Claim:
            try:
                address = parse_address(name)
            except AddressSyntaxError:
                guessed = self._guessing.read(tx, name.lower(), channel)
                return Claim(name, channel, mechanism, None, (), guessed)
            bal = tx.bals.by_address(address)
            credentials = tx.sign_ins.credentials(bal.id) if bal is not None else ()
            guessed = self._guessing.read(tx, address.key, channel)
            return Claim(name, channel, mechanism, bal, credentials, guessed)

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
        if counts:
            await self._store.write(lambda tx: self._guessing.failed(tx, claim.guessed), "sign-in failed")
        return SignInRefused()

    async def accept(
        self, claim: Claim, credential: Credential | None = None, scram: ScramKeys | None = None
    ) -> SignedIn:
        """The account, or SignInRefused when it may not sign in. ``scram``: keys missing till now."""
        bal = claim.bal
        if bal is None or not bal.state.signs_in:
            raise await self.refuse(claim, str(bal.state) if bal is not None else "unknown")
        now = self._clock.now()
        is_noted = credential is None or (
            credential.last_used_at is not None and now - credential.last_used_at < _USE_NOTED_EVERY
        )
        if claim.guessed.account or not is_noted or scram is not None:

            def unit(tx: Transaction) -> None:
                if claim.guessed.account:
                    self._guessing.succeeded(tx, claim.guessed)
                if credential is not None and not is_noted:
                    tx.sign_ins.used(credential.id, now)
                if credential is not None and scram is not None:
                    tx.sign_ins.set_scram(credential.id, scram)

            await self._store.write(unit, "signed in")
        return SignedIn(bal)
