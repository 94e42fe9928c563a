"""SCRAM-SHA-256 and -PLUS: the password never leaves the client. RFC 5802 §5, RFC 7677."""

import secrets

from vaguemestre.sasl.scram import SCRAM, SCRAM_PLUS, ScramExchange, claimed_name
from vaguemestre.service.sign_in.accounts import Claim, SigningAccounts
from vaguemestre.service.sign_in.guessing import Guessing
from vaguemestre.service.sign_in.outcome import Channel, SignedIn, Step
from vaguemestre.service.sign_in.passwords import Passwords


class Scram:
    """Three steps: the name, the proof, and an empty response to ours."""

    first = b""

    def __init__(
        self,
        accounts: SigningAccounts,
        passwords: Passwords,
        guessing: Guessing,
        channel: Channel,
        *,
        plus: bool,
    ) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._guessing = guessing
        self._channel = channel
        self._name = SCRAM_PLUS if plus else SCRAM
        self._exchange = ScramExchange(secrets.token_urlsafe(24), channel.end_point, plus=plus)
        self._claim: Claim | None = None
        self._signed_in: SignedIn | None = None

    async def step(self, response: bytes) -> Step:
        """The next challenge; the end after the client has seen our proof."""
        if self._signed_in is not None:
            return self._signed_in
        if self._claim is None:
            return await self._challenge(response)
        return await self._judge(response, self._claim)

    async def _challenge(self, response: bytes) -> bytes:
        name, acts_as = claimed_name(response)
        claim = await self._accounts.claim(name, self._channel, self._name, acts_as)
        known = [credential.scram for credential in claim.credentials if credential.scram is not None]
        challenge = self._exchange.challenge(response, known or [self._passwords.decoy_keys(claim.name)])
        self._claim = claim
        return challenge

    async def _judge(self, response: bytes, begun: Claim) -> bytes:
        # Read again: what failed since the exchange began counts too, and a password may have changed.
        claim = await self._accounts.claim(begun.name, self._channel, self._name, begun.wanted)
        async with self._guessing.check(claim.guessed):
            proved = self._exchange.finish(response)
            held = [credential for credential in begun.credentials if credential.scram is not None]
            credential = held[proved.which] if proved is not None and held else None
            still = {other.id: other.scram for other in claim.credentials}
            if proved is None or credential is None or still.get(credential.id) != credential.scram:
                raise await self._accounts.refuse(claim, "credentials")
        self._signed_in = await self._accounts.accept(claim, credential)
        return proved.server_final
