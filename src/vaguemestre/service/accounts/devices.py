"""Passwords of single devices: made, listed, taken back, by an operator or by the holder himself.

domain.md §5. A device's password is drawn by us, told once, and opens mail alone: it makes no other, so that
a telephone that was lost leaves no second key behind. The holder finds a message for each that is made or
taken back.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.credential import Credential
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.accounts.keeping import AccountRefused, AccountUnknown
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.sign_in.outcome import Channel, SignedIn, actor_of
from vaguemestre.service.sign_in.passwords import Passwords
from vaguemestre.service.telling.notices import device_connected, device_taken_back, seal_notice

_LONGEST_NAME: Final = 60
_MOST: Final = 20  # each costs a sign-in by SCRAM some microseconds


class DeviceRefused(AccountRefused):
    """It cannot be made or taken back; the sentence says why and how to mend it."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


class SignsIn(Protocol):
    """Who says whether the holder's password is right, and slows whoever guesses."""

    @property
    def passwords(self) -> Passwords: ...  # noqa: D102

    async def sign_in(self, username: str, password: str, channel: Channel) -> SignedIn:
        """Raises SignInRefused, SignInPostponed, StoreBusyError."""
        ...


@dataclass(frozen=True, slots=True)
class Proven:
    """A holder who has shown the account's own password."""

    bal: Bal

    @property
    def actor(self) -> str:
        """As the journal has him."""
        return actor_of(self.bal)


class Devices:
    """``actor`` of each act is as the journal has him. ``hostname`` names this server in messages."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, signing: SignsIn, hostname: str) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._signing = signing
        self._hostname = hostname

    async def prove(self, address: str, password: str, peer: str) -> Proven:
        """Whose password it is. Raises SignInRefused, SignInPostponed, DeviceRefused."""
        signed_in = await self._signing.sign_in(address, password, Channel("web", peer))
        bal = signed_in.bal
        credentials = await self._store.read(lambda tx: tx.sign_ins.credentials(bal.id))
        found = self._signing.passwords.remembered(bal.id, password, credentials)
        if signed_in.reader is not None or (found is not None and found.device):
            raise DeviceRefused(
                Sentence(
                    fr="C'est le mot de passe d'un appareil : il faut celui de la boîte",
                    en="This is the password of a device: the mailbox's own is wanted",
                )
            )
        return Proven(bal)

    async def of(self, address: Address) -> list[Credential]:
        """By age. Raises AccountUnknown."""
        bal = await self._find(address)
        credentials = await self._store.read(lambda tx: tx.sign_ins.credentials(bal.id))
        return [credential for credential in credentials if credential.device]

    async def add(self, address: Address, device: str, actor: str) -> str:
        """A password for one device, told this once. Raises AccountUnknown, DeviceRefused."""
        name = device.strip()
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            raise DeviceRefused(
                Sentence(
                    fr=f"Un appareil a un nom de 1 à {_LONGEST_NAME} caractères, comme « téléphone »",
                    en=f"A device has a name of 1 to {_LONGEST_NAME} printable characters, such as “phone”",
                )
            )
        bal, now = await self._find(address), self._clock.now()
        known = await self._store.read(lambda tx: tx.sign_ins.credentials(bal.id))
        salt = next((one.scram.salt for one in known if one.scram is not None), None)
        password, secret = await self._signing.passwords.drawn(bal.id, salt)
        notice = device_connected(name, now)
        sealed = await seal_notice(self._vault, bal.id, bal.address, notice, self._hostname, now)

        def unit(tx: Transaction) -> None:
            if not _receives(tx, bal):
                raise DeviceRefused(Sentence(fr="Cette boîte est fermée", en="This mailbox is closed"))
            if len(tx.sign_ins.credentials(bal.id)) > _MOST:
                raise DeviceRefused(
                    Sentence(
                        fr=f"Une boîte a {_MOST} appareils au plus : retirez-en un d'abord",
                        en=f"An account has {_MOST} devices at most: remove one first",
                    )
                )
            try:
                tx.sign_ins.add_device(bal.id, name, secret, now)
            except ValueError:
                raise DeviceRefused(
                    Sentence(
                        fr=f"Il y a déjà un appareil nommé {name} : retirez-le, ou choisissez un autre nom",
                        en=f"There is a device named {name} already: remove it, or choose another name",
                    )
                ) from None
            tx.journal.record(JournalEntry(now, actor, "device_added", bal.id, {"device": name}))
            sealed.file(tx, bal.id, now)

        await self._store.write(unit, "add device")
        return password

    async def remove(self, address: Address, device: str, actor: str) -> None:
        """Its password is wrong from now on. Raises AccountUnknown, DeviceRefused."""
        bal, now = await self._find(address), self._clock.now()
        unknown = DeviceRefused(
            Sentence(
                fr=f"Cette boîte n'a pas d'appareil nommé {device}",
                en=f"This account has no device named {device}",
            )
        )
        if all(one.device != device for one in await self.of(address)):
            raise unknown
        notice = device_taken_back(device, now)
        sealed = await seal_notice(self._vault, bal.id, bal.address, notice, self._hostname, now)

        def unit(tx: Transaction) -> None:
            if not tx.sign_ins.remove_device(bal.id, device):
                raise unknown
            tx.journal.record(JournalEntry(now, actor, "device_removed", bal.id, {"device": device}))
            if _receives(tx, bal):
                sealed.file(tx, bal.id, now)

        await self._store.write(unit, "remove device")

    async def _find(self, address: Address) -> Bal:
        bal = await self._store.read(lambda tx: tx.bals.by_address(address))
        if bal is None:
            raise AccountUnknown(f"No account has the address {address}")
        return bal


def _receives(tx: Transaction, bal: Bal) -> bool:
    """It may have been closed since it was found: nothing is filed there any more, nothing opens it."""
    present = tx.bals.by_id(bal.id)
    return present is not None and present.state.receives
