"""Access tokens of an OpenID provider: Pro Santé Connect for professionals. domain.md §5.

``provider_keys`` says whether the provider signed one; said here is whether it is for us, and whose it is.
Tokens are looked at and forgotten.
"""

from dataclasses import dataclass

from joserfc import jwt

from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.sign_in.provider_keys import Fetch, ProviderKeys, TokenRefused


@dataclass(frozen=True, slots=True)
class Provider:
    """Whom we believe. ``clients`` are the programs whose tokens we take, by ``aud`` or ``azp``.

    ``claim`` is the one that carries the RPPS number of the holder, after ``prefix`` if there is one.
    """

    issuer: str
    clients: frozenset[str]
    claim: str
    prefix: str = ""


class Tokens:
    """Says whose a token is."""

    def __init__(self, provider: Provider, fetch: Fetch, clock: Clock) -> None:
        self.provider = provider
        self._keys = ProviderKeys(provider.issuer, fetch, clock)

    @property
    def configuration(self) -> str:
        """Where the provider describes itself."""
        return self._keys.configuration

    async def holder(self, token: str) -> str:
        """The RPPS number that a token carries. Raises TokenRefused, ProviderUnavailable."""
        claims = await self._keys.claims(token)
        if audience_of(claims).isdisjoint(self.provider.clients):
            raise TokenRefused("it was made for another program")
        carried = claims.get(self.provider.claim)
        if not isinstance(carried, str) or not carried.startswith(self.provider.prefix):
            raise TokenRefused(f"it has no {self.provider.claim}")
        return carried.removeprefix(self.provider.prefix)


def audience_of(claims: jwt.Claims) -> set[object]:
    """The programs that a token names: RFC 7519 §4.1.3, and the one that asked for it."""
    audience = claims.get("aud", [])
    return {*([audience] if isinstance(audience, str) else audience), claims.get("azp")}
