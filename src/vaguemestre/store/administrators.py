"""The console's accounts and sessions in the database: ``service.ports.administrator.Administrators``."""

from datetime import datetime
from typing import Final

from vaguemestre.policy.administration import Role
from vaguemestre.service.ports.administrator import (
    Administrator,
    AdministratorId,
    ConsoleSession,
    Enrolment,
    Link,
)
from vaguemestre.store.dialects.connection import Connection, Parameters, Row
from vaguemestre.store.times import from_micros, maybe_from_micros, to_micros

_ADMINISTRATOR: Final = """
SELECT id, name, role, is_enabled, created_at, signed_in_at, password, second_factor, step, enrolment,
    enrolment_until, (SELECT COUNT(*) FROM passkey WHERE passkey.administrator = administrator.id),
    issuer, subject
FROM administrator LEFT JOIN administrator_link ON administrator_link.administrator = administrator.id
"""
_BY_ID: Final = _ADMINISTRATOR + " WHERE id = :id"
_BY_NAME: Final = _ADMINISTRATOR + " WHERE name = :name"
_BY_ENROLMENT: Final = _ADMINISTRATOR + " WHERE enrolment = :digest"
_BY_LINK: Final = _ADMINISTRATOR + " WHERE issuer = :issuer AND subject = :subject"
_ADD: Final = """
INSERT INTO administrator (name, role, is_enabled, created_at, second_factor, step)
VALUES (:name, :role, :yes, :now, :nothing, 0) ON CONFLICT (name) DO NOTHING RETURNING id
"""
_INVITE: Final = """
UPDATE administrator SET password = NULL, second_factor = :second_factor, step = 0, enrolment = :digest,
    enrolment_until = :until WHERE id = :id
"""
_ENROL: Final = """
UPDATE administrator SET password = :password, step = :step, enrolment = NULL, enrolment_until = NULL
WHERE id = :id AND enrolment = :digest
"""
_LINK: Final = """
INSERT INTO administrator_link (administrator, issuer, subject) VALUES (:id, :issuer, :subject)
"""
_UNLINK: Final = "DELETE FROM administrator_link WHERE administrator = :id"
_SET_ROLE: Final = "UPDATE administrator SET role = :role WHERE id = :id"
_SET_ENABLED: Final = "UPDATE administrator SET is_enabled = :is_enabled WHERE id = :id"
_USE_STEP: Final = "UPDATE administrator SET step = :step WHERE id = :id AND step < :step"
_SIGNED_IN: Final = "UPDATE administrator SET signed_in_at = :began_at WHERE id = :administrator"

_SESSION: Final = "SELECT digest, administrator, began_at, seen_at, peer, agent FROM console_session"
_BY_DIGEST: Final = _SESSION + " WHERE digest = :digest"
_OF: Final = _SESSION + " WHERE administrator = :administrator ORDER BY began_at DESC"
_BEGIN: Final = """
INSERT INTO console_session (digest, administrator, began_at, seen_at, peer, agent)
VALUES (:digest, :administrator, :began_at, :seen_at, :peer, :agent)
"""
_SEE: Final = "UPDATE console_session SET seen_at = :now WHERE digest = :digest"
_END: Final = "DELETE FROM console_session WHERE digest = :digest"
_END_ALL: Final = "DELETE FROM console_session WHERE administrator = :administrator"
_END_OTHERS: Final = _END_ALL + " AND digest <> :digest"
_FORGET: Final = "DELETE FROM console_session WHERE began_at < :began_before OR seen_at < :seen_before"


