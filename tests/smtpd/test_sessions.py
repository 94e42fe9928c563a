"""Sessions with the door on a small service: what is said, what is kept, and how a session ends."""

import asyncio
import errno
import random
import re
from dataclasses import replace

import pytest
from tests.support.builders import a_professional
from tests.support.letterbox import CLAIRE, Letterbox, Porter
from tests.support.smtp_door import AUTH, HOSTNAME, PATIENCE, an_open_door

from vaguemestre.policy.limits import BOUNDLESS
from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.smtp import replies
from vaguemestre.smtp.replies import encode_reply
from vaguemestre.smtpd.submission_door import SubmissionDoor
from vaguemestre.smtpd.terms import SmtpLimits

ENVELOPE = f"MAIL FROM:<{CLAIRE}>\r\nRCPT TO:<paul@example.org>\r\nDATA\r\n".encode()
LETTER = b"Subject: essai\r\n\r\nBonjour\r\n"


async def test_a_letter_is_kept_as_it_was_sent() -> None:
    async with an_open_door() as opened, opened.client(tls=True) as client:
        await client.sign_in()
        await client.begin_message()
        assert await client.ask(b"Subject: x\r\n\r\n..a\r\n.\r\n") == b"250 2.0.0 Kept as number 1\r\n"
        letter = opened.letterbox.kept[0]
        assert letter.octets == b"Subject: x\r\n\r\n.a\r\n"
        assert letter.protocol == "ESMTPSA"
        assert [str(recipient) for recipient in letter.envelope.recipients] == ["paul@example.org"]
        assert not letter.abandoned.is_set()
        assert opened.porter.asked == [(CLAIRE, "smtp", "127.0.0.1")]


async def test_the_declared_size_and_the_recipients_reach_the_service_in_order() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.ask(f"MAIL FROM:<{CLAIRE}> SIZE=40\r\n".encode())
        for name in (b"b", b"nobody", b"a"):
            await client.ask(b"RCPT TO:<" + name + b"@example.org>\r\n")
        await client.ask(b"DATA\r\n")
        await client.ask(LETTER + b".\r\n")
        letter = opened.letterbox.kept[0]
        assert letter.protocol == "ESMTPA"
        assert letter.envelope.declared_size == 40
        assert [recipient.local for recipient in letter.envelope.recipients] == ["b", "a"]


@pytest.mark.parametrize(("tls", "word"), [(True, "UTF8SMTPSA"), (False, "UTF8SMTPA")])
async def test_the_trace_says_that_addresses_may_have_accents(tls: bool, word: str) -> None:
    async with an_open_door() as opened, opened.client(tls=tls) as client:
        await client.sign_in()
        await client.ask(f"MAIL FROM:<{CLAIRE}> SMTPUTF8\r\n".encode())
        assert (await client.ask("RCPT TO:<élodie@example.org>\r\n".encode())).startswith(b"250 ")
        await client.ask(b"DATA\r\n")
        assert (await client.ask(LETTER + b".\r\n")).startswith(b"250 ")
        await client.begin_message()
        assert (await client.ask(LETTER + b".\r\n")).startswith(b"250 ")
        accented, plain = opened.letterbox.kept
        assert (accented.protocol, plain.protocol) == (word, word.replace("UTF8", "E"))


async def test_a_recipient_named_twice_gets_one_copy() -> None:
    async with an_open_door(letterbox=Letterbox(max_recipients=2)) as opened, opened.client() as client:
        await client.sign_in()
        await client.ask(f"MAIL FROM:<{CLAIRE}>\r\n".encode())
        for name in (b"paul@example.org", b"PAUL@Example.org", b"anne@example.org", b"Paul@example.org"):
            assert (await client.ask(b"RCPT TO:<" + name + b">\r\n")).startswith(b"250 2.1.5 ")
        await client.ask(b"DATA\r\n")
        await client.ask(LETTER + b".\r\n")
        recipients = opened.letterbox.kept[0].envelope.recipients
        assert [str(recipient) for recipient in recipients] == ["paul@example.org", "anne@example.org"]


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_is_said_in_whatever_order_every_reply_has_its_form(seed: int) -> None:
    said = random.Random(seed)  # noqa: S311 (a test's dice)
    pieces = [
        b"EHLO pc", AUTH[:-2], b"AUTH LOGIN", b"AUTH PLAIN", b"*", b"MAIL FROM:<>",
        b"RCPT TO:<a@example.org>", b"RCPT TO:<nobody@example.org>",
        b"DATA", b".", b"RSET", b"NOOP", b"VRFY x", b"HELP", b"", b"\0",
        b"\xff\xfe", b"a\nb", b"a\rb", b"x" * 2000, b"x" * 20_000, b"MAIL FROM:<\xc3\xa9@b.fr> SMTPUTF8",
    ]  # fmt: skip
    lines = [said.choice(pieces) for _ in range(300)]
    limits = SmtpLimits(errors=10**6, idle_commands=10**6)
    async with an_open_door(limits=limits) as opened, opened.client() as client:
        await client.say(b"\r\n".join(lines) + b"\r\n.\r\nQUIT\r\n")
        client.writer.write_eof()
        answer = await client.rest()
    for line in answer.split(b"\r\n")[:-1]:
        assert re.fullmatch(rb"[2345][0-9][0-9][ -][^\x00-\x1f]*", line), line
        assert len(line) <= 510
    assert b"451" not in answer


