"""AUTH: the exchange with the client, while others are served. RFC 4954.

aiosmtpd calls its authenticator in the event loop, which a slow password hash would stop for everybody; here
it is awaited. What is said within an exchange is the affair of ``service.sign_in``. All that sets the door of
accounts apart from the one of other operators is here.
"""

from aiosmtpd.smtp import syntax

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.held import spelt
from vaguemestre.mail.reply import Reply
from vaguemestre.net.loopback import is_loopback
from vaguemestre.sasl.errors import SaslSyntaxError
from vaguemestre.service.sign_in.outcome import (
    Channel,
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
from vaguemestre.smtp.order import SUBMISSION, Stage
from vaguemestre.smtpd.greeting import recipients_at_most
from vaguemestre.smtpd.ports import Sender
from vaguemestre.smtpd.speaker import Speaker
from vaguemestre.smtpd.terms import SubmissionTerms


class SigningIn(Speaker):
    """AUTH, with or without an initial response."""

    order = SUBMISSION
    terms: SubmissionTerms
    signed_in: SignedIn | None = None
    _sign_in_failures = 0

    @property
    def account(self) -> BalId | None:
        """Who signed in."""
        return self.signed_in.bal.id if self.signed_in is not None else None

    @property
    def reader(self) -> SignedIn | None:
        """The sign-in of somebody who is here for another; None of a holder's."""
        signed_in = self.signed_in
        return signed_in if signed_in is not None and signed_in.reader is not None else None

    @property
    def channel(self) -> Channel:
        """The connection, as those see it who look after sign-ins."""
        context = self.terms.tls_context
        if context is None or not self.is_secure:
            return Channel("smtp", self.peer)
        shown = self.certificate
        return Channel("smtp", self.peer, context.end_point, shown, context.fault_in(shown))

    @property
    def may_sign_in(self) -> bool:
        """Under TLS; in clear from this machine alone, and where the operator allows it for trials."""
        return self.is_secure or (not self.terms.require_tls and is_loopback(self.peer))

    @property
    def rest_stage(self) -> Stage:
        """Where a session stands between messages: an account may send."""
        if self.signed_in is not None:
            return Stage.SIGNED_IN
        if not self.client.host_name:
            return Stage.CONNECTED
        if not self.client.extended_smtp:
            return Stage.HELLO
        return Stage.GREETED if self.may_sign_in else Stage.IN_CLEAR

    @property
    def trace_word(self) -> str:
        """RFC 3848: with a sign-in, and TLS or not."""
        return "ESMTPSA" if self.is_secure else "ESMTPA"

    def own_keywords(self) -> list[str]:
        """AUTH, and what is of use once signed in."""
        offered = []
        latest = self.terms.counter.latest_release
        if self.may_sign_in and latest is not None:  # RFC 4865 §3: the longest, and the latest moment
            longest, moment = latest
            offered.append(f"FUTURERELEASE {int(longest.total_seconds())} {spelt(moment)}")
        if self.may_sign_in:
            offered.append(f"AUTH {' '.join(self.terms.authentication.mechanisms(self.channel))}")
        if self.sender is not None:  # before, nobody may send, and how many depends on who it is
            offered.append(recipients_at_most(self.sender.most_recipients))
        return offered

    async def admitted(self) -> Sender | Reply:
        """Who signed in."""
        return self.sender or replies.SIGN_IN_REQUIRED

    def forget_client(self) -> None:
        """Nor who signed in."""
        super().forget_client()
        self.signed_in = None

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
            self.sender = self.terms.sender_of(signed_in)
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
