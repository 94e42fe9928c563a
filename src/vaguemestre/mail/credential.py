"""How an account signs in with a secret: its own password, or one made for a single device."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

CredentialId = NewType("CredentialId", int)


@dataclass(frozen=True, slots=True)
class ScramKeys:
    """What SCRAM-SHA-256 needs to check a password it never sees. RFC 5802 §3, RFC 7677 §3."""

    salt: bytes = field(repr=False)
    iterations: int
    stored_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credential:
    """One of an account's. ``device`` names what it was made for; empty for the account's own password.

    ``secret`` is an argon2id hash in PHC form for a password that a person chose, and a keyed digest in
    hexadecimal for a device's, which we drew ourselves. ``scram`` is None until the password was seen.
    """

    id: CredentialId
    device: str
    secret: str = field(repr=False)
    scram: ScramKeys | None = field(repr=False)
    created_at: datetime
    last_used_at: datetime | None = None
