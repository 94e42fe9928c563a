"""OAUTHBEARER and XOAUTH2: an access token of the OpenID provider says who it is. domain.md §5; RFC 7628."""

from vaguemestre.sasl.bearer import OAUTHBEARER, failure, parse_oauthbearer, parse_xoauth2
from vaguemestre.service.sign_in.accounts import SigningAccounts
from vaguemestre.service.sign_in.outcome import Channel, SignInRefused, Step
from vaguemestre.service.sign_in.provider_keys import TokenRefused
from vaguemestre.service.sign_in.tokens import Tokens


class BearerToken:
    """One response; a client that is refused is told why, and answers, before the exchange fails."""

    first = b""

    def __init__(self, accounts: SigningAccounts, tokens: Tokens, channel: Channel, mechanism: str) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._channel = channel
        self._mechanism = mechanism
        self._refused: SignInRefused | None = None

    async def step(self, response: bytes) -> Step:
        """The end, or the reason and then the end. Raises ProviderUnavailable too."""
        if self._refused is not None:
            raise self._refused
        parse = parse_oauthbearer if self._mechanism == OAUTHBEARER else parse_xoauth2
        user, token = parse(response)
        claim = await self._accounts.claim(user, self._channel, self._mechanism)
        try:
            rpps = await self._tokens.holder(token)
        except TokenRefused as refused:
            self._refused = await self._accounts.refuse(claim, f"token: {refused}")
        else:
            if claim.bal is not None and claim.bal.rpps == rpps:
                return await self._accounts.accept(claim)
            if claim.bal is not None and not claim.wanted:
                # The mailbox that is meant is another's: is this one of those who may read it?
                for reader in await self._accounts.readers(claim.bal):
                    if reader.rpps == rpps:
                        name = str(reader.address)
                        acting = await self._accounts.claim(name, self._channel, self._mechanism, user)
                        return await self._accounts.accept(acting)
            self._refused = await self._accounts.refuse(claim, "token of another person")
        return failure(self._tokens.configuration)
