"""AUTH: the exchange with the client, while others are served. RFC 4954.

aiosmtpd calls its authenticator in the event loop, which a slow password hash would stop for everybody; here
it is awaited. What is said within an exchange is the affair of ``service.sign_in``.
"""

from aiosmtpd.smtp import syntax

from vaguemestre.mail.reply import Reply
from vaguemestre.sasl.errors import SaslSyntaxError
from vaguemestre.service.sign_in.outcome import (
    Exchange,
    MechanismNotOffered,
    SignedIn,
    SignInPostponed,
    SignInRefused,
)
from vaguemestre.smtp import replies
from vaguemestre.smtp.auth_lines import (
    MAX_SIGN_IN_LINE,
    decode_initial_response,
    decode_response,
    encode_challenge,
)
from vaguemestre.smtp.grammar import CommandSyntaxError
from vaguemestre.smtpd.speaker import Speaker


class SigningIn(Speaker):
    """AUTH, with or without an initial response."""

    _sign_in_failures = 0

    @syntax("AUTH mechanism [initial-response]")
    async def smtp_AUTH(self, arg: str) -> None:
        """Find out who it is. ``smtp.order`` has seen to TLS and to the moment."""
        mechanism, _, initial = arg.partition(" ")
        if not mechanism:
            raise CommandSyntaxError(replies.MECHANISM_EXPECTED)
        try:
            exchange = self.terms.authentication.begin(mechanism, self.channel)
        except MechanismNotOffered:
            raise CommandSyntaxError(replies.UNKNOWN_MECHANISM) from None
        try:
            signed_in = await self._through(exchange, decode_initial_response(initial) if initial else None)
        except SaslSyntaxError as error:
            raise CommandSyntaxError(Reply(501, 5, 2, str(error))) from None
        except SignInPostponed as postponed:
            self._count_failure(Reply(454, 7, 0, postponed.sentence.en, postponed.sentence.fr))
        except SignInRefused:
            self._count_failure(replies.SIGN_IN_REFUSED)
        else:
            if self._has_enough_connections(signed_in):
                self.dismiss(replies.ACCOUNT_CONNECTIONS)
            self.signed_in = signed_in
            self.client.authenticated = True
            self._set_rset_state()
            self.say(replies.SIGNED_IN)

    def _has_enough_connections(self, signed_in: SignedIn) -> bool:
        """Whether this account has as many as it may; ours is not among them yet."""
        most, guests = self.terms.counter.allowance_of(signed_in).connections, self.terms.guests
        return len(guests) > most and sum(guest.account == signed_in.bal.id for guest in guests) >= most

    async def _through(self, exchange: Exchange, initial: bytes | None) -> SignedIn:
        response = await self._ask(exchange.first) if initial is None else initial
        while True:
            await self.flush()  # what came before must not wait for a password hash
            step = await exchange.step(response)
            if isinstance(step, SignedIn):
                return step
            response = await self._ask(step)

    async def _ask(self, challenge: bytes) -> bytes:
        self.write(encode_challenge(challenge))
        return decode_response(await self.read_line(MAX_SIGN_IN_LINE, replies.SIGN_IN_LINE_TOO_LONG))

    def _count_failure(self, reply: Reply) -> None:
        self._sign_in_failures += 1
        self.say(reply)
        if self._sign_in_failures >= self.limits.sign_in_failures:
            self.dismiss(replies.TOO_MANY_SIGN_INS)
