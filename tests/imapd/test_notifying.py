"""Clients that gave NOTIFY: what they know without asking is what there is, whatever happens. RFC 5465.

How it looks on the line is in the transcripts.
"""

import asyncio
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.builders import DOCTOR
from tests.support.imap_door import PATIENCE, Client, OpenDoor

Known = tuple[dict[bytes, bool], dict[bytes, tuple[int, int, int]]]
"""Which mailboxes there are and which are subscribed; MESSAGES, UIDNEXT and HIGHESTMODSEQ of each."""

FETCHING = "(selected (MessageNew (BODY.PEEK[]) MessageExpunge)) (personal (MailboxName))"

LETTER = b"Subject: x\r\n\r\nx\r\n"
LARGE = b"Subject: Radiographie\r\n\r\n" + b"0123456789abcdef" * 50_000
_LIST = re.compile(rb'\* LIST \(([^)]*)\) "/" (\S+)(?: \("OLDNAME" \((\S+)\)\))?\r\n')
_STATUS = re.compile(
    rb"\* STATUS (\S+) \(MESSAGES (\d+) UIDNEXT (\d+) UIDVALIDITY \d+ HIGHESTMODSEQ (\d+)\)\r\n"
)


class Watcher:
    """Knows the mailboxes of the account as it is told of them, and by nothing else."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.known: dict[bytes, bool] = {}
        self.counts: dict[bytes, tuple[int, int, int]] = {}

    async def listen(
        self, what_there_is: "tuple[dict[bytes, bool], dict[bytes, tuple[int, int, int]]]"
    ) -> None:
        """Until it knows what there is."""
        while (self.known, self.counts) != what_there_is:
            self.note(await self.client.line())

    def note(self, line: bytes) -> None:
        if found := _STATUS.fullmatch(line):
            self.counts[found[1]] = (int(found[2]), int(found[3]), int(found[4]))
            return
        found = _LIST.fullmatch(line)
        assert found is not None, line
        attributes, name, old_name = found[1].split(), found[2], found[3]
        if b"\\NonExistent" in attributes:
            del self.known[name]
            self.counts.pop(name, None)
            return
        if old_name is not None:
            del self.known[old_name]
            self.counts[name] = self.counts.pop(old_name)
        self.known[name] = b"\\Subscribed" in attributes
        self.counts.setdefault(name, (0, 1, 1))


async def what_there_is(client: Client) -> Known:
    """Asked for."""
    asked = 'LIST "" * RETURN (SUBSCRIBED STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ))'
    asking = Watcher(client)
    for line in (await client.ask(asked))[:-1]:
        line = line.replace(b'"Conversations closes"', b"Closes")
        if b"FLAGS" not in line and b"EXISTS" not in line:
            asking.note(line)
    return asking.known, asking.counts


STEPS = [
    "APPEND INBOX {17+}\r\n" + LETTER.decode(),
    "CREATE Un/Deux",
    "APPEND Un/Deux (\\Seen) {17+}\r\n" + LETTER.decode(),
    "RENAME Un Trois",
    "RENAME Trois/Deux Quatre",
    "UNSUBSCRIBE Quatre",
    "RENAME Quatre Trois/Cinq",
    "SUBSCRIBE Trois/Cinq",
    "UNSUBSCRIBE Sent",
    "SELECT INBOX",
    "STORE 1 +FLAGS (\\Deleted)",
    "COPY 1 Trois",
    "MOVE 1 Trois/Cinq",
    "SELECT Trois/Cinq",
    "STORE 1:* +FLAGS (\\Deleted)",
    "EXPUNGE",
    "UNSELECT",
    "DELETE Trois/Cinq",
    "DELETE Trois",
    "CREATE Trois",
    "RENAME INBOX Vieux",
]


async def test_whoever_watches_knows_names_and_counts_after_each_step(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as one, opened.client(signed_in=DOCTOR) as other:
        watcher = Watcher(one)
        watcher.known, watcher.counts = await what_there_is(other)
        events = "MailboxName SubscriptionChange MessageNew MessageExpunge FlagChange"
        await one.ask(f"NOTIFY SET (personal ({events}))")
        for step in STEPS:
            assert b" OK " in (await other.ask(step))[-1]
            await watcher.listen(await what_there_is(other))


async def test_what_happened_while_a_client_did_not_listen_it_is_told_at_once(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as one, opened.client(signed_in=DOCTOR) as other:
        await one.ask("NOTIFY SET (subtree Dossiers (MailboxName MessageNew MessageExpunge))")
        for number in range(20):
            await other.ask(f"CREATE Dossiers/{number}")
            assert b" OK " in await other.append(f"Dossiers/{number}", LETTER)
            await other.ask(f"DELETE Dossiers/{number}")
        await other.ask("DELETE Dossiers")
        names = set()
        while b"\\NonExistent" not in (line := await one.line()) or b" Dossiers\r\n" not in line:
            found = re.search(rb"Dossiers\S*", line)
            assert found is not None
            names.add(found[0])
        assert names <= {b"Dossiers", *(b"Dossiers/%d" % number for number in range(20))}


async def test_a_client_that_reads_nothing_holds_up_nobody(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as greedy, opened.client(signed_in=DOCTOR) as other:
        await greedy.ask("SELECT INBOX")
        await greedy.ask(f"NOTIFY SET {FETCHING}")
        async with asyncio.timeout(10 * PATIENCE):
            while opened.door.connected > 1:  # until it is seen to have stopped reading, then is hung up on
                assert b" OK " in await other.append("INBOX", LARGE)
                opened.door.check(asyncio.get_running_loop().time() + 600)
        assert b" OK " in (await other.ask("NOOP"))[-1]
        assert opened.mailboxes.open_count == 0
        assert opened.mailboxes.watched_count == 0


async def test_expunges_wait_for_their_moment_and_are_vanished_then(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as one, opened.client(signed_in=DOCTOR) as other:
        for _ in range(3):
            await other.append("INBOX", LETTER)
        await one.ask("ENABLE QRESYNC")
        for client in (one, other):
            await client.ask("SELECT INBOX")
        await one.ask("NOTIFY SET (selected-delayed (MessageNew MessageExpunge))")
        await other.ask("STORE 2 +FLAGS (\\Deleted)")
        await other.ask("EXPUNGE")
        assert b"\\Deleted" in (await one.ask("FETCH 2 (FLAGS)"))[0]
        assert (await one.ask("NOOP"))[0] == b"* VANISHED 2\r\n"
        await one.ask("NOTIFY SET (selected (MessageNew MessageExpunge))")
        await other.ask("STORE 1 +FLAGS (\\Deleted)")
        await other.ask("EXPUNGE")
        assert await one.line() == b"* VANISHED 1\r\n"


async def test_what_a_client_did_itself_it_is_told_whatever_it_wants(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        for _ in range(2):
            await client.append("INBOX", LETTER)
        await client.ask("SELECT INBOX")
        await client.ask("NOTIFY NONE")
        assert (await client.ask("STORE 1 +FLAGS (\\Deleted)"))[0] == b"* 1 FETCH (FLAGS (\\Deleted))\r\n"
        assert b"* 2 FETCH (FLAGS (\\Seen))\r\n" in await client.ask("FETCH 2 BODY[TEXT]")
        assert (await client.ask("EXPUNGE"))[0] == b"* 1 EXPUNGE\r\n"


async def test_too_many_names_are_refused_and_what_was_watched_still_is(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as one, opened.client(signed_in=DOCTOR) as other:
        await one.ask("NOTIFY SET (inboxes (MessageNew MessageExpunge))")
        names = " ".join(f"n{number}" for number in range(1_001))
        refused = (await one.ask(f"NOTIFY SET (mailboxes ({names}) (MessageNew MessageExpunge))"))[-1]
        assert b" NO [NOTIFICATIONOVERFLOW] " in refused
        await other.append("INBOX", LETTER)
        assert (await one.line()).startswith(b"* STATUS INBOX (MESSAGES 1 ")


async def test_what_cannot_be_told_ends_the_telling_and_is_said(opened: OpenDoor, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "messages.db")) as database:
        # A disk that lies: no message opens any more.
        database.execute(
            "CREATE TRIGGER lies AFTER INSERT ON octets BEGIN"
            " UPDATE octets SET octets = zeroblob(100) WHERE body = NEW.body; END"
        )
        database.commit()
    async with opened.client(signed_in=DOCTOR) as one, opened.client(signed_in=DOCTOR) as other:
        await one.ask("SELECT INBOX")
        await one.ask(f"NOTIFY SET {FETCHING}")
        await other.append("INBOX", LETTER)
        assert await one.line() == b"* 1 EXISTS\r\n"
        assert (await one.line()).startswith(b"* OK [NOTIFICATIONOVERFLOW] ")
        await other.ask("CREATE Dossier")
        await other.append("INBOX", LETTER)
        assert await one.ask("NOOP") == [b"t4 OK Completed\r\n"]
        assert opened.mailboxes.watched_count == 0


async def test_nobody_watches_once_all_have_left(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as one, opened.client(signed_in=DOCTOR) as other:
        for client in (one, other):
            await client.ask("NOTIFY SET (personal (MailboxName))")
        assert opened.mailboxes.watched_count == 1
        await one.ask("NOTIFY NONE")
        assert opened.mailboxes.watched_count == 1
        await other.ask("NOTIFY SET (selected (MessageNew MessageExpunge))")
        assert opened.mailboxes.watched_count == 0
