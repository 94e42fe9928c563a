"""A message: MAIL, RCPT, DATA. RFC 5321 §3.3.

The decisions are the service's; here is their order, and the care of octets. A message whose final dot was
seen is submitted to the end even when the client goes: it may have sent everything and hung up, as scripts
do. Only so many are submitted at once. When the store is slow the next wait at MAIL, and are sent away after
a while; those that came further wait at their final dot. Who hangs up there was promised nothing
(RFC 5321 §4.2.5), and its message is let go.
"""

import asyncio

import structlog
from aiosmtpd.smtp import syntax

from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.reply import Reply
from vaguemestre.smtp import replies
from vaguemestre.smtp.grammar import CommandSyntaxError, parse_mail, parse_rcpt
from vaguemestre.smtp.order import Stage
from vaguemestre.smtp.parameters import Body
from vaguemestre.smtpd.misfortunes import reply_to_misfortune
from vaguemestre.smtpd.ports import Message, Sender
from vaguemestre.smtpd.speaker import Speaker

_NOBODY = Envelope(None, ())

_log = structlog.get_logger()


class TransactionCommands(Speaker):
    """MAIL, RCPT and DATA."""

    _accepted = _NOBODY
    _excess_recipients = 0

    @syntax(
        "MAIL FROM:<address> [SIZE=octets] [BODY=8BITMIME|BINARYMIME] [SMTPUTF8] [RET=HDRS] "
        "[ENVID=xtext] [REQUIRETLS] [HOLDFOR=seconds] [HOLDUNTIL=date-time] [BY=seconds;R|N[T]]"
    )
    async def smtp_MAIL(self, arg: str | None) -> None:
        """Begin a message, if its sender and its announced size are accepted."""
        reverse_path, parameters = parse_mail(arg or "")
        if parameters.requires_tls and not self.is_secure:
            self.blame(replies.TLS_REQUIRED)  # what is in clear until here cannot require TLS from here on
            return
        if not await self._is_there_room():
            self.say(replies.STORE_SLOW)  # not their fault: it does not count as a refusal
            return
        sender = await self.admitted()
        if isinstance(sender, Reply):
            self.decide(sender)
            return
        self.sender = sender
        self.speaks_utf8 = parameters.smtputf8
        held_until = None
        reply = await sender.accepts_sender(reverse_path, parameters.size)
        if reply.is_positive and parameters.hold is not None:
            answer = await sender.holds(reverse_path, parameters.hold)
            if isinstance(answer, Reply):
                reply = answer
            else:
                held_until = answer
        deliver_by = None
        if reply.is_positive and parameters.by is not None:
            due = sender.delivers_by(parameters.by, held_until)
            if isinstance(due, Reply):
                reply = due
            else:
                deliver_by = due
        if self.decide(reply):
            self._accepted = Envelope(
                reverse_path,
                (),
                parameters.size,
                identifier=parameters.identifier,
                returned=parameters.returned,
                requires_tls=parameters.requires_tls,
                held_until=held_until,
                is_binary=parameters.body is Body.BINARY,
                deliver_by=deliver_by,
            )
            self._excess_recipients = 0
            self.stage = Stage.SENDER
        else:
            self.speaks_utf8 = False

    @syntax("RCPT TO:<address> [NOTIFY=SUCCESS,FAILURE,DELAY] [ORCPT=type;xtext]")
    async def smtp_RCPT(self, arg: str | None) -> None:
        """Add a recipient, if it is accepted."""
        recipient, wish = parse_rcpt(arg or "", self.speaks_utf8, self.hostname)
        accepted = self._accepted
        if any(known.key == recipient.key for known in accepted.recipients):
            self.say(replies.RECIPIENT_OK)  # twice the same is once: nobody gets a letter in two copies
            return
        sender = self._sender
        if len(accepted.recipients) >= sender.most_recipients:
            # RFC 5321 §4.5.3.1.10: 452, and those accepted so far stay. No mistake: clients learn it so.
            self._excess_recipients += 1
            self.say(replies.TOO_MANY_RECIPIENTS)
            if self._excess_recipients > self.limits.excess_recipients:
                self.dismiss(replies.TOO_MANY_ERRORS)
            return
        if self.decide(await sender.accepts_recipient(accepted, recipient)):
            self._accepted = accepted.with_recipient(recipient, wish)
            self.stage = Stage.BINARY if accepted.is_binary else Stage.RECIPIENTS

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        """Take the message in, and answer for it."""
        if arg:
            raise CommandSyntaxError(replies.NO_ARGUMENT_EXPECTED)
        message = self.begin_message()
        self.message_since = self.loop.time()
        try:
            self.write(replies.SEND_DATA)
            receiver = await self.receive(message.feed)
        except BaseException:
            message.abandon()
            raise
        if not receiver.done.result():
            message.abandon()
            self.dismiss(replies.MESSAGE_TOO_LARGE)
        if receiver.failure is not None:
            message.abandon()
            self.say(reply_to_misfortune(receiver.failure, "DATA"))
            self._set_rset_state()
        else:
            await self.answer_for(message, "DATA")

    def begin_message(self) -> Message:
        """A message of the accepted envelope. RFC 6531 §4.3: ESMTP is UTF8SMTP where SMTPUTF8 was said."""
        word = self.trace_word
        if self.speaks_utf8:
            word = "UTF8" + word.removeprefix("E")
        return self._sender.begin(self._accepted, word)

    async def answer_for(self, message: Message, verb: str) -> None:
        """It has come whole: submit it, say what became of it, and be ready for another."""
        self.message_since = None
        if self.decide(await self._submit(message, verb)):
            self.forgive()
        self._set_rset_state()

    @property
    def _sender(self) -> Sender:
        assert self.sender is not None  # noqa: S101 (smtp.order lets nobody come here before MAIL)
        return self.sender

    def _set_rset_state(self) -> None:
        super()._set_rset_state()
        self._accepted = _NOBODY
        self.message_since = None

    async def _is_there_room(self) -> bool:
        """Whether one more message may be submitted, now or after a little patience."""
        room = self.terms.room
        if not room.locked():
            return True
        await self.flush()  # what came before must not wait with us
        try:
            async with asyncio.timeout(self.limits.patience), room:
                return True
        except TimeoutError:
            _log.warning("store_slow", submissions=len(self.terms.submissions))
            return False

    async def _submit(self, message: Message, verb: str) -> Reply:
        """The reply to the final dot. The submission is a task of its own, which outlives ours."""
        try:
            await self.terms.room.acquire()
        except BaseException:
            message.abandon()
            raise
        task = self.loop.create_task(_submitted(message, verb))
        self.terms.submissions.add(task)
        task.add_done_callback(self._submission_ended)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            _log.info("client_left_before_the_reply", peer=self.peer)
            raise

    def _submission_ended(self, task: "asyncio.Task[Reply]") -> None:
        self.terms.submissions.discard(task)
        self.terms.room.release()


async def _submitted(message: Message, verb: str) -> Reply:
    try:
        return (await message.submit()).reply
    except Exception as error:  # the third family
        message.abandon()
        return reply_to_misfortune(error, verb)
