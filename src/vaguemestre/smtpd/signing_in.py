"""AUTH: the exchange with the client, while others are served. RFC 4954.

aiosmtpd calls its authenticator in the event loop, which a slow password hash would stop for everybody; here
it is awaited. Mechanism names are compared without case (RFC 4422 §3.1).
"""

from aiosmtpd.smtp import syntax

from vaguemestre.service.authentication import SignInRefused
from vaguemestre.smtp import replies
from vaguemestre.smtp.grammar import CommandSyntaxError
from vaguemestre.smtp.sasl import (
    MAX_SIGN_IN_LINE,
    PASSWORD_CHALLENGE,
    USERNAME_CHALLENGE,
    Credentials,
    decode_initial_response,
    decode_response,
    encode_challenge,
    parse_login,
    parse_plain,
)
from vaguemestre.smtpd.speaker import Speaker


class SigningIn(Speaker):
    """AUTH PLAIN and AUTH LOGIN, with or without an initial response."""

    _sign_in_failures = 0

    @syntax("AUTH mechanism [initial-response]")
    async def smtp_AUTH(self, arg: str) -> None:
        """Find out who it is. ``smtp.order`` has seen to TLS and to the moment."""
        mechanism, _, initial = arg.partition(" ")
        first = decode_initial_response(initial) if initial else None
        match mechanism.upper():
            case "PLAIN":
                credentials = parse_plain(await self._ask(b"") if first is None else first)
            case "LOGIN":
                username = await self._ask(USERNAME_CHALLENGE) if first is None else first
                credentials = parse_login(username, await self._ask(PASSWORD_CHALLENGE))
            case "":
                raise CommandSyntaxError(replies.MECHANISM_EXPECTED)
            case _:
                raise CommandSyntaxError(replies.UNKNOWN_MECHANISM)
        await self._sign_in(credentials)

    async def _ask(self, challenge: bytes) -> bytes:
        self.write(encode_challenge(challenge))
        return decode_response(await self.read_line(MAX_SIGN_IN_LINE, replies.SIGN_IN_LINE_TOO_LONG))

    async def _sign_in(self, credentials: Credentials) -> None:
        await self.flush()  # what came before must not wait for a password hash
        try:
            self.signed_in = await self.terms.authentication.sign_in(*credentials, "smtp", self.peer)
        except SignInRefused:
            self._sign_in_failures += 1
            self.say(replies.SIGN_IN_REFUSED)
            if self._sign_in_failures >= self.limits.sign_in_failures:
                self.dismiss(replies.TOO_MANY_SIGN_INS)
            return
        self.client.authenticated = True
        self._set_rset_state()
        self.say(replies.SIGNED_IN)
