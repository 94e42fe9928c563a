"""Accounts in the database: found by number or by any address that leads to them. domain.md §1, §2."""

from datetime import datetime
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalId, BalKind, BalState
from vaguemestre.mail.correspondent import PartyId
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.store import statements
from vaguemestre.store.dialects.connection import Connection, Row
from vaguemestre.store.holder_words import ADD_WORD, words_of_holder
from vaguemestre.store.times import from_micros, to_micros

# Calling an Enum to read a word costs ten times a look-up, and every delivery reads several.
_KINDS: Final = {kind.value: kind for kind in BalKind}
_STATES: Final = {state.value: state for state in BalState}


def address_from(spelling: str) -> Address:
    """The address a column holds; it was parsed before it came here, a domain holds no ``@``."""
    local, _, domain = spelling.rpartition("@")
    return Address(local, domain)


def bal_from(row: Row) -> Bal:
    """A row of the columns of ``statements``."""
    id_, address, kind, state, name, rpps, finess, quota, used, created_at, sector, is_unlisted = row
    return Bal(
        id=id_,
        address=address_from(address),
        kind=_KINDS[kind],
        state=_STATES[state],
        name=name,
        rpps=rpps,
        finess=finess,
        quota=quota,
        used=used,
        created_at=from_micros(created_at),
        sector=sector,
        is_unlisted=bool(is_unlisted),
    )


class BalTable:
    """``service.ports.bal.Bals``."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def by_id(self, bal: PartyId) -> Bal | None:
        """None when there is none, or the number is of somebody elsewhere."""
        row = self._connection.one(statements.BAL_BY_ID, {"id": bal})
        return None if row is None else bal_from(row)

    def state_of(self, bal: BalId) -> BalState | None:
        """None when there is none."""
        row = self._connection.one(statements.STATE_OF, {"id": bal})
        return None if row is None else _STATES[row[0]]

    def by_address(self, address: Address) -> Bal | None:
        """By its key, or by an alias."""
        row = self._connection.one(statements.BAL_BY_ADDRESS, {"key": address.key})
        return None if row is None else bal_from(row)

    def all(self, kind: BalKind | None = None) -> list[Bal]:
        """Every account, by address; ordered here, because databases collate each in its way."""
        if kind is None:
            rows = self._connection.all(statements.BALS, {})
        else:
            rows = self._connection.all(statements.BALS_OF_KIND, {"kind": kind.value})
        return sorted(map(bal_from, rows), key=lambda bal: bal.address.key)

    def add(self, new: NewBal, now: datetime) -> Bal:
        """Raises ValueError when the address is taken, by a bal or as an alias."""
        key = new.address.key
        if self._connection.one(statements.ALIAS_EXISTS, {"key": key}) is not None:
            raise ValueError("this address is taken")
        number = self._number_for(key)
        self._connection.run(
            statements.ADD_BAL,
            {
                "id": number,
                "address": str(new.address),
                "kind": new.kind.value,
                "state": new.state.value,
                "name": new.name,
                "rpps": new.rpps,
                "finess": new.finess,
                "quota": new.quota,
                "created_at": to_micros(now),
                "sector": new.sector,
                "is_unlisted": new.is_unlisted,
            },
        )
        if self._connection.one(statements.ADD_ALIAS, {"key": key, "bal": number}) is None:
            # Another writer took it between the two statements; the unit may go on after ValueError.
            self._connection.run(statements.DROP_BAL, {"id": number})
            raise ValueError("this address is taken")
        if words := words_of_holder(new):
            self._connection.many(ADD_WORD, [{"word": word, "bal": number} for word in words])
        return Bal(
            id=BalId(number),
            address=new.address,
            kind=new.kind,
            state=new.state,
            name=new.name,
            rpps=new.rpps,
            finess=new.finess,
            quota=new.quota,
            used=0,
            created_at=now,
            sector=new.sector,
            is_unlisted=new.is_unlisted,
        )

    def _number_for(self, key: str) -> int:
        """The one its holder had while he was elsewhere, if somebody here knew him there; or a new one."""
        row = self._connection.one(statements.COME_HERE, {"key": key})
        return self._connection.insert(statements.ADD_PARTY, {}) if row is None else int(row[0])

    def describe(self, bal: BalId, sector: str | None, *, is_unlisted: bool) -> None:
        """Nothing happens when there is no such bal."""
        told = {"id": bal, "sector": sector, "is_unlisted": is_unlisted}
        self._connection.run(statements.DESCRIBE_BAL, told)

    def set_state(self, bal: BalId, state: BalState) -> None:
        """Nothing happens when there is no such bal."""
        self._connection.run(statements.SET_STATE, {"id": bal, "state": state.value})
