"""``vaguemestre trace``: the whole story of a message, without a word of it. domain.md §3."""

from typing import Annotated

import typer

from vaguemestre.app import Services
from vaguemestre.cli.failures import CommandFailed
from vaguemestre.cli.operation import AsJson, Config, ShowIns, operate, settings_of
from vaguemestre.cli.output import Value, masked, moment, plain, print_json, print_table
from vaguemestre.mail.fate import Fate, FateState, SubmissionTrace

_COLUMNS = ("accepted", "queue id", "sender", "recipient", "state", "since", "why", "TLS")


def trace(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A Message-ID, or a queue id.", show_default=False)
    ],
    as_json: AsJson = False,
    show_ins: ShowIns = False,
    config: Config = None,
) -> None:
    """Tell what became of a message: who sent it when, and for each recipient whether it was read."""

    async def work(services: Services) -> list[SubmissionTrace]:
        return list(await services.tracing.trace(name))

    found = operate(settings_of(context, config), work)
    if as_json:
        print_json([_json(one) for one in found])
        return
    if not found:
        raise CommandFailed(
            "No message of that name was accepted here in the last year. A Message-ID stands in the header "
            "of the message; a queue id in the reply to it: Accepted as …"
        )
    rows = (
        (
            moment(one.accepted_at),
            one.queue_id,
            _sender(one, show_ins),
            masked(fate.recipient, show_ins),
            _state(one, fate),
            moment(fate.at),
            fate.reason,
            one.tls.value,
        )
        for one in found
        for fate in one.fates
    )
    print_table("Trace", _COLUMNS, rows)


def _sender(found: SubmissionTrace, show_ins: bool) -> str:
    sender = masked(found.sender_address, show_ins)
    if found.actor_address is None:
        return sender
    return f"{masked(found.actor_address, show_ins)} for {sender}"


def _state(one: SubmissionTrace, fate: Fate) -> str:
    if fate.state is FateState.HELD:
        return f"held until {moment(one.release_at)}"
    return fate.state.value


def _json(found: SubmissionTrace) -> dict[str, Value]:
    return {
        "queue_id": found.queue_id,
        "sender": plain(found.sender_address),
        "sent_by": plain(found.actor_address or found.sender_address),
        "accepted_at": plain(found.accepted_at),
        "tls": plain(found.tls),
        "release_at": plain(found.release_at),
        "recipients": [
            {
                "recipient": plain(fate.recipient),
                "state": fate.state.value,
                "at": plain(fate.at),
                "status": fate.status,
                "reason": fate.reason,
                "reason_french": fate.reason_french,
            }
            for fate in found.fates
        ],
    }