async def test_replies_to_pipelined_commands_leave_together() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.say(b"NOOP\r\nRSET\r\nNOOP\r\n")
        assert await client.reader.read(2**16) == b"250 2.0.0 OK\r\n" * 3


async def test_ten_messages_go_over_one_connection_all_sent_ahead() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        await client.say((ENVELOPE + LETTER + b".\r\n") * 10 + b"QUIT\r\n")
        said = await client.rest()
        assert said.count(b"250 2.0.0 Kept") == 10
        assert said.endswith(b"221 2.0.0 Goodbye\r\n")
        assert [letter.octets for letter in opened.letterbox.kept] == [LETTER] * 10


async def test_octets_cut_anywhere_make_the_same_letters() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        for octet in ENVELOPE + LETTER + b".\r\n" + b"QUIT\r\n":
            await client.say(bytes([octet]))
        await client.rest()
        assert [letter.octets for letter in opened.letterbox.kept] == [LETTER]


async def test_a_client_that_sends_everything_and_shuts_its_side_is_answered() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.say(b"EHLO pc\r\n" + AUTH + ENVELOPE + LETTER + b".\r\n")
        client.writer.write_eof()
        assert (await client.rest()).endswith(b"250 2.0.0 Kept as number 1\r\n")


async def test_a_client_that_leaves_before_the_reply_has_its_letter_kept() -> None:
    async with an_open_door() as opened, opened.client() as client:
        opened.letterbox.gate.clear()
        await client.sign_in()
        await client.begin_message()
        await client.say(LETTER + b".\r\n")
        await asyncio.wait_for(opened.letterbox.asked_to_submit.wait(), PATIENCE)
        client.leave()
        opened.letterbox.gate.set()
        await asyncio.wait_for(opened.letterbox.letter_kept.wait(), PATIENCE)
        assert opened.letterbox.kept[0].octets == LETTER


@pytest.mark.parametrize(
    ("failure", "reply"),
    [
        (RuntimeError("secret.example"), encode_reply(replies.UNFORESEEN)),
        (StoreBusyError("database is locked"), encode_reply(replies.STORE_BUSY)),
        (
            StoreBusyError("database or disk is full"),
            encode_reply(replies.STORE_FULL),
        ),
        (OSError(errno.ENOSPC, "full"), encode_reply(replies.STORE_FULL)),
    ],
)
async def test_our_misfortune_is_temporary_and_the_session_goes_on(failure: Exception, reply: bytes) -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        opened.letterbox.failure = failure
        await client.begin_message()
        assert await client.ask(LETTER + b".\r\n") == reply
        assert opened.letterbox.begun[0].abandoned.is_set()
        opened.letterbox.failure = None
        await client.begin_message()
        assert (await client.ask(LETTER + b".\r\n")).startswith(b"250 ")


async def test_a_service_that_fails_while_octets_come_is_told_of_after_the_final_dot() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.sign_in()
        opened.letterbox.feeding_fails = OSError(errno.EIO, "broken")
        await client.begin_message()
        await client.say(b"MAIL FROM:<x@example.org>\r\n" * 100)
        assert (await client.ask(b".\r\n")).startswith(b"451-4.3.0 ")
        assert opened.letterbox.begun[0].abandoned.is_set()
        assert await client.ask(b"NOOP\r\n") == b"250 2.0.0 OK\r\n"


