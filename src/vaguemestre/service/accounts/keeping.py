"""Accounts: made, shown, and what opens them. domain.md §1, §2. Their later life: ``profiles``, beside."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from stdnum import luhn
from stdnum.exceptions import ValidationError

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalId, BalKind, BalState
from vaguemestre.mail.distinguished_name import DistinguishedName
from vaguemestre.mail.ins import InsSyntaxError, parse_ins
from vaguemestre.mail.mailbox import BLOCKED, STANDARD_MAILBOXES
from vaguemestre.policy.limits import InsKeyCheck, Policy
from vaguemestre.service.accounts.birth_dates import note_birth_date
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction

if TYPE_CHECKING:
    from vaguemestre.service.sign_in.passwords import Passwords

_RPPS_DIGITS = 11  # domain.md §1
_FINESS_CHARACTERS = 9
_SECTOR = re.compile(r"[A-Z]{2}[0-9]{2,3}")  # its form in the directory; which exist is not for us to say


class AccountRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """The account cannot be made or changed so; the sentence says why and how to mend it."""


class AccountUnknown(Exception):  # noqa: N818 (a decision too)
    """No account has that address."""


@dataclass(frozen=True, slots=True)
class AccountRequest:
    """What the operator asks for. ``quota`` in octets, 0 for none; no password: nobody signs in yet.

    ``birth_date`` of a minor alone (``service/accounts/birth_dates.py``).
    ``activated`` false: a citizen's profile that receives, and sends once it is activated.
    """

    address: Address
    kind: BalKind
    name: str = ""
    rpps: str | None = None
    finess: str | None = None
    quota: int = 0
    password: str | None = None
    birth_date: date | None = None
    activated: bool = True
    sector: str | None = None
    is_unlisted: bool = False


class Accounts:
    """The operator's view of the accounts; every act leaves a line in the journal.

    ``passwords`` is asked for by who chooses one: loading what hashes them would make who lists wait.
    """

    def __init__(
        self, store: Store, clock: Clock, policy: Policy, passwords: "Callable[[], Passwords]"
    ) -> None:
        self._store = store
        self._clock = clock
        self._policy = policy
        self._passwords = passwords

    async def add(self, request: AccountRequest, operator: str) -> Bal:
        """Make an account with its standard mailboxes. Raises AccountRefused, BirthDateRefused."""
        self._check(request)
        secret = await self._passwords().chosen(request.password, None) if request.password else None
        now = self._clock.now()
        new = NewBal(
            request.address,
            request.kind,
            BalState.ACTIVE if request.activated else BalState.INACTIVE,
            request.name,
            request.rpps,
            request.finess,
            request.quota,
            request.sector,
            request.is_unlisted,
        )

        def unit(tx: Transaction) -> Bal:
            if tx.bals.by_address(request.address) is not None:
                raise AccountRefused("This address is taken: addresses and kinds never change after creation")
            bal = tx.bals.add(new, now)
            tx.presences.note(bal.id, now.date())
            if secret is not None:
                tx.sign_ins.set_password(bal.id, secret, now)
            for name, special_use in STANDARD_MAILBOXES:
                tx.mailboxes.create(bal.id, name, special_use, now)
            if bal.kind is BalKind.CITIZEN:
                tx.mailboxes.create(bal.id, BLOCKED, None, now)
            detail = {"kind": str(bal.kind)}
            tx.journal.record(JournalEntry(now, f"operator:{operator}", "account_added", bal.id, detail))
            if request.birth_date is not None:
                note_birth_date(tx, bal, request.birth_date, f"operator:{operator}", now)
            return bal

        return await self._store.write(unit, "add account")

    async def all(self, kind: BalKind | None = None) -> list[Bal]:
        """By address."""
        return await self._store.read(lambda tx: tx.bals.all(kind))

    async def find(self, address: Address) -> Bal:
        """Raises AccountUnknown."""
        bal = await self._store.read(lambda tx: tx.bals.by_address(address))
        if bal is None:
            raise AccountUnknown(f"No account has the address {address}")
        return bal

    async def describe(
        self, address: Address, operator: str, *, sector: str | None = None, is_unlisted: bool | None = None
    ) -> Bal:
        """What the directory says of it; None leaves it, an empty sector takes it away.

        Raises AccountUnknown, AccountRefused.
        """
        if sector:
            _check_sector(sector)
        now = self._clock.now()

        def unit(tx: Transaction) -> Bal:
            bal = tx.bals.by_address(address)
            if bal is None:
                raise AccountUnknown(f"No account has the address {address}")
            if bal.kind is BalKind.CITIZEN:
                raise AccountRefused("The directory says nothing of citizens")
            new = bal.sector if sector is None else sector or None
            unlisted = bal.is_unlisted if is_unlisted is None else is_unlisted
            tx.bals.describe(bal.id, new, is_unlisted=unlisted)
            detail = {"sector": new or "", "unlisted": str(unlisted).lower()}
            tx.journal.record(JournalEntry(now, f"operator:{operator}", "account_described", bal.id, detail))
            return tx.bals.by_id(bal.id) or bal

        return await self._store.write(unit, "describe account")

    async def set_password(self, address: Address, password: str, operator: str) -> None:
        """Raises AccountUnknown."""
        bal = await self.find(address)
        secret = await self._passwords().chosen(password, await self._salt(bal.id))
        now = self._clock.now()

        def unit(tx: Transaction) -> None:
            tx.sign_ins.set_password(bal.id, secret, now)
            tx.journal.record(JournalEntry(now, f"operator:{operator}", "password_set", bal.id))

        await self._store.write(unit, "set password")

    async def certificates(self, address: Address) -> list[DistinguishedName]:
        """The subjects of the client certificates that open it. Raises AccountUnknown."""
        bal = await self.find(address)
        return await self._store.read(lambda tx: tx.sign_ins.certificates(bal.id))

    async def add_certificate(self, address: Address, subject: DistinguishedName, operator: str) -> None:
        """Certificates of that subject open a program's mailbox. Raises as ``remove_certificate``."""
        bal = await self.find(address)
        if bal.kind is not BalKind.APP:
            raise AccountRefused(f"Certificates open APP mailboxes alone, and this one is {bal.kind}")
        now = self._clock.now()

        def unit(tx: Transaction) -> None:
            tx.sign_ins.add_certificate(bal.id, subject)
            detail = {"subject": str(subject)}
            tx.journal.record(JournalEntry(now, f"operator:{operator}", "certificate_added", bal.id, detail))

        await self._store.write(unit, "add certificate")

    async def remove_certificate(self, address: Address, subject: DistinguishedName, operator: str) -> None:
        """It opens the mailbox no more. Raises AccountUnknown, AccountRefused."""
        bal = await self.find(address)
        now = self._clock.now()

        def unit(tx: Transaction) -> None:
            if not tx.sign_ins.remove_certificate(bal.id, subject.key):
                raise AccountRefused("No certificate of that subject opens this account")
            detail = {"subject": str(subject)}
            tx.journal.record(
                JournalEntry(now, f"operator:{operator}", "certificate_removed", bal.id, detail)
            )

        await self._store.write(unit, "remove certificate")

    async def _salt(self, bal: BalId) -> bytes | None:
        """The one that all passwords of an account share (``sasl.scram``)."""
        credentials = await self._store.read(lambda tx: tx.sign_ins.credentials(bal))
        return next((known.scram.salt for known in credentials if known.scram is not None), None)

    def _check(self, request: AccountRequest) -> None:
        address, kind = request.address, request.kind
        domains = (
            self._policy.citizen_domains if kind is BalKind.CITIZEN else self._policy.professional_domains
        )
        if address.domain_key not in domains:
            served = ", ".join(sorted(domains)) or "none"
            raise AccountRefused(
                f"The domain {address.domain} is not one for {kind} accounts; those are: {served}"
            )
        if kind is BalKind.CITIZEN:
            check_ins(self._policy, address)
        elif not request.activated:
            raise AccountRefused("Only a citizen's profile waits to be activated")
        if request.sector is not None:
            _check_sector(request.sector)
            if kind is BalKind.CITIZEN:
                raise AccountRefused("The directory says nothing of citizens")
        if request.rpps is not None:
            _check_rpps(request.rpps)
        if request.finess is not None and len(request.finess) != _FINESS_CHARACTERS:
            raise AccountRefused(
                f"A FINESS number has {_FINESS_CHARACTERS} characters, this one {len(request.finess)}"
            )


def check_ins(policy: Policy, address: Address) -> None:
    """Whether a citizen may be given this address. Raises AccountRefused. domain.md §2."""
    try:
        ins = parse_ins(address.local)
    except InsSyntaxError as error:
        raise AccountRefused(f"A citizen's address begins with his INS: {error}") from error
    if not ins.has_right_key and policy.ins_key is InsKeyCheck.REFUSE:
        raise AccountRefused(
            f"The key of this INS is {ins.key:02}, its number asks for {ins.right_key:02}: check it"
        )


def _check_sector(sector: str) -> None:
    if _SECTOR.fullmatch(sector) is None:
        raise AccountRefused(f"A sector is a code of the directory such as SA33, not {sector!r}")


def _check_rpps(rpps: str) -> None:
    if len(rpps) != _RPPS_DIGITS or not rpps.isascii() or not rpps.isdigit():
        raise AccountRefused(f"An RPPS number has {_RPPS_DIGITS} digits")
    try:
        luhn.validate(rpps)
    except ValidationError as error:
        raise AccountRefused("This RPPS number has a wrong check digit (Luhn): check the number") from error
