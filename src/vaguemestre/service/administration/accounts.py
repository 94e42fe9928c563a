"""Accounts of the console: made by the operator on the command line, taken up by a link that works once.

The link is for a day. Whoever opens it chooses a password and shows a code of the second factor; from then on
both are needed. Making a new link takes away what was there, and ends every session.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from vaguemestre.mail.sentence import Sentence
from vaguemestre.policy.administration import Role
from vaguemestre.service.administration.second_factor import Seals, new_secret, step_of
from vaguemestre.service.ports.administrator import Administrator, AdministratorId, Enrolment, Link
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.sign_in.passwords import Passwords

LINK_FOR: Final = timedelta(days=1)
SHORTEST_PASSWORD: Final = 12  # characters, as the ANSSI has it beside a second factor
_LONGEST_PASSWORD: Final = 256
_TOKEN: Final = 32  # octets
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


class AdministratorUnknown(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """There is nobody of that name."""


class AdministratorRefused(Exception):  # noqa: N818 (a decision too)
    """It cannot be done; the sentence says why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who opened his link: ``secret`` is for his telephone."""

    administrator: Administrator
    secret: bytes = field(repr=False)


def digest_of(token: str) -> bytes:
    """What is kept of a token of ours: it has 256 random bits, so nobody finds it again."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).digest()


def bound_to(administrator: AdministratorId) -> bytes:
    """What the seal of his second factor is bound to."""
    return f"administrator {administrator}".encode()


