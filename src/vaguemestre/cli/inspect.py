"""``vaguemestre inspect``: look at a mailbox, its holder being told. domain.md §2; RFC 5322 §2.1.

Without a reason only counts, dates and sizes are shown. The octets of one message go to standard output
exactly as they were received, so that they can be saved to a file.
"""

import sys
from typing import Annotated

import typer

from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.operation import (
    AddressArgument,
    AsJson,
    Config,
    address_of,
    operate,
    operator,
    settings_of,
)
from vaguemestre.cli.output import Value, masked, moment, octets, plain, print_json, print_table
from vaguemestre.mail.mailbox import Uid
from vaguemestre.service.access.inspection import Overview
from vaguemestre.services import Services


def inspect(
    context: typer.Context,
    address: AddressArgument,
    reason: Annotated[
        str | None, typer.Option(help="Why its content must be read; the holder sees it.", show_default=False)
    ] = None,
    content: Annotated[
        int | None, typer.Option(metavar="UID", help="Print this message of INBOX.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show a mailbox: metadata, or with a reason one message. Its holder is told in his mailbox."""
    parsed = address_of(address)
    if content is None:
        if reason is not None:
            sentence = "A reason goes with --content UID; metadata needs none."
            raise CommandFailed(sentence, ExitStatus.USAGE)
        overview = operate(
            settings_of(context, config), lambda services: services.inspection.overview(parsed, operator())
        )
        _print_overview(overview, as_json)
        return
    if reason is None or not reason.strip():
        raise CommandFailed("Reading a message needs --reason TEXT: its holder will see it.")
    why, uid = reason, Uid(content)

    async def read(services: Services) -> bytes:
        if services.break_glass.warrants.terms.needs_second:
            raise CommandFailed("Reading a message needs a second operator here: ask in the console.")
        return await services.inspection.content(parsed, uid, operator(), why)

    message = operate(settings_of(context, config), read)
    sys.stdout.flush()
    sys.stdout.buffer.write(message)


def _print_overview(overview: Overview, as_json: bool) -> None:
    if as_json:
        print_json(_json(overview))
        return
    bal = overview.bal
    print_table(
        f"{masked(bal.address)}, {bal.kind}, {bal.state}, {octets(bal.used)}",
        ("mailbox", "messages", "unseen", "size"),
        (
            (mailbox.name, str(counts.messages), str(counts.unseen), octets(counts.size))
            for mailbox, counts in overview.mailboxes
        ),
    )
    print_table(
        "INBOX",
        ("UID", "received", "size", "conversation", "goes", "because of"),
        (
            (
                str(message.uid),
                moment(message.internal_date),
                octets(message.size),
                str(message.conversation or ""),
                moment(message.goes.at if message.goes is not None else None),
                message.goes.reason if message.goes is not None else "",
            )
            for message in overview.inbox
        ),
    )
    print_table(
        "Journal, the latest first",
        ("at", "who", "what"),
        ((moment(entry.at), entry.actor, entry.event) for entry in overview.journal),
    )


def _json(overview: Overview) -> Value:
    return {
        "address": plain(overview.bal.address),
        "kind": plain(overview.bal.kind),
        "state": plain(overview.bal.state),
        "mailboxes": [
            {"name": box.name, "messages": counts.messages, "unseen": counts.unseen, "size": counts.size}
            for box, counts in overview.mailboxes
        ],
        "inbox": [
            {
                "uid": message.uid,
                "size": message.size,
                "received_at": plain(message.internal_date),
                "conversation": message.conversation,
                "goes_at": None if message.goes is None else plain(message.goes.at),
                "goes_because_of": None if message.goes is None else plain(message.goes.reason),
            }
            for message in overview.inbox
        ],
        "conversations": [
            {
                "conversation": pair.conversation,
                "professional": plain(pair.professional),
                "open": pair.closed_at is None,
            }
            for pair in overview.conversations
        ],
        "journal": [
            {"at": plain(entry.at), "actor": entry.actor, "event": entry.event, "detail": dict(entry.detail)}
            for entry in overview.journal
        ],
    }
