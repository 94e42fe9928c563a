"""Passwords and failed sign-ins in the database: ``service.ports.store.SignIns``."""

from collections.abc import Sequence
from datetime import datetime

from vaguemestre.mail.bal import Bal, BalId
from vaguemestre.mail.credential import Credential, CredentialId, ScramKeys
from vaguemestre.mail.distinguished_name import DistinguishedName
from vaguemestre.service.ports.sign_in import Failures, NewSecret
from vaguemestre.store import statements
from vaguemestre.store.bals import bal_from
from vaguemestre.store.dialects.connection import Connection, Row
from vaguemestre.store.times import from_micros, to_micros


def _credential(row: Row) -> Credential:
    id_, device, kept, salt, iterations, stored_key, server_key, created_at, last_used_at = row
    scram = None
    if salt is not None:
        scram = ScramKeys(bytes(salt), iterations, bytes(stored_key), bytes(server_key))
    used = from_micros(last_used_at) if last_used_at is not None else None
    return Credential(CredentialId(id_), device, kept, scram, from_micros(created_at), used)


def _columns(keys: ScramKeys | None) -> dict[str, bytes | int | None]:
    if keys is None:
        return {"salt": None, "iterations": None, "stored_key": None, "server_key": None}
    return {
        "salt": keys.salt,
        "iterations": keys.iterations,
        "stored_key": keys.stored_key,
        "server_key": keys.server_key,
    }


class SignInTable:
    """Both tables."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def credentials(self, bal: BalId) -> list[Credential]:
        """The account's own first, then its devices' by age."""
        return list(map(_credential, self._connection.all(statements.CREDENTIALS, {"bal": bal})))

    def set_password(self, bal: BalId, secret: NewSecret, now: datetime) -> None:
        """Replaces the one before."""
        columns = _columns(secret.scram)
        at = to_micros(now)
        self._connection.run(
            statements.SET_OWN, {"bal": bal, "kept": secret.kept, "created_at": at, **columns}
        )

    def add_device(self, bal: BalId, device: str, secret: NewSecret, now: datetime) -> None:
        """Raises ValueError when the name is taken."""
        columns = _columns(secret.scram)
        values = {"bal": bal, "device": device, "kept": secret.kept, "created_at": to_micros(now), **columns}
        if self._connection.one(statements.ADD_DEVICE, values) is None:
            raise ValueError("this account has a device of that name")

    def remove_device(self, bal: BalId, device: str) -> bool:
        """Whether there was one; the account's own password is none."""
        if not device:
            return False
        return self._connection.one(statements.REMOVE_DEVICE, {"bal": bal, "device": device}) is not None

    def set_scram(self, credential: CredentialId, keys: ScramKeys) -> None:
        """Nothing happens when there is no such credential any more."""
        self._connection.run(statements.SET_SCRAM, {"id": credential, **_columns(keys)})

    def used(self, credential: CredentialId, now: datetime) -> None:
        """Nothing happens when there is no such credential any more."""
        self._connection.run(statements.NOTE_USE, {"id": credential, "at": to_micros(now)})

    def certificates(self, bal: BalId) -> list[DistinguishedName]:
        """By text; ordered here, because databases collate each in its way."""
        rows = self._connection.all(statements.CERTIFICATES, {"bal": bal})
        return sorted((DistinguishedName(*row) for row in rows), key=str)

    def opened_by(self, name_key: str) -> list[Bal]:
        """By address."""
        rows = self._connection.all(statements.OPENED_BY, {"key": name_key})
        return sorted(map(bal_from, rows), key=lambda bal: bal.address.key)

    def add_certificate(self, bal: BalId, subject: DistinguishedName) -> None:
        """Nothing happens when it is there."""
        self._connection.run(
            statements.ADD_CERTIFICATE, {"bal": bal, "key": subject.key, "subject": subject.text}
        )

    def remove_certificate(self, bal: BalId, name_key: str) -> bool:
        """Whether there was one."""
        removed = self._connection.one(statements.REMOVE_CERTIFICATE, {"bal": bal, "key": name_key})
        return removed is not None

    def failures(self, keys: Sequence[bytes]) -> dict[bytes, Failures]:
        """Those there are."""
        found: dict[bytes, Failures] = {}
        for key in keys:
            row = self._connection.one(statements.FAILURES, {"key": key})
            if row is not None:
                found[key] = Failures(row[0], from_micros(row[1]))
        return found

    def set_failures(self, key: bytes, failures: Failures | None) -> None:
        """None forgets them."""
        if failures is None:
            self._connection.run(statements.DROP_FAILURES, {"key": key})
            return
        count, at = failures.count, to_micros(failures.at)
        self._connection.run(statements.SET_FAILURES, {"key": key, "failures": count, "at": at})

    def forget_failures(self, before: datetime) -> None:
        """Whose last is older."""
        self._connection.run(statements.FORGET_FAILURES, {"before": to_micros(before)})
