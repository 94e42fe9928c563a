"""A password said in clear, or a message without any. RFC 4954 §4, RFC 3207 §4."""

import pytest
from tests.support.smtp_door import AUTH, an_open_door

from vaguemestre.net.loopback import is_loopback
from vaguemestre.smtp import replies
from vaguemestre.smtp.replies import encode_reply


@pytest.mark.parametrize("command", [AUTH, b"AUTH PLAIN\r\n", b"AUTH LOGIN\r\n", b"AUTH XOAUTH2 x\r\n"])
async def test_nobody_is_asked_for_a_password_in_clear(command: bytes) -> None:
    async with an_open_door(require_tls=True) as opened, opened.client() as client:
        await client.reply()
        assert b"AUTH" not in await client.ask(b"EHLO pc\r\n")
        assert (await client.ask(command)).startswith(b"538-5.7.11 ")
        assert not opened.porter.asked


async def test_a_message_sent_ahead_of_the_sign_in_goes_nowhere() -> None:
    async with an_open_door(require_tls=True) as opened, opened.client(tls=True) as client:
        await client.say(
            b"EHLO pc\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\nSubject: x\r\n.\r\nQUIT\r\n"
        )
        said = await client.rest()
        assert said.count(encode_reply(replies.SIGN_IN_REQUIRED)) == 3
        assert not opened.letterbox.begun


def test_a_session_in_clear_offers_no_sign_in_to_another_machine() -> None:
    # No other machine is at hand, so the door's own judgement of addresses is asked.
    assert all(map(is_loopback, ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"]))
    assert not any(
        map(is_loopback, ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "fe80::1%lo", "", "localhost"])
    )
