"""How a sign-in goes: on what connection, step by step, to which end."""

import ipaddress
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol, TypeAlias

from vaguemestre.mail.access import Right
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.credential import Credential, CredentialId
from vaguemestre.mail.sentence import Sentence


class SignInRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """The sign-in was refused. The sentence is the same whatever was wrong; the log knows which."""

    def __init__(self) -> None:
        self.sentence = Sentence(
            fr="L'adresse ou le mot de passe est faux", en="The address or the password is wrong"
        )
        super().__init__(self.sentence.en)


class SignInPostponed(Exception):  # noqa: N818 (a decision too)
    """Nothing was decided: the client may come back. The sentence is for it."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


class TooManyFailures(SignInPostponed):
    """From this network: nothing was looked at. ``minutes`` to wait."""

    def __init__(self, minutes: int) -> None:
        super().__init__(
            Sentence(
                fr=f"Trop de connexions refusées depuis votre réseau : réessayez dans {minutes} minutes",
                en=f"Too many sign-ins failed from your network: try again in {minutes} minutes",
            )
        )
        self.minutes = minutes


class ProviderUnavailable(SignInPostponed):
    """The identity provider cannot be reached."""

    def __init__(self) -> None:
        super().__init__(
            Sentence(
                fr="Le fournisseur d'identité ne répond pas : réessayez plus tard",
                en="The identity provider cannot be reached: try again later",
            )
        )


class MechanismNotOffered(Exception):  # noqa: N818 (a decision too)
    """There is no such mechanism on this connection."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is at work in a bal that is not his: his own account, and what he might do when last looked at."""

    bal: Bal
    rights: frozenset[Right]


class Shown(NamedTuple):
    """The password that opened a session: another takes its number, or its place, at another time."""

    id: CredentialId
    made_at: datetime


def shown(credential: Credential | None) -> Shown | None:
    """None where no password was: a certificate, a token."""
    return None if credential is None else Shown(credential.id, credential.created_at)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The account behind a session, as it stood when it signed in; ``reader`` when another is at work.

    ``by``: the password of the person, where one was shown.
    """

    bal: Bal
    reader: Reader | None = None
    by: Shown | None = None

    @property
    def person(self) -> Bal:
        """Who signed in: his secret opened the session, and his name is in the journal."""
        return self.reader.bal if self.reader is not None else self.bal

    @property
    def actor(self) -> str:
        """As the journal has it."""
        return actor_of(self.person)


def actor_of(person: Bal) -> str:
    """Somebody who has an account, as the journal has him."""
    return f"bal:{person.id}"


@dataclass(frozen=True, slots=True)
class Channel:
    """The connection that a client signs in by.

    ``door`` (``smtp``, ``imap``) and ``peer`` (a network address) are for the log. ``end_point`` is what
    SCRAM-SHA-256-PLUS binds to (RFC 5929 §4), None without TLS. ``certificate`` is the client's, in DER,
    None unless TLS saw that the client holds its key; ``fault`` is what has come to be wrong with it since.
    """

    door: str
    peer: str
    end_point: bytes | None = None
    certificate: bytes | None = field(default=None, repr=False)
    fault: str | None = None

    @property
    def network(self) -> str:
        """Whom guesses are counted against: an IPv4 address, or the /64 that an IPv6 client is given."""
        try:
            address = ipaddress.ip_address(self.peer.partition("%")[0])
        except ValueError:
            return self.peer
        if isinstance(address, ipaddress.IPv4Address):
            return str(address)
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), 64), strict=False))


Step: TypeAlias = bytes | SignedIn
"""The next challenge, or the end."""


class Exchange(Protocol):
    """One client signing in by one mechanism (RFC 4422 §3). Challenges and responses are not in base64."""

    @property
    def first(self) -> bytes:
        """The challenge for a client that sent no initial response."""
        ...

    async def step(self, response: bytes) -> Step:
        """What comes after this response.

        Raises SaslSyntaxError, SignInRefused, SignInPostponed, StoreBusyError.
        """
        ...
