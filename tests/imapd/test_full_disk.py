"""A disk that fills up while a message comes is our misfortune: a clean NO, and the next one is taken."""

from base64 import encodebytes
from os import urandom

import structlog
from tests.support.builders import DOCTOR
from tests.support.full_disk import no_file_longer_than
from tests.support.imap_door import OpenDoor

LARGE = b"Subject: x\r\n\r\n" + encodebytes(urandom(400_000))  # nothing compresses it below 400 KB


async def test_a_message_that_finds_no_room_is_refused_for_now_and_nothing_is_left(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        with structlog.testing.capture_logs() as logs, no_file_longer_than(128 * 1024):
            answer = await client.append("INBOX", LARGE)
        assert answer == b"t2 NO [UNAVAILABLE] There is no room left on the server: try again later\r\n"
        assert logs == [
            {"command": "APPEND", "error": "OSError", "event": "store_full", "log_level": "error"}
        ]
        assert b" OK [APPENDUID " in await client.append("INBOX", LARGE)
        assert (await client.ask("STATUS INBOX (MESSAGES)"))[0] == b"* STATUS INBOX (MESSAGES 1)\r\n"
