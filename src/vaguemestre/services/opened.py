"""What every service stands on: settings, clock, an open store and vault, and keys drawn from it."""

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from vaguemestre.policy.limits import Policy
    from vaguemestre.policy.retention import Retention
    from vaguemestre.service.conversations.life import IdentifierDigest
    from vaguemestre.service.health.figures import Figures
    from vaguemestre.service.ports.clock import Clock
    from vaguemestre.service.ports.directory import Directory
    from vaguemestre.service.ports.store import Store
    from vaguemestre.service.sign_in.authentication import Authentication
    from vaguemestre.service.sign_in.hashing import Hashing
    from vaguemestre.service.sign_in.passwords import Passwords
    from vaguemestre.service.trust.keeping import TrustKeeping
    from vaguemestre.settings import Settings
    from vaguemestre.vault.signing import Signer
    from vaguemestre.vault.vault import SealedVault

_JOURNAL: Final = b"journal"


class Ground(NamedTuple):
    """Whoever opened it closes it."""

    settings: "Settings"
    clock: "Clock"
    store: "Store"
    vault: "SealedVault"
    figures: "Figures"
    hashing: "Hashing"


class Opened:
    """``log_key`` makes the pseudonyms of the log."""

    def __init__(self, ground: Ground) -> None:
        self.settings, self.clock, self.store, self.vault, self.figures, self._hashing = ground
        self.log_key = self.derived(b"log pseudonyms")

    def derived(self, purpose: bytes) -> bytes:
        """32 octets for one purpose, the same as long as the installation lives."""
        return derived(self.vault, purpose)

    @cached_property
    def policy(self) -> "Policy":
        """The settings as the rules see them."""
        from vaguemestre.configured import policy_of

        return policy_of(self.settings)

    @cached_property
    def retention(self) -> "Retention":
        """How long messages are kept."""
        from vaguemestre.configured import retention_of

        return retention_of(self.settings)

    @cached_property
    def digest(self) -> "IdentifierDigest":
        """Under which message identifiers are known."""
        from vaguemestre.service.conversations.life import IdentifierDigest

        return IdentifierDigest(self.vault.digest_key)

    @cached_property
    def authentication(self) -> "Authentication":
        """Who signs in."""
        from vaguemestre.configured import tokens_of
        from vaguemestre.service.sign_in.authentication import Authentication

        secret, tokens = self.derived(b"sign-in"), tokens_of(self.settings, self.clock)
        return Authentication(
            self.store, self.clock, secret, tokens, figures=self.figures, hashing=self._hashing
        )

    @property
    def passwords(self) -> "Passwords":
        """Made and checked."""
        return self.authentication.passwords

    @cached_property
    def directory(self) -> "Directory":
        """The directory of published mailboxes, to be read."""
        from vaguemestre.configured import directory_of

        return directory_of(self.settings)

    @cached_property
    def trust(self) -> "TrustKeeping | None":
        """The trust list, where the gateway is not alone. Raises CertificateError, OSError."""
        from vaguemestre.configured import trust_of
        from vaguemestre.service.trust.recording import TrustJournal

        return trust_of(self.settings, self.clock, TrustJournal(self.store, self.clock))


def derived(vault: "SealedVault", purpose: bytes) -> bytes:
    """As ``Opened.derived``, before anything else is open."""
    return hashlib.blake2b(purpose, key=vault.digest_key, digest_size=32).digest()


def journal_keys(vault: "SealedVault") -> "tuple[bytes, Signer]":
    """What seals and chains the journal, and what signs its anchors."""
    from vaguemestre.vault.signing import Signer

    return derived(vault, _JOURNAL), Signer(derived(vault, b"audit anchors"))
