"""``vaguemestre queue``: mail that waits to be sent to other operators, never what it says. domain.md §6."""

from collections.abc import Sequence
from typing import Annotated

import typer

from vaguemestre.cli.operation import AsJson, Config, ShowIns, operate, operator, settings_of
from vaguemestre.cli.output import (
    Value,
    counted,
    masked,
    moment,
    octets,
    plain,
    print_json,
    print_table,
    say,
)
from vaguemestre.service.outbound.queue import BOUNDS
from vaguemestre.service.ports.outbound import AgeCount, OutboundDelivery, Pause, WaitState
from vaguemestre.services import Services

commands = typer.Typer(
    name="queue",
    help="Mail for other operators that waits: list, show, ages, retry, hold, drop.",
    no_args_is_help=True,
)

QueueId = Annotated[str, typer.Argument(metavar="QUEUE-ID", help="As listed.", show_default=False)]
Domain = Annotated[
    str | None, typer.Option("--domain", metavar="DOMAIN", help="Only this one's.", show_default=False)
]

_COLUMNS = ("queue id", "sender", "domain", "recipients", "size", "accepted", "state", "tries", "next", "why")
_RECIPIENT_COLUMNS = ("domain", "recipient", "state", "tries", "next", "being sent by", "why")
_OLDER = "older"