class AdministratorAccounts:
    """Makes, lists and changes them. ``seals`` keeps second factors."""

    def __init__(self, store: Store, clock: Clock, passwords: Passwords, seals: Seals) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._seals = seals

    async def all(self) -> list[Administrator]:
        """By name."""
        return await self._store.read(lambda tx: tx.administrators.all())

    async def add(self, name: str, role: Role, operator: str) -> str:
        """A new account; the token of its link, told this once. Raises AdministratorRefused."""
        folded = name.lower()
        if _NAME.fullmatch(folded) is None:
            raise AdministratorRefused(
                Sentence(
                    fr="Un nom est fait de 2 à 40 lettres sans accent, chiffres, points ou tirets",
                    en="A name is made of 2 to 40 plain letters, digits, dots or hyphens",
                )
            )
        token, secret, now = secrets.token_urlsafe(_TOKEN), new_secret(), self._clock.now()

        def unit(tx: Transaction) -> None:
            if tx.administrators.by_name(folded) is not None:
                raise AdministratorRefused(
                    Sentence(fr=f"Il y a déjà un compte {folded}", en=f"There is an account {folded} already")
                )
            made = tx.administrators.add(folded, role, now)
            self._invite(tx, made, token, secret)
            _record(tx, self._clock, operator, "administrator_added", {"name": folded, "role": role.value})

        await self._store.write(unit, "add administrator")
        return token

    async def reset(self, name: str, operator: str) -> str:
        """What he signs in with is gone, sessions end; the token of a new link. AdministratorUnknown."""
        token, secret = secrets.token_urlsafe(_TOKEN), new_secret()

        def unit(tx: Transaction) -> None:
            found = _of(tx, name)
            self._invite(tx, found.id, token, secret)
            tx.administrators.end_all(found.id)
            removed = tx.passkeys.remove_all(found.id)
            detail = {"name": found.name, "passkeys": str(removed)}
            _record(tx, self._clock, operator, "administrator_reset", detail)

        await self._store.write(unit, "reset administrator")
        return token

    async def set_role(self, name: str, role: Role, operator: str) -> None:
        """From the next request on. Raises AdministratorUnknown."""

        def unit(tx: Transaction) -> None:
            found = _of(tx, name)
            tx.administrators.set_role(found.id, role)
            detail = {"name": found.name, "role": role.value, "before": found.role.value}
            _record(tx, self._clock, operator, "administrator_role_set", detail)

        await self._store.write(unit, "set role")

    async def link(self, name: str, link: Link, operator: str) -> None:
        """What a provider calls him. Raises AdministratorUnknown, AdministratorRefused."""

        def unit(tx: Transaction) -> None:
            found, other = _of(tx, name), tx.administrators.by_link(link)
            if other is not None and other.id != found.id:
                raise AdministratorRefused(
                    Sentence(
                        fr=f"C'est le compte {other.name} qui y est lié",
                        en=f"It is the account {other.name} that is linked to that",
                    )
                )
            tx.administrators.link(found.id, link)
            detail = {"name": found.name, "issuer": link.issuer, "subject": link.subject}
            _record(tx, self._clock, operator, "administrator_linked", detail)

        await self._store.write(unit, "link administrator")

    async def unlink(self, name: str, operator: str) -> bool:
        """Sessions end; whether there was a link. Raises AdministratorUnknown."""

        def unit(tx: Transaction) -> bool:
            found = _of(tx, name)
            if not tx.administrators.unlink(found.id):
                return False
            tx.administrators.end_all(found.id)
            _record(tx, self._clock, operator, "administrator_unlinked", {"name": found.name})
            return True

        return await self._store.write(unit, "unlink administrator")

    async def set_enabled(self, name: str, is_enabled: bool, operator: str) -> None:
        """Disabled: sessions end, and nobody signs in. Raises AdministratorUnknown."""

        def unit(tx: Transaction) -> None:
            found = _of(tx, name)
            tx.administrators.set_enabled(found.id, is_enabled)
            if not is_enabled:
                tx.administrators.end_all(found.id)
            event = "administrator_enabled" if is_enabled else "administrator_disabled"
            _record(tx, self._clock, operator, event, {"name": found.name})

        await self._store.write(unit, "enable administrator")

    async def invited(self, token: str) -> Invited | None:
        """Whose link it is, while it is good."""
        digest, now = digest_of(token), self._clock.now()
        found = await self._store.read(lambda tx: tx.administrators.by_enrolment(digest))
        if found is None or found.enrolment is None or now >= found.enrolment.until or not found.is_enabled:
            return None
        return Invited(found, self._seals.open(found.second_factor, bound_to(found.id)))

    async def enrol(self, token: str, password: str, code: str, peer: str) -> Administrator:
        """Take the account up: the link is used. Raises AdministratorUnknown, AdministratorRefused."""
        invited = await self.invited(token)
        if invited is None:
            raise AdministratorUnknown("that link is not good, or not any more")
        step = step_of(invited.secret, code, self._clock.now())
        if step is None:
            raise AdministratorRefused(
                Sentence(
                    fr="Ce code n'est pas celui du moment : vérifiez l'heure du téléphone",
                    en="This is not the code of the moment: check the clock of the telephone",
                )
            )
        _check_password(password, invited.administrator.name)
        kept, found = await self._passwords.hashed(password), invited.administrator

        def unit(tx: Transaction) -> bool:
            if not tx.administrators.enrol(found.id, digest_of(token), kept, step):
                return False
            detail = {"name": found.name, "peer": peer}
            _record(tx, self._clock, found.name, "administrator_enrolled", detail)
            return True

        if not await self._store.write(unit, "enrol administrator"):
            raise AdministratorUnknown("that link has just been used")
        return found

    def _invite(self, tx: Transaction, administrator: AdministratorId, token: str, secret: bytes) -> None:
        enrolment = Enrolment(digest_of(token), self._clock.now() + LINK_FOR)
        tx.administrators.invite(administrator, enrolment, self._seals.seal(secret, bound_to(administrator)))


def _of(tx: Transaction, name: str) -> Administrator:
    found = tx.administrators.by_name(name.lower())
    if found is None:
        raise AdministratorUnknown(f"No administrator is called {name}")
    return found


def _record(tx: Transaction, clock: Clock, actor: str, event: str, detail: dict[str, str]) -> None:
    tx.journal.record(JournalEntry(clock.now(), f"operator:{actor}", event, None, detail))


def _check_password(password: str, name: str) -> None:
    if not SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise AdministratorRefused(
            Sentence(
                fr=f"Un mot de passe a de {SHORTEST_PASSWORD} à {_LONGEST_PASSWORD} caractères",
                en=f"A password has {SHORTEST_PASSWORD} to {_LONGEST_PASSWORD} characters",
            )
        )
    if name in password.lower() or len(set(password)) < 5:
        raise AdministratorRefused(
            Sentence(
                fr="Ce mot de passe se devine : il contient le nom, ou répète les mêmes caractères",
                en="This password can be guessed: it has the name in it, or repeats the same characters",
            )
        )
