"""Access tokens of an OpenID provider: Pro Santé Connect for professionals. domain.md §5; RFC 7519 §4.1.

The provider's keys are fetched when first needed, kept for an hour, and asked for again when a token names
one that is not known, once a minute at most: nobody makes us call the provider with invented names. When
it cannot be reached, keys that are known serve for a day. Tokens are looked at and forgotten.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.sign_in.outcome import ProviderUnavailable

ALGORITHMS: Final = ("RS256", "PS256", "ES256")
KEPT_FOR: Final = timedelta(hours=1)
KEPT_WITHOUT_PROVIDER: Final = timedelta(days=1)
ASKED_EVERY: Final = timedelta(minutes=1)
CLOCKS_DIFFER: Final = 30  # seconds between the provider's clock and ours

Fetch = Callable[[str], Awaitable[bytes]]
"""GET of an address; raises OSError."""

_log = structlog.get_logger()


class TokenRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """This token says nothing here; the reason is for the log."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Whom we believe. ``clients`` are the programs whose tokens we take, by ``aud`` or ``azp``.

    ``claim`` is the one that carries the RPPS number of the holder, after ``prefix`` if there is one.
    """

    issuer: str
    clients: frozenset[str]
    claim: str
    prefix: str = ""

    @property
    def configuration(self) -> str:
        """Where it describes itself (OpenID Connect Discovery 1.0 §4)."""
        return f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"


class Tokens:
    """Says whose a token is."""

    def __init__(self, provider: Provider, fetch: Fetch, clock: Clock) -> None:
        self.provider = provider
        self._fetch = fetch
        self._clock = clock
        self._keys: KeySet | None = None
        self._fetched_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._asking = asyncio.Lock()

    async def holder(self, token: str) -> str:
        """The RPPS number that a token carries. Raises TokenRefused, ProviderUnavailable."""
        keys = await self._known_keys()
        try:
            try:
                signed = jwt.decode(token, keys, algorithms=ALGORITHMS)
            except InvalidKeyIdError:
                signed = jwt.decode(token, await self._newer_keys(keys), algorithms=ALGORITHMS)
        except (JoseError, ValueError) as error:  # ValueError: not even the form of a token
            raise TokenRefused(type(error).__name__) from error
        return self._rpps(signed.claims)

    def _rpps(self, claims: jwt.Claims) -> str:
        now = int(self._clock.now().timestamp())
        expected = jwt.JWTClaimsRegistry(
            now=now,
            leeway=CLOCKS_DIFFER,
            iss={"essential": True, "value": self.provider.issuer},
            exp={"essential": True},
        )
        try:
            expected.validate(claims)
        except JoseError as error:
            raise TokenRefused(type(error).__name__) from error
        audience = claims.get("aud", [])
        named = {*([audience] if isinstance(audience, str) else audience), claims.get("azp")}
        if named.isdisjoint(self.provider.clients):
            raise TokenRefused("it was made for another program")
        carried = claims.get(self.provider.claim)
        if not isinstance(carried, str) or not carried.startswith(self.provider.prefix):
            raise TokenRefused(f"it has no {self.provider.claim}")
        return carried.removeprefix(self.provider.prefix)

    async def _known_keys(self) -> KeySet:
        now = self._clock.now()
        if self._keys is not None and self._fetched_at is not None and now - self._fetched_at < KEPT_FOR:
            return self._keys
        return await self._newer_keys(self._keys)

    async def _newer_keys(self, than: KeySet | None) -> KeySet:
        """Ask the provider, one at a time, once a minute at most; what is known when that fails."""
        async with self._asking:
            now = self._clock.now()
            if self._keys is not None and self._keys is not than:
                return self._keys  # somebody asked while we waited
            if self._asked_at is not None and now - self._asked_at < ASKED_EVERY:
                return self._what_is_left(now)
            self._asked_at = now
            try:
                self._keys = await self._fetch_keys()
            except (OSError, ValueError, KeyError, TypeError, JoseError) as error:
                _log.warning("identity_provider_unreachable", reason=type(error).__name__)
                return self._what_is_left(now)
            self._fetched_at = now
            return self._keys

    def _what_is_left(self, now: datetime) -> KeySet:
        if self._keys is None or self._fetched_at is None or now - self._fetched_at > KEPT_WITHOUT_PROVIDER:
            raise ProviderUnavailable
        return self._keys

    async def _fetch_keys(self) -> KeySet:
        described = json.loads(await self._fetch(self.provider.configuration))
        if described["issuer"] != self.provider.issuer:
            raise ValueError("it describes another issuer")
        return KeySet.import_key_set(json.loads(await self._fetch(described["jwks_uri"])))