class AdministratorTable:
    """Both tables: a few dozen rows."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def all(self) -> list[Administrator]:
        """Ordered here, because databases collate each in its way."""
        return sorted(map(_administrator, self._connection.all(_ADMINISTRATOR, {})), key=lambda one: one.name)

    def by_id(self, administrator: AdministratorId) -> Administrator | None:
        """By the primary key."""
        return self._one(_BY_ID, {"id": administrator})

    def by_name(self, name: str) -> Administrator | None:
        """By the index of names."""
        return self._one(_BY_NAME, {"name": name})

    def by_enrolment(self, digest: bytes) -> Administrator | None:
        """By the index of links."""
        return self._one(_BY_ENROLMENT, {"digest": digest})

    def add(self, name: str, role: Role, now: datetime) -> AdministratorId:
        """Enabled, and not yet able to sign in."""
        values: Parameters = {
            "name": name,
            "role": role.value,
            "yes": True,
            "now": to_micros(now),
            "nothing": b"",
        }
        row = self._connection.one(_ADD, values)
        if row is None:
            raise ValueError("there is an administrator of that name")
        return AdministratorId(row[0])

    def invite(self, administrator: AdministratorId, enrolment: Enrolment, second_factor: bytes) -> None:
        """What he signed in with before is gone."""
        values: Parameters = {
            "id": administrator,
            "second_factor": second_factor,
            "digest": enrolment.digest,
            "until": to_micros(enrolment.until),
        }
        self._connection.run(_INVITE, values)

    def enrol(self, administrator: AdministratorId, digest: bytes, password: str, step: int) -> bool:
        """Once: the link goes with it."""
        values: Parameters = {"id": administrator, "digest": digest, "password": password, "step": step}
        return self._connection.run(_ENROL, values) > 0

    def by_link(self, link: Link) -> Administrator | None:
        """By the index of links."""
        return self._one(_BY_LINK, {"issuer": link.issuer, "subject": link.subject})

    def link(self, administrator: AdministratorId, link: Link) -> None:
        """In place of the one before."""
        self.unlink(administrator)
        values: Parameters = {"id": administrator, "issuer": link.issuer, "subject": link.subject}
        self._connection.run(_LINK, values)

    def unlink(self, administrator: AdministratorId) -> bool:
        """Whether there was one."""
        return self._connection.run(_UNLINK, {"id": administrator}) > 0

    def set_role(self, administrator: AdministratorId, role: Role) -> None:
        """From his next request on."""
        self._connection.run(_SET_ROLE, {"id": administrator, "role": role.value})

    def set_enabled(self, administrator: AdministratorId, is_enabled: bool) -> None:
        """From his next request on."""
        self._connection.run(_SET_ENABLED, {"id": administrator, "is_enabled": is_enabled})

    def use_step(self, administrator: AdministratorId, step: int) -> bool:
        """One statement decides: of two with the same code, one signs in."""
        return self._connection.run(_USE_STEP, {"id": administrator, "step": step}) > 0

    def begin(self, session: ConsoleSession) -> None:
        """A browser more; its moment is kept with the account too, for when the session has ended."""
        values: Parameters = {
            "digest": session.digest,
            "administrator": session.administrator,
            "began_at": to_micros(session.began_at),
            "seen_at": to_micros(session.seen_at),
            "peer": session.peer,
            "agent": session.agent,
        }
        self._connection.run(_BEGIN, values)
        self._connection.run(
            _SIGNED_IN, {"administrator": session.administrator, "began_at": to_micros(session.began_at)}
        )

    def session(self, digest: bytes) -> ConsoleSession | None:
        """By the primary key."""
        row = self._connection.one(_BY_DIGEST, {"digest": digest})
        return None if row is None else _session(row)

    def sessions(self, administrator: AdministratorId) -> list[ConsoleSession]:
        """By the index of administrators."""
        return list(map(_session, self._connection.all(_OF, {"administrator": administrator})))

    def see(self, digest: bytes, now: datetime) -> None:
        """Nothing happens when it has ended."""
        self._connection.run(_SEE, {"digest": digest, "now": to_micros(now)})

    def end(self, digest: bytes) -> bool:
        """Whether there was one."""
        return self._connection.run(_END, {"digest": digest}) > 0

    def end_all(self, administrator: AdministratorId) -> int:
        """How many there were."""
        return self._connection.run(_END_ALL, {"administrator": administrator})

    def end_others(self, administrator: AdministratorId, but: bytes) -> int:
        """How many there were."""
        return self._connection.run(_END_OTHERS, {"administrator": administrator, "digest": but})

    def forget_sessions(self, began_before: datetime, seen_before: datetime) -> None:
        """By a scan: there are as many as administrators have browsers."""
        values = {"began_before": to_micros(began_before), "seen_before": to_micros(seen_before)}
        self._connection.run(_FORGET, values)

    def _one(self, statement: str, values: Parameters) -> Administrator | None:
        row = self._connection.one(statement, values)
        return None if row is None else _administrator(row)


def _administrator(row: Row) -> Administrator:
    id_, name, role, enabled, created, signed_in, password, factor, step, digest, until, *more = row
    passkeys, issuer, subject = more
    enrolment = None if digest is None else Enrolment(bytes(digest), from_micros(until))
    return Administrator(
        AdministratorId(id_),
        name,
        Role(role),
        bool(enabled),
        from_micros(created),
        maybe_from_micros(signed_in),
        password,
        bytes(factor),
        step,
        enrolment,
        passkeys,
        None if issuer is None else Link(issuer, subject),
    )


def _session(row: Row) -> ConsoleSession:
    digest, administrator, began, seen, peer, agent = row
    return ConsoleSession(
        bytes(digest), AdministratorId(administrator), from_micros(began), from_micros(seen), peer, agent
    )
