"""Passkeys and challenges in the database: ``service.ports.passkey``.

A challenge comes back once because taking it is one DELETE; a counter goes up because using a key is one
UPDATE that says from where.
"""

from datetime import datetime
from typing import Final

from vaguemestre.service.ports.administrator import AdministratorId
from vaguemestre.service.ports.passkey import Challenge, Passkey, PasskeyId, Purpose
from vaguemestre.store.dialects.connection import Connection, Parameters, Row
from vaguemestre.store.times import from_micros, maybe_from_micros, to_micros

_PASSKEY: Final = (
    "SELECT id, administrator, credential, public_key, uses, name, made_at, used_at FROM passkey"
)
_OF: Final = _PASSKEY + " WHERE administrator = :administrator ORDER BY id"
_BY_CREDENTIAL: Final = _PASSKEY + " WHERE credential = :credential"
_ADD: Final = """
INSERT INTO passkey (administrator, credential, public_key, uses, name, made_at)
VALUES (:administrator, :credential, :public_key, :uses, :name, :now)
ON CONFLICT (credential) DO NOTHING RETURNING id
"""
_USE: Final = """
UPDATE passkey SET uses = :uses, used_at = :now
WHERE id = :id AND (uses < :uses OR (uses = 0 AND :uses = 0))
"""
_REMOVE: Final = "DELETE FROM passkey WHERE id = :id AND administrator = :administrator RETURNING name"
_REMOVE_ALL: Final = "DELETE FROM passkey WHERE administrator = :administrator"

_GIVE: Final = """
INSERT INTO console_challenge (digest, purpose, administrator, network, until)
VALUES (:digest, :purpose, :administrator, :network, :until)
"""
_GIVEN: Final = "SELECT COUNT(*) FROM console_challenge WHERE network = :network AND until > :now"
_TAKE: Final = """
DELETE FROM console_challenge WHERE digest = :digest AND purpose = :purpose AND until > :now
    AND COALESCE(administrator, 0) = :administrator
"""
_FORGET: Final = "DELETE FROM console_challenge WHERE until <= :now"


class PasskeyTable:
    """A few rows for each administrator."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def of(self, administrator: AdministratorId) -> list[Passkey]:
        """By the index of administrators."""
        return list(map(_passkey, self._connection.all(_OF, {"administrator": administrator})))

    def by_credential(self, credential: bytes) -> Passkey | None:
        """By the index of credentials."""
        row = self._connection.one(_BY_CREDENTIAL, {"credential": credential})
        return None if row is None else _passkey(row)

    def add(
        self,
        administrator: AdministratorId,
        credential: bytes,
        public_key: bytes,
        uses: int,
        name: str,
        now: datetime,
    ) -> PasskeyId:
        """One credential is one row, whoever has it."""
        values: Parameters = {
            "administrator": administrator,
            "credential": credential,
            "public_key": public_key,
            "uses": uses,
            "name": name,
            "now": to_micros(now),
        }
        row = self._connection.one(_ADD, values)
        if row is None:
            raise ValueError("there is a passkey of that credential")
        return PasskeyId(row[0])

    def use(self, passkey: PasskeyId, uses: int, now: datetime) -> bool:
        """One statement decides."""
        values: Parameters = {"id": passkey, "uses": uses, "now": to_micros(now)}
        return self._connection.run(_USE, values) > 0

    def remove(self, administrator: AdministratorId, passkey: PasskeyId) -> str | None:
        """Of his own alone."""
        row = self._connection.one(_REMOVE, {"id": passkey, "administrator": administrator})
        return None if row is None else row[0]

    def remove_all(self, administrator: AdministratorId) -> int:
        """By the index of administrators."""
        return self._connection.run(_REMOVE_ALL, {"administrator": administrator})


class ChallengeTable:
    """As many rows as there are browsers that were asked within minutes."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def give(self, challenge: Challenge) -> None:
        """Its octets are in no table: a digest is enough to know them again."""
        values: Parameters = {
            "digest": challenge.digest,
            "purpose": challenge.purpose.value,
            "administrator": challenge.administrator,
            "network": challenge.network,
            "until": to_micros(challenge.until),
        }
        self._connection.run(_GIVE, values)

    def given(self, network: bytes, now: datetime) -> int:
        """By the index of networks."""
        row = self._connection.one(_GIVEN, {"network": network, "now": to_micros(now)})
        return 0 if row is None else int(row[0])

    def take(
        self, digest: bytes, purpose: Purpose, administrator: AdministratorId | None, now: datetime
    ) -> bool:
        """By the primary key."""
        values: Parameters = {
            "digest": digest,
            "purpose": purpose.value,
            "administrator": administrator or 0,
            "now": to_micros(now),
        }
        return self._connection.run(_TAKE, values) > 0

    def forget(self, now: datetime) -> None:
        """By a scan of few rows."""
        self._connection.run(_FORGET, {"now": to_micros(now)})


def _passkey(row: Row) -> Passkey:
    id_, administrator, credential, public_key, uses, name, made, used = row
    return Passkey(
        PasskeyId(id_),
        AdministratorId(administrator),
        bytes(credential),
        bytes(public_key),
        uses,
        name,
        from_micros(made),
        maybe_from_micros(used),
    )