@pytest.mark.parametrize("failure", [StoreBusyError("locked"), RuntimeError("secret.example")])
async def test_a_sign_in_that_cannot_be_judged_is_temporary(failure: Exception) -> None:
    async with an_open_door() as opened, opened.client() as client:
        opened.porter.failure = failure
        await client.say(b"EHLO pc\r\n" + AUTH)
        await client.reply()
        await client.reply()
        assert (await client.reply()).startswith(b"454-4.7.0 ")
        assert (await client.ask(b"MAIL FROM:<>\r\n")).startswith(b"530-5.7.0 ")


async def test_too_large_a_message_is_refused_when_it_has_come() -> None:
    async with (
        an_open_door(letterbox=Letterbox(max_message_size=1000)) as opened,
        opened.client() as client,
    ):
        await client.sign_in()
        await client.begin_message()
        assert (await client.ask(b"x" * 1001 + b"\r\n.\r\n")).startswith(b"552 5.3.4 ")
        assert await client.ask(b"NOOP\r\n") == b"250 2.0.0 OK\r\n"


async def test_too_many_errors_end_the_session() -> None:
    async with an_open_door(limits=SmtpLimits(errors=3)) as opened, opened.client() as client:
        await client.reply()
        for _ in range(3):
            assert (await client.ask(b"XYZZY\r\n")).startswith(b"500 ")
        await client.say(b"XYZZY\r\nNOOP\r\n")
        assert await client.rest() == b"".join(
            map(encode_reply, (replies.NOT_RECOGNISED, replies.TOO_MANY_ERRORS))
        )


async def test_an_accepted_message_pays_for_earlier_mistakes() -> None:
    async with (
        an_open_door(limits=SmtpLimits(errors=2, idle_commands=5)) as opened,
        opened.client() as client,
    ):
        await client.sign_in()
        for _ in range(4):
            for command in (b"XYZZY\r\n", b"DATA\r\n", b"NOOP\r\n", b"RSET\r\n"):
                await client.ask(command)
            await client.begin_message()
            assert (await client.ask(LETTER + b".\r\n")).startswith(b"250 ")


async def test_idle_commands_without_end_end_the_session() -> None:
    async with an_open_door(limits=SmtpLimits(idle_commands=5)) as opened, opened.client() as client:
        await client.say(b"NOOP\r\n" * 50)
        assert (await client.rest()).endswith(
            b"421 4.7.0 Too many commands without a message, closing the connection\r\n"
        )


async def test_trying_addresses_one_after_the_other_ends_the_session() -> None:
    async with an_open_door(limits=SmtpLimits(refusals=5)) as opened, opened.client() as client:
        await client.sign_in()
        await client.say(f"MAIL FROM:<{CLAIRE}>\r\n".encode() + b"RCPT TO:<nobody@example.org>\r\n" * 50)
        said = await client.rest()
        assert said.count(b"550 5.1.1 ") == 6
        assert said.endswith(encode_reply(replies.TOO_MANY_ERRORS))


async def test_failed_sign_ins_are_counted() -> None:
    wrong = b"AUTH PLAIN AGFAYi5mcgB3cm9uZw==\r\n"
    async with an_open_door() as opened, opened.client() as client:
        await client.say(b"EHLO pc\r\n" + wrong * 10)
        said = await client.rest()
        assert said.count(b"535 5.7.8 ") == 3
        assert said.endswith(encode_reply(replies.TOO_MANY_SIGN_INS))
        assert len(opened.porter.asked) == 3


@pytest.mark.parametrize("limits", [SmtpLimits(connections=1), SmtpLimits(connections_per_address=1)])
async def test_one_client_too_many_is_told_so(limits: SmtpLimits) -> None:
    async with an_open_door(limits=limits) as opened, opened.client() as first:
        await first.reply()
        async with opened.client() as second:
            assert await second.rest() == encode_reply(replies.TOO_MANY_CONNECTIONS)
        assert await first.ask(b"NOOP\r\n") == b"250 2.0.0 OK\r\n"


async def test_a_door_that_closes_tells_those_who_wait() -> None:
    async with an_open_door() as opened, opened.client() as idle, opened.client(tls=True) as secure:
        await idle.reply()
        await secure.reply()
        await opened.door.close()
        for client in (idle, secure):
            assert await client.rest() == encode_reply(replies.SHUTTING_DOWN)
        with pytest.raises(OSError):  # noqa: PT011 (refused or reset, as the system likes)
            async with opened.client():
                pass


