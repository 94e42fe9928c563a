"""``vaguemestre held``: messages that wait to be released, never what they say. RFC 4865; domain.md §3."""

from typing import Annotated

import typer

from vaguemestre.cli.operation import AsJson, Config, ShowIns, address_of, operate, operator, settings_of
from vaguemestre.cli.output import Value, counted, masked, moment, plain, print_json, print_table, say
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.held import Held
from vaguemestre.service.held.releasing import Released
from vaguemestre.services import Services

commands = typer.Typer(
    name="held",
    help="Messages sent for later that wait: list, show, cancel, release.",
    no_args_is_help=True,
)

QueueId = Annotated[str, typer.Argument(metavar="QUEUE-ID", help="As listed.", show_default=False)]

_COLUMNS = ("queue id", "sender", "recipients", "accepted", "released at")
_RECIPIENT_COLUMNS = ("queue id", "sender", "recipient", "accepted", "released at", "tried again at", "TLS")


@commands.command("list")
def list_(
    context: typer.Context,
    address: Annotated[
        str | None, typer.Argument(metavar="[ADDRESS]", help="Only this account's.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    show_ins: ShowIns = False,
    config: Config = None,
) -> None:
    """List what waits, the next to be released first."""
    parsed = address_of(address) if address is not None else None

    async def work(services: Services) -> list[tuple[Held, Bal]]:
        return await services.held.waiting(parsed)

    found = operate(settings_of(context, config), work)
    if as_json:
        print_json([_json(held, sender) for held, sender in found])
        return
    rows = (
        (
            held.queue_id,
            masked(sender.address, show_ins),
            str(len(held.envelope.recipients)),
            moment(held.accepted_at),
            moment(held.release_at),
        )
        for held, sender in found
    )
    print_table("Held messages", _COLUMNS, rows)


@commands.command("show")
def show(
    context: typer.Context,
    queue_id: QueueId,
    as_json: AsJson = False,
    show_ins: ShowIns = False,
    config: Config = None,
) -> None:
    """Show one: to whom it goes, and when."""

    async def work(services: Services) -> tuple[Held, Bal]:
        return await services.held.show(queue_id)

    held, sender = operate(settings_of(context, config), work)
    if as_json:
        print_json(_json(held, sender))
        return
    rows = (
        (
            held.queue_id,
            masked(sender.address, show_ins),
            masked(recipient, show_ins),
            moment(held.accepted_at),
            moment(held.release_at),
            moment(held.due_at) if held.due_at > held.release_at else "",
            "required" if held.envelope.requires_tls else "",
        )
        for recipient in held.envelope.recipients
    )
    print_table("Held message", _RECIPIENT_COLUMNS, rows)


@commands.command("cancel")
def cancel(context: typer.Context, queue_id: QueueId, config: Config = None) -> None:
    """Cancel one: nobody gets it; its sender finds it among his drafts, and is told."""

    async def work(services: Services) -> Held:
        return await services.held.cancel(queue_id, operator())

    operate(settings_of(context, config), work)
    say(f"Message {queue_id} is cancelled; its sender is told.")


@commands.command("release")
def release(
    context: typer.Context, queue_id: QueueId, show_ins: ShowIns = False, config: Config = None
) -> None:
    """Release one at once, judged as it would be at its hour."""

    async def work(services: Services) -> Released:
        return await services.held.release(queue_id, operator())

    done = operate(settings_of(context, config), work)
    if not (done.holders or done.refused or done.deferred):
        say(f"Message {queue_id} had been removed by its sender: it is cancelled.")
        return
    say(f"Message {queue_id} is released to {counted(len(done.holders), 'recipient')}.")
    for recipient, verdict in done.refused:
        say(f"Not for {masked(recipient, show_ins)}: {verdict.reply}")
    for recipient in done.deferred:
        say(f"Later for {masked(recipient, show_ins)}.")


def _json(held: Held, sender: Bal) -> dict[str, Value]:
    return {
        "queue_id": held.queue_id,
        "sender": plain(sender.address),
        "recipients": [plain(recipient) for recipient in held.envelope.recipients],
        "accepted_at": plain(held.accepted_at),
        "release_at": plain(held.release_at),
        "due_at": plain(held.due_at),
        "requires_tls": held.envelope.requires_tls,
    }
