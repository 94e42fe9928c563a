"""The two last steps: what is forgotten, and who has looked. domain.md §2, §3."""

import sqlite3
from contextlib import closing
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern

from rich.table import Table

from vaguemestre.cli.demo.people import CITIZEN, DOCTOR, Letter
from vaguemestre.cli.demo.stage import Stage
from vaguemestre.cli.demo.transcript import Said
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.mailbox import ACCESS_HISTORY, INBOX, Uid
from vaguemestre.service.access.inspection import InspectionRefused, Overview
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.ports.vault import KeyDestroyedError, SealedBody
from vaguemestre.store.open import open_store

_OPERATOR = "admin.demo"
_STEP = 500  # messages an expiry step takes at most


async def forgetting(stage: Stage) -> None:
    """The clock passes the retention: gone from IMAP, and not to be opened from a backup either."""
    script, services = stage.transcript, stage.app.services
    backup = stage.folder / "backup-of-the-day-before.db"
    with (
        closing(sqlite3.connect(stage.folder / "vaguemestre.db")) as live,
        closing(sqlite3.connect(backup)) as copy,
    ):
        live.backup(copy)
    old = await open_store(f"sqlite:///{backup}")
    try:
        bodies = await old.read(_bodies_of_citizen)
        first = b"".join([piece async for piece in services.vault.open_octets(bodies[0])])
        script.expect(bool(first), "the backup to open before the retention has passed")
        while await services.closing_notices.run_once(_STEP) >= _STEP:
            pass  # what is still to be said of closings is said then, not three months later
        stage.clock.come_to_the_present()
        gone, keys = 0, 0
        while (done := await services.expiry.step(_STEP)).messages:
            gone, keys = gone + done.messages, keys + done.keys
        script.expect(gone > 0 and keys > 0, "messages and keys to go")
        async with stage.reader(CITIZEN) as citizen:
            script.expect(await citizen.select() == 0, "an empty INBOX")
        unreadable = [body for body in bodies if await _is_forgotten(stage, body)]
        script.expect(len(unreadable) == len(bodies), "no octets of the backup to open any more")
    finally:
        await old.close()
    script.proven(
        Said(
            f"{gone} messages gone, {keys} data keys destroyed; the {len(bodies)} sealed messages of "
            "yesterday's backup cannot be opened any more.",
            f"{gone} messages effacés, {keys} clés détruites ; les {len(bodies)} messages scellés de la "
            "sauvegarde de la veille ne peuvent plus être ouverts.",
        )
    )


async def inspection(stage: Stage, letter: Letter) -> None:
    """Metadata by default, content only with a reason; the holder reads it in his own mailbox."""
    script, services = stage.transcript, stage.app.services
    async with stage.submitter(DOCTOR) as doctor:
        await doctor.send(letter, CITIZEN, quiet=True)
    address = parse_address(CITIZEN.address)
    overview = await services.inspection.overview(address, _OPERATOR)
    script.show(_table(overview))
    uid = overview.inbox[0].uid
    try:
        await services.inspection.content(address, Uid(uid), _OPERATOR, "  ")
    except InspectionRefused as refused:
        script.server(str(refused), refused=True)
    else:
        script.expect(False, "content without a reason to be refused")
    octets = await services.inspection.content(address, Uid(uid), _OPERATOR, "ticket 1234")
    script.expect(octets.endswith(letter.octets), "the content, once a reason is given")
    async with stage.reader(CITIZEN) as citizen:
        script.expect(await citizen.select() == 2, "the letter and a notice that content was read")
        script.expect(await citizen.select(ACCESS_HISTORY) == 2, "both accesses in their history")
        notices = [await citizen.fetch(number) for number in (1, 2)]
    for octets in notices:
        notice = message_from_bytes(octets, EmailMessage, policy=modern)
        body = notice.get_body()
        script.expect(body is not None, "a notice with a text")
        text = "\n".join(body.get_content().split("\r\n")).strip() if body is not None else ""
        french, _, english = text.partition("\n\n")
        script.expect(bool(english), "a notice in French and in English")
        script.proven(Said(" ".join(english.split()), " ".join(french.split())))
    script.expect("ticket 1234" in text, "the reason in the holder's mailbox")


def _bodies_of_citizen(tx: Transaction) -> list[SealedBody]:
    bal = tx.bals.by_address(parse_address(CITIZEN.address))
    inbox = tx.mailboxes.by_name(bal.id, INBOX) if bal is not None else None
    rows = tx.messages.rows(inbox.id) if inbox is not None else []
    return [body for row in rows if (body := tx.messages.body(row.body)) is not None]


async def _is_forgotten(stage: Stage, body: SealedBody) -> bool:
    try:
        async for _ in stage.app.services.vault.open_octets(body):
            return False
    except KeyDestroyedError:
        return True
    return False


def _table(overview: Overview) -> Table:
    table = Table(title=f"inspect {overview.bal.kind} …{overview.bal.address.key[13:]}", title_justify="left")
    for column in ("mailbox", "messages", "unseen", "octets"):
        table.add_column(column, justify="left" if column == "mailbox" else "right")
    for mailbox, counts in overview.mailboxes:
        table.add_row(mailbox.name, str(counts.messages), str(counts.unseen), f"{counts.size:,}")
    open_pairs = sum(pair.closed_at is None for pair in overview.conversations)
    table.caption = f"{len(overview.conversations)} conversations, {open_pairs} open"
    return table
