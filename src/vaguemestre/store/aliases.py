"""Further addresses that lead to a bal, in the database: ``service.ports.alias.Aliases``. domain.md §2."""

from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId
from vaguemestre.store import statements
from vaguemestre.store.bals import address_from
from vaguemestre.store.dialects.connection import Connection

_IS_FURTHER: Final = "address_key <> (SELECT lower(address) FROM bal WHERE id = :bal)"
_OF: Final = f"SELECT address_key FROM alias WHERE bal = :bal AND {_IS_FURTHER}"  # noqa: S608 (written above)
_REMOVE: Final = f"""
DELETE FROM alias WHERE bal = :bal AND address_key = :key AND {_IS_FURTHER} RETURNING bal
"""  # noqa: S608 (written above)


class AliasTable:
    """Beside each bal's own address, which ``store.bals`` puts there."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def of(self, bal: BalId) -> tuple[Address, ...]:
        """Sorted here, because databases collate each in its way."""
        rows = self._connection.all(_OF, {"bal": bal})
        return tuple(address_from(key) for (key,) in sorted(rows))

    def add(self, bal: BalId, alias: Address) -> bool:
        """The key is unique: of two writers one is told."""
        added = self._connection.one(statements.ADD_ALIAS, {"key": alias.key, "bal": bal})
        return added is not None

    def remove(self, bal: BalId, alias: Address) -> bool:
        """Whether there was one."""
        return self._connection.one(_REMOVE, {"bal": bal, "key": alias.key}) is not None
