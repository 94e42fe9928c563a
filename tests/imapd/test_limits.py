"""What an account or a door cannot take is refused with its code, and nothing is half done."""

from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path

from tests.support.builders import CITIZEN, DOCTOR
from tests.support.imap_door import MAX_MESSAGE, PASSWORD, Client, OpenDoor, an_open_door

from vaguemestre.imapd.limits import ImapLimits
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.mailbox import keyword_room
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.service.accounts.keeping import AccountRequest

LETTER = b"Subject: x\r\n\r\nx\r\n"
WITHDRAWN = b"* BYE [EXPIRED] The password of this session is not good any more\r\n"


async def test_a_message_over_the_limit_is_refused_before_it_comes(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.say(b"a APPEND INBOX {%d}\r\n" % (MAX_MESSAGE + 1))
        assert (await client.line()).startswith(b"a NO [TOOBIG] ")
        assert b" OK " in await client.append("INBOX", LETTER)


async def test_keywords_past_the_last_bit_are_refused_and_the_client_is_told_so(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.append("INBOX", LETTER)
        await client.ask("SELECT INBOX")
        words = " ".join(f"k{number}" for number in range(keyword_room(())))
        told = await client.ask(f"STORE 1 +FLAGS ({words})")
        assert b" OK " in told[-1]
        assert b"\\*" not in b"".join(told)
        assert (await client.ask("STORE 1 +FLAGS (more)"))[-1].startswith(b"t5 NO [LIMIT] ")
        assert (await client.ask("STORE 1 -FLAGS (more k1)"))[-1].startswith(b"t6 OK ")


async def test_too_many_connections_of_one_address_are_told_to_come_back(tmp_path: Path) -> None:
    limits = replace(ImapLimits(), connections_per_address=2)
    async with (
        an_open_door(tmp_path, limits=limits) as opened,
        opened.client(signed_in=DOCTOR),
        opened.client() as second,
        opened.client() as third,
    ):
        assert (await second.line()).startswith(b"* OK ")
        assert (await third.rest()).startswith(b"* BYE [UNAVAILABLE] ")
        await second.ask("LOGOUT")
        assert await second.rest() == b""
        async with opened.client(signed_in=DOCTOR):
            assert opened.door.connected == 2


async def test_a_store_that_is_gone_is_unavailable_and_the_connection_goes_on(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.ask("SELECT INBOX")
        await opened.world.store.close()
        assert (await client.ask("STATUS INBOX (MESSAGES)"))[-1].startswith(b"t3 NO [UNAVAILABLE] ")
        assert (await client.ask("CAPABILITY"))[-1] == b"t4 OK CAPABILITY completed\r\n"


async def test_an_account_that_is_full_takes_no_more_but_lets_messages_move(opened: OpenDoor) -> None:
    address = "etroit@cabinet.mssante.fr"
    request = AccountRequest(parse_address(address), BalKind.PER, password=PASSWORD, quota=2 * len(LETTER))
    await opened.world.accounts.add(request, "test")
    async with opened.client(signed_in=address) as client:
        assert b" OK " in await client.append("INBOX", LETTER)
        assert b" OK " in await client.append("INBOX", LETTER)
        await client.say(b"a APPEND INBOX {%d}\r\n" % len(LETTER))
        assert (await client.line()).startswith(b"a NO [OVERQUOTA] ")
        await client.ask("SELECT INBOX")
        assert (await client.ask("COPY 1 Trash"))[-1].startswith(b"t5 NO [OVERQUOTA] ")
        assert b" OK " in (await client.ask("MOVE 1 Trash"))[-1]
        assert b'* QUOTA "" (STORAGE 1 1)\r\n' in await client.ask('GETQUOTA ""')
        assert (await client.ask("GETQUOTAROOT Trash"))[:-1] == [
            b'* QUOTAROOT Trash ""\r\n',
            b'* QUOTA "" (STORAGE 1 1)\r\n',
        ]


async def test_sessions_end_when_their_account_is_suspended_and_others_go_on(opened: OpenDoor) -> None:
    async with (
        opened.client(tls=True, signed_in=DOCTOR) as idle,
        opened.client(signed_in=DOCTOR) as quiet,
        opened.client(signed_in=CITIZEN) as other,
    ):
        await idle.ask("SELECT INBOX")
        await idle.say(b"i IDLE\r\n")
        assert await idle.line() == b"+ idling\r\n"
        await opened.door.expel()
        assert (await quiet.ask("NOOP"))[-1].endswith(b" OK Completed\r\n")
        await opened.world.change(opened.doctor, ProfileAct.SUSPEND)
        await opened.door.expel()
        for client in (idle, quiet):
            assert await client.rest() == b"* BYE This account is not active any more\r\n"
        assert (await other.ask("NOOP"))[-1].endswith(b" OK Completed\r\n")


async def a_session_by(opened: OpenDoor, sessions: AsyncExitStack, password: str) -> Client:
    client = await sessions.enter_async_context(opened.client(tls=True))
    await client.line()
    assert b" OK " in (await client.ask(f'LOGIN {DOCTOR} "{password}"'))[-1]
    return client


async def is_over(client: Client) -> bool:
    with suppress(ConnectionError):  # what was said before the end is read all the same
        await client.say(b"n NOOP\r\n")
    said = await client.line()
    assert said in {WITHDRAWN, b"n OK Completed\r\n"}, said
    return said == WITHDRAWN


async def test_a_lost_telephone_does_not_go_on_reading_where_it_is_connected(opened: OpenDoor) -> None:
    devices = opened.world.devices
    lost = await devices.add(opened.doctor.address, "perdu", "test")
    kept = await devices.add(opened.doctor.address, "garde", "test")
    async with AsyncExitStack() as stack:
        sessions = [await a_session_by(opened, stack, password) for password in (lost, kept, PASSWORD)]
        await opened.door.expel()
        assert [await is_over(one) for one in sessions] == [False, False, False]
        await devices.remove(opened.doctor.address, "perdu", "test")
        opened.world.clock.pass_(seconds=1)
        await devices.add(opened.doctor.address, "perdu", "test")  # one of the same name is another
        await opened.door.expel()
        assert [await is_over(one) for one in sessions] == [True, False, False]


async def test_a_replaced_password_ends_the_sessions_it_opened(opened: OpenDoor) -> None:
    kept = await opened.world.devices.add(opened.doctor.address, "garde", "test")
    async with AsyncExitStack() as stack:
        sessions = [await a_session_by(opened, stack, password) for password in (kept, PASSWORD)]
        opened.world.clock.pass_(seconds=1)
        await opened.world.accounts.set_password(opened.doctor.address, "another, and a long one", "test")
        await opened.door.expel()
        assert [await is_over(one) for one in sessions] == [False, True]