@commands.command("list")
def list_(
    context: typer.Context,
    domain: Domain = None,
    state: Annotated[
        WaitState | None, typer.Option("--state", help="Only what is so.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="At most so many.")] = 100,
    as_json: AsJson = False,
    show_ins: ShowIns = False,
    config: Config = None,
) -> None:
    """List what waits, a line for each domain of each message, the oldest first."""

    async def work(services: Services) -> list[OutboundDelivery]:
        return await services.queue.listed(domain, state, limit)

    found = operate(settings_of(context, config), work)
    if as_json:
        print_json([_json(delivery) for delivery in found])
        return
    rows = (
        (
            one.queue_id,
            masked(one.reverse_path, show_ins) if one.reverse_path is not None else "<>",
            one.destination,
            str(len(one.recipients)),
            octets(one.size),
            moment(one.at),
            one.state.value,
            str(one.attempts),
            _next(one),
            one.reason,
        )
        for one in found
    )
    print_table("Mail that waits to be sent", _COLUMNS, rows)


@commands.command("show")
def show(
    context: typer.Context,
    queue_id: QueueId,
    as_json: AsJson = False,
    show_ins: ShowIns = False,
    config: Config = None,
) -> None:
    """Show one message: who does not have it yet, and why."""

    async def work(services: Services) -> list[OutboundDelivery]:
        return await services.queue.show(queue_id)

    found = operate(settings_of(context, config), work)
    if as_json:
        print_json([_json(delivery) for delivery in found])
        return
    rows = (
        (
            one.destination,
            masked(recipient, show_ins),
            one.state.value,
            str(one.attempts),
            _next(one),
            one.owner,
            one.reason,
        )
        for one in found
        for recipient, _ in one.recipients
    )
    print_table(_heading(queue_id, found[0]), _RECIPIENT_COLUMNS, rows)


@commands.command("ages")
def ages(context: typer.Context, as_json: AsJson = False, config: Config = None) -> None:
    """Count what waits by domain and age: a domain whose right columns fill up does not answer."""

    async def work(services: Services) -> tuple[list[AgeCount], list[Pause]]:
        return await services.queue.ages(), await services.queue.pauses()

    counts, pauses = operate(settings_of(context, config), work)
    paused = {pause.destination: pause for pause in pauses}
    by_domain: dict[str, dict[int, int]] = {}
    for one in counts:
        by_domain.setdefault(one.destination, {})[one.bound] = one.deliveries
    if as_json:
        print_json([_ages_json(name, by_domain[name], paused.get(name)) for name in sorted(by_domain)])
        return
    columns = ("domain", "total", *map(_age, (*BOUNDS, -1)), "left alone until", "why")
    total = {bound: sum(found.get(bound, 0) for found in by_domain.values()) for bound in (*BOUNDS, -1)}
    rows = [_age_row("TOTAL", total, None)]
    most_first = sorted(by_domain.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    rows += [_age_row(name, found, paused.get(name)) for name, found in most_first]
    print_table("Mail that waits, by domain and age", columns, rows)


@commands.command("retry")
def retry(
    context: typer.Context,
    queue_id: Annotated[
        str | None, typer.Argument(metavar="[QUEUE-ID]", help="Only this one.", show_default=False)
    ] = None,
    domain: Domain = None,
    config: Config = None,
) -> None:
    """Try again at once: one message, those for a domain, or all; what is held or parked only by name."""

    async def work(services: Services) -> int:
        return await services.queue.retry(queue_id, domain, operator())

    count = operate(settings_of(context, config), work)
    say(f"{counted(count, 'delivery').replace('deliverys', 'deliveries')} tried again at once.")


@commands.command("hold")
def hold(context: typer.Context, queue_id: QueueId, config: Config = None) -> None:
    """Hold one back until it is retried; it is not given up meanwhile."""

    async def work(services: Services) -> int:
        return await services.queue.hold(queue_id, operator())

    operate(settings_of(context, config), work)
    say(f"Message {queue_id} is held: vaguemestre queue retry {queue_id} lets it go.")


@commands.command("drop")
def drop(context: typer.Context, queue_id: QueueId, config: Config = None) -> None:
    """Take one out of the queue: those who do not have it yet never get it, and its sender is told."""

    async def work(services: Services) -> int:
        return await services.queue.drop(queue_id, operator())

    count = operate(settings_of(context, config), work)
    say(f"Message {queue_id} is dropped for {counted(count, 'recipient')}; its sender is told.")


def _heading(queue_id: str, one: OutboundDelivery) -> str:
    accepted = f"Message {queue_id}, accepted {moment(one.at)}"
    if one.deliver_by is None:
        return accepted
    what = "withdrawn" if one.deliver_by.withdraws else "its sender is told"
    return f"{accepted}\n  to be delivered by {moment(one.deliver_by.at)} UTC, else {what}"


def _next(one: OutboundDelivery) -> str:
    return moment(one.due_at) if one.state is WaitState.WAITING else ""


def _age(bound: int) -> str:
    if bound < 0:
        return _OLDER
    return f"{bound // 60} min" if bound < 3600 else f"{bound // 3600} h"


def _age_row(name: str, found: dict[int, int], pause: Pause | None) -> Sequence[str]:
    cells = (str(found.get(bound, 0) or "") for bound in (*BOUNDS, -1))
    until, why = (moment(pause.until), pause.reason) if pause is not None else ("", "")
    return name, str(sum(found.values())), *cells, until, why


def _ages_json(name: str, found: dict[int, int], pause: Pause | None) -> dict[str, Value]:
    return {
        "domain": name,
        "total": sum(found.values()),
        "by_age": {("older" if bound < 0 else str(bound)): found.get(bound, 0) for bound in (*BOUNDS, -1)},
        "left_alone_until": plain(pause.until if pause is not None else None),
        "failures": pause.failures if pause is not None else 0,
        "reason": pause.reason if pause is not None else "",
    }


def _json(one: OutboundDelivery) -> dict[str, Value]:
    return {
        "queue_id": one.queue_id,
        "sender": plain(one.reverse_path),
        "domain": one.destination,
        "recipients": [plain(recipient) for recipient, _ in one.recipients],
        "size": one.size,
        "accepted_at": plain(one.at),
        "state": one.state.value,
        "attempts": one.attempts,
        "crashes": one.crashes,
        "next_at": plain(one.due_at),
        "owner": one.owner,
        "reason": one.reason,
        "requires_tls": one.requires_tls,
        "deliver_by": plain(None if one.deliver_by is None else one.deliver_by.at),
        "deliver_by_mode": "" if one.deliver_by is None else one.deliver_by.mode.value,
    }