async def test_a_door_that_closes_finishes_what_it_has_begun() -> None:
    async with an_open_door() as opened, opened.client() as client:
        opened.letterbox.gate.clear()
        await client.sign_in()
        await client.begin_message()
        await client.say(LETTER + b".\r\n")
        await asyncio.wait_for(opened.letterbox.asked_to_submit.wait(), PATIENCE)
        closing = asyncio.create_task(opened.door.close())
        opened.letterbox.gate.set()
        assert await client.rest() == b"250 2.0.0 Kept as number 1\r\n" + encode_reply(replies.SHUTTING_DOWN)
        await asyncio.wait_for(closing, PATIENCE)


@pytest.mark.parametrize("tls", [False, True], ids=["in clear", "tls"])
async def test_a_door_that_closes_cuts_a_message_that_does_not_come_and_says_so(tls: bool) -> None:
    async with an_open_door(limits=SmtpLimits(grace=0.05)) as opened, opened.client(tls=tls) as client:
        await client.sign_in()
        await client.begin_message()
        await asyncio.wait_for(opened.door.close(), PATIENCE)
        assert opened.letterbox.begun[0].abandoned.is_set()
        assert not opened.letterbox.kept
        assert await client.rest() == encode_reply(replies.SHUTTING_DOWN)


async def test_tls_may_not_be_required_without_a_certificate() -> None:
    with pytest.raises(ValueError, match="no certificate"):
        SubmissionDoor(Porter(), Letterbox(), None, True, HOSTNAME)
    door = SubmissionDoor(Porter(), Letterbox(), None, False, HOSTNAME)
    with pytest.raises(ValueError, match="certificate"):
        await door.listen("127.0.0.1", 0, implicit_tls=True)
    await door.close()


async def test_an_account_with_enough_connections_signs_in_no_more() -> None:
    letterbox = Letterbox()
    letterbox.allowance = replace(BOUNDLESS, connections=1)
    async with an_open_door(letterbox=letterbox) as opened, opened.client() as first:
        await first.sign_in()
        async with opened.client() as second:
            await second.reply()
            await second.ask(b"EHLO client.example\r\n")
            await second.say(AUTH)
            assert await second.rest() == (encode_reply(replies.ACCOUNT_CONNECTIONS))
        await first.begin_message()


async def test_recipients_beyond_what_the_account_may_are_for_another_message() -> None:
    letterbox = Letterbox()
    letterbox.allowance = replace(BOUNDLESS, recipients=1)
    async with an_open_door(letterbox=letterbox) as opened, opened.client() as client:
        await client.sign_in()
        await client.ask(f"MAIL FROM:<{CLAIRE}>\r\n".encode())
        assert (await client.ask(b"RCPT TO:<one@example.org>\r\n")).startswith(b"250 ")
        assert (await client.ask(b"RCPT TO:<two@example.org>\r\n")).startswith(b"452-4.5.3 ")
        assert (await client.ask(b"DATA\r\n")).startswith(b"354 ")


async def test_a_session_ends_when_its_account_is_not_active_any_more() -> None:
    async with an_open_door() as opened, opened.client(tls=True) as idle, opened.client(tls=True) as busy:
        await idle.sign_in()
        await busy.sign_in()
        await busy.begin_message()
        await opened.door.expel()
        assert (await idle.ask(b"NOOP\r\n")).startswith(b"250 ")
        opened.porter.shut_out = frozenset({a_professional().id})
        await opened.door.expel()
        assert (await idle.rest()).startswith(b"421-4.7.0 Ce compte n'est plus actif")
        await busy.say(b"Subject: x\r\n\r\nx\r\n.\r\n")
        assert b"\r\n421 4.7.0 This account is not active" in await busy.rest()


@pytest.mark.parametrize(("recipients", "said"), [(7, 7), (2**31, 100)])
async def test_how_many_recipients_is_said_to_who_signed_in_as_his_account_has_it(
    recipients: int, said: int
) -> None:
    letterbox = Letterbox()
    letterbox.allowance = replace(BOUNDLESS, recipients=recipients)
    async with an_open_door(letterbox=letterbox) as opened, opened.client() as client:
        await client.reply()
        assert b"LIMITS" not in await client.ask(b"EHLO pc\r\n")
        await client.ask(AUTH)
        assert b"\r\n250-LIMITS RCPTMAX=%d\r\n" % said in await client.ask(b"EHLO pc\r\n")
        await client.ask(f"MAIL FROM:<{CLAIRE}>\r\n".encode())
        for number in range(said):
            reply = await client.ask(b"RCPT TO:<r%d@example.org>\r\n" % number)
            assert reply.startswith(b"250 "), reply
        assert (await client.ask(b"RCPT TO:<one.more@example.org>\r\n")).startswith(b"452-4.5.3 ")
