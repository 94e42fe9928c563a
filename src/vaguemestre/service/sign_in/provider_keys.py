"""What an OpenID provider publishes of itself: where it is asked, and the keys it signs with. RFC 7519 §4.1.

It is fetched when first needed, kept for an hour, and asked for again when a token names a key that is not
known, once a minute at most: nobody makes us call the provider with invented names. When it cannot be
reached, what is known serves for a day.
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
_BASIC: Final = "client_secret_basic"

Fetch = Callable[[str], Awaitable[bytes]]
"""GET of an address; raises OSError."""

_log = structlog.get_logger()


class TokenRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """This token says nothing here; the reason is for the log."""


@dataclass(frozen=True, slots=True)
class Published:
    """OpenID Connect Discovery 1.0 §3. The two addresses are empty where people are not signed in by it."""

    keys: KeySet
    authorization: str
    token: str
    takes_basic: bool


class ProviderKeys:
    """Those of one ``issuer``."""

    def __init__(self, issuer: str, fetch: Fetch, clock: Clock) -> None:
        self.issuer = issuer
        self._fetch = fetch
        self._clock = clock
        self._known: Published | None = None
        self._fetched_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._asking = asyncio.Lock()

    @property
    def configuration(self) -> str:
        """Where it describes itself (OpenID Connect Discovery 1.0 §4)."""
        return f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"

    async def claims(self, token: str) -> jwt.Claims:
        """Of a token that it signed, and that is good now. Raises TokenRefused, ProviderUnavailable."""
        known = await self.published()
        try:
            try:
                signed = jwt.decode(token, known.keys, algorithms=ALGORITHMS)
            except InvalidKeyIdError:
                newer = await self._newer(known)
                signed = jwt.decode(token, newer.keys, algorithms=ALGORITHMS)
            jwt.JWTClaimsRegistry(
                now=int(self._clock.now().timestamp()),
                leeway=CLOCKS_DIFFER,
                iss={"essential": True, "value": self.issuer},
                exp={"essential": True},
            ).validate(signed.claims)
        except (JoseError, ValueError) as error:  # ValueError: not even the form of a token
            raise TokenRefused(type(error).__name__) from error
        return signed.claims

    async def published(self) -> Published:
        """As it was within the hour. Raises ProviderUnavailable."""
        now = self._clock.now()
        if self._known is not None and self._fetched_at is not None and now - self._fetched_at < KEPT_FOR:
            return self._known
        return await self._newer(self._known)

    async def _newer(self, than: Published | None) -> Published:
        """Ask the provider, one at a time, once a minute at most; what is known when that fails."""
        async with self._asking:
            now = self._clock.now()
            if self._known is not None and self._known is not than:
                return self._known  # somebody asked while we waited
            if self._asked_at is not None and now - self._asked_at < ASKED_EVERY:
                return self._what_is_left(now)
            self._asked_at = now
            try:
                self._known = await self._fetch_it()
            except (OSError, ValueError, KeyError, TypeError, JoseError) as error:
                _log.warning("identity_provider_unreachable", reason=type(error).__name__)
                return self._what_is_left(now)
            self._fetched_at = now
            return self._known

    def _what_is_left(self, now: datetime) -> Published:
        if self._known is None or self._fetched_at is None or now - self._fetched_at > KEPT_WITHOUT_PROVIDER:
            raise ProviderUnavailable
        return self._known

    async def _fetch_it(self) -> Published:
        described = json.loads(await self._fetch(self.configuration))
        if described["issuer"] != self.issuer:
            raise ValueError("it describes another issuer")
        return Published(
            KeySet.import_key_set(json.loads(await self._fetch(described["jwks_uri"]))),
            str(described.get("authorization_endpoint", "")),
            str(described.get("token_endpoint", "")),
            _BASIC in described.get("token_endpoint_auth_methods_supported", [_BASIC]),
        )
