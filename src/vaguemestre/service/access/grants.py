"""Who may read a bal that is not his: granted, revoked, listed, and the holder told. domain.md §2.

What a grant allows at an instant is ``policy/access.py``'s affair. Here each act is one unit of work: the
grant, the line in the journal, and the notice to the holder.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from vaguemestre.mail.access import Grant, GrantId, GrantKind, Right, Terms
from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalId
from vaguemestre.policy.access import end_of, majority, refusal_of, rights_at, start_of
from vaguemestre.service.access.notices import access_granted, access_revoked
from vaguemestre.service.accounts.keeping import AccountUnknown
from vaguemestre.service.ports.access import NewGrant
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.telling.notices import Notice, SealedNotice, seal_notice

_LONGEST_REASON: Final = 200  # characters; it stands in a notice


class AccessRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """The grant cannot be made or ended so; the sentence says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """What the operator asks for. Days are Paris's, both included; no ``first``: from now on."""

    bal: Address
    reader: Address
    kind: GrantKind
    rights: frozenset[Right]
    first: date | None = None
    last: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """A grant with its two accounts, and what it allows now."""

    grant: Grant
    bal: Bal
    reader: Bal
    rights: frozenset[Right]


class Accesses:
    """The operator's hand on grants. ``hostname`` names this server in message identifiers."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, hostname: str) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._hostname = hostname

    async def grant(self, request: AccessRequest, operator: str) -> Access:
        """The holder is told. Raises AccountUnknown, AccessRefused."""
        now = self._clock.now()
        reason = " ".join(request.reason.split())
        if len(reason) > _LONGEST_REASON or not reason.isprintable():
            raise AccessRefused(f"A reason has {_LONGEST_REASON} printable characters at most")
        bal, reader = await self._two(request)
        terms = await self._terms(request, bal, now)
        refusal = refusal_of(terms, bal.kind, reader.kind, now)
        if bal.id == reader.id:
            refusal = "Nobody needs a grant on his own mailbox"
        if refusal is not None:
            raise AccessRefused(refusal)
        notice = await self._sealed(bal, access_granted(reader, terms, reason), now)
        actor = f"operator:{operator}"

        def unit(tx: Transaction) -> Grant:
            if terms.kind is GrantKind.REPRESENTATIVE and not _is_born(tx, bal.id, terms.end):
                raise AccessRefused("The birth date has just been changed: ask again")
            for other in tx.grants.between(bal.id, reader.id):
                if other.terms.kind is terms.kind and (other.terms.end is None or other.terms.end > now):
                    raise AccessRefused(f"Grant {other.id} is the same for the same two: revoke it first")
            made = tx.grants.add(NewGrant(bal.id, reader.id, terms, actor, reason), now)
            notice.file_and_record(tx, bal.id, now)
            tx.journal.record(JournalEntry(now, actor, "access_granted", bal.id, _detail(made)))
            return made

        made = await self._store.write(unit, "grant access")
        return Access(made, bal, reader, rights_at(made, now))

    async def revoke(self, grant: GrantId, operator: str) -> Access:
        """It allows nothing from now on, and the holder is told. Raises AccessRefused."""
        now = self._clock.now()
        found = await self._store.read(lambda tx: _with_accounts(tx, [tx.grants.by_id(grant)], now))
        if not found:
            raise AccessRefused(f"There is no grant {grant}")
        (access,) = found
        notice = await self._sealed(access.bal, access_revoked(access.reader), now)
        actor = f"operator:{operator}"

        def unit(tx: Transaction) -> None:
            if not tx.grants.revoke(grant, now):
                raise AccessRefused(f"Grant {grant} was revoked already")
            notice.file_and_record(tx, access.bal.id, now)
            tx.journal.record(
                JournalEntry(now, actor, "access_revoked", access.bal.id, _detail(access.grant))
            )

        await self._store.write(unit, "revoke access")
        return replace(access, grant=replace(access.grant, revoked_at=now), rights=frozenset())

    async def of(self, address: Address, *, by_reader: bool = False) -> list[Access]:
        """The grants on an account, or those it was given, by age. Raises AccountUnknown."""
        now = self._clock.now()

        def unit(tx: Transaction) -> list[Access]:
            bal = _found(tx, address)
            grants = tx.grants.of_reader(bal.id) if by_reader else tx.grants.of_bal(bal.id)
            return _with_accounts(tx, grants, now)

        return await self._store.read(unit)

    async def _two(self, request: AccessRequest) -> tuple[Bal, Bal]:
        return await self._store.read(lambda tx: (_found(tx, request.bal), _found(tx, request.reader)))

    async def _terms(self, request: AccessRequest, bal: Bal, now: datetime) -> Terms:
        start = start_of(request.first) if request.first is not None else now
        end = end_of(request.last) if request.last is not None else None
        if request.kind is GrantKind.REPRESENTATIVE:
            born = await self._store.read(lambda tx: tx.grants.birth_date(bal.id))
            if born is None:
                raise AccessRefused(
                    "A representative reads until the eighteenth birthday: give the birth date first, "
                    "with vaguemestre bal change ADDRESS --birth-date YYYY-MM-DD"
                )
            of_age = majority(born)
            end = of_age if end is None else min(end, of_age)
        return Terms(request.kind, request.rights, start, end)

    async def _sealed(self, bal: Bal, notice: Notice, now: datetime) -> SealedNotice:
        return await seal_notice(self._vault, bal.id, bal.address, notice, self._hostname, now)


def _is_born(tx: Transaction, bal: BalId, end: datetime | None) -> bool:
    """Whether the birth date still says what the end was made from."""
    born = tx.grants.birth_date(bal)
    return born is not None and end is not None and end <= majority(born)


def _found(tx: Transaction, address: Address) -> Bal:
    bal = tx.bals.by_address(address)
    if bal is None:
        raise AccountUnknown(f"No account has the address {address}")
    return bal


def _with_accounts(tx: Transaction, grants: Iterable[Grant | None], now: datetime) -> list[Access]:
    found = []
    for grant in grants:
        if grant is None:
            continue
        bal, reader = tx.bals.by_id(grant.bal), tx.bals.by_id(grant.reader)
        if bal is not None and reader is not None:
            found.append(Access(grant, bal, reader, rights_at(grant, now)))
    return found


def _detail(grant: Grant) -> dict[str, str]:
    return {
        "grant": str(grant.id),
        "kind": grant.terms.kind.value,
        "reader": f"bal:{grant.reader}",
        "rights": ",".join(in_order(grant.terms.rights)),
    }


def in_order(rights: frozenset[Right]) -> Sequence[str]:
    """Their words, in the order in which they are always told."""
    return [right.value for right in Right if right in rights]
