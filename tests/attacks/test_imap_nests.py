"""Parentheses, NOT and OR by the thousand: refused, or answered, in bounded memory. RFC 9051 §9."""

import pytest
from tests.support.attacked import memory_within, unharmed
from tests.support.builders import DOCTOR
from tests.support.imap_door import OpenDoor

MEBIBYTE = 2**20
DEEP = 20_000


@pytest.mark.parametrize(
    "command",
    [
        "SEARCH " + "(" * DEEP + "ALL" + ")" * DEEP,
        "SEARCH " + "NOT " * (DEEP // 2) + "ALL",
        "SEARCH " + "OR " * DEEP + "ALL",
        "SEARCH " + "OR (" * (DEEP // 2) + "ALL",
        "UID SEARCH RETURN (" + "(" * DEEP,
        "FETCH 1 " + "(" * DEEP + "FLAGS" + ")" * DEEP,
        "FETCH 1 (BODY.PEEK[HEADER.FIELDS " + "(" * DEEP,
        "FETCH 1 BODY[" + "[" * DEEP,
        "FETCH 1 BODY[" + "1." * DEEP + "1",
        "STORE 1 FLAGS " + "(" * DEEP,
        "SORT " + "(" * DEEP,
        "SORT (" + "REVERSE " * (DEEP // 4) + ") UTF-8 ALL",
        "THREAD REFERENCES UTF-8 " + "(" * DEEP,
        "LIST " + "(" * DEEP,
        'LIST "" ' + "(" * DEEP,
        'LIST (SUBSCRIBED) "" ("*") RETURN ' + "(" * DEEP,
        "STATUS INBOX " + "(" * DEEP,
        "SELECT INBOX " + "(" * DEEP,
        "ID " + "(" * DEEP,
        "CREATE x (USE " + "(" * DEEP,
        "APPEND INBOX " + "(" * DEEP,
    ],
    ids=lambda command: command[:24],
)
async def test_a_nest_is_refused_and_costs_its_own_size(opened: OpenDoor, command: str) -> None:
    async with opened.client(signed_in=DOCTOR) as client, opened.client(signed_in=DOCTOR) as other:
        await client.append("INBOX", b"Subject: x\r\n\r\nx\r\n")
        await client.ask("SELECT INBOX")
        with memory_within(4 * MEBIBYTE):
            answer = await client.ask(command)
            await unharmed(other)
        assert b" BAD " in answer[-1]
        assert (await client.ask("NOOP"))[-1].endswith(b" OK Completed\r\n")


async def test_what_is_wide_and_not_deep_is_answered(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.ask("SELECT INBOX")
        wide = ["OR ALL " * 2_400 + "ALL", "(" + "ALL " * 4_900 + "ALL)", "SEEN " * 4_900 + "ALL"]
        for keys in wide:
            assert (await client.ask(f"SEARCH {keys}"))[0] == b"* SEARCH\r\n"
        assert b" BAD " in (await client.ask("SEARCH " + "ALL " * 15_000 + "ALL"))[-1]


async def test_patterns_of_stars_cost_no_more_than_letters(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client, opened.client(signed_in=DOCTOR) as other:
        assert b" OK " in (await client.ask("CREATE " + "/".join(["a" * 20] * 12)))[-1]
        for pattern in ("*a" * 500, "%/" * 499, "*%" * 499 + "b", "*a%" * 333):
            assert (await client.ask(f'LIST "" "{pattern}"'))[-1].endswith(b" OK LIST completed\r\n")
            assert (await client.ask(f'LSUB "" "{pattern}"'))[-1].endswith(b" OK LSUB completed\r\n")
            await unharmed(other)
