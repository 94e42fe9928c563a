"""``vaguemestre notification``: what waits to be told to holders, and whether telling works. domain.md §2."""

from typing import Annotated

import typer

from vaguemestre.cli.operation import (
    AddressArgument,
    AsJson,
    Config,
    ShowIns,
    address_of,
    operate,
    operator,
    settings_of,
)
from vaguemestre.cli.output import (
    Value,
    counted,
    masked,
    plain,
    print_json,
    print_table,
    say,
)
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.contact import Contact
from vaguemestre.service.ports.notification import Waiting
from vaguemestre.service.telling.contacts import Shown
from vaguemestre.service.telling.notification_text import NotificationText
from vaguemestre.services import Services

commands = typer.Typer(
    name="notification",
    help="Notifications: list, show, retry; test one; print their text.",
    no_args_is_help=True,
)

_COLUMNS = ("account", "state", "since", "next try (UTC)", "tried", "why not")


@commands.command("list")
def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The oldest so many.")] = 100,
    as_json: AsJson = False,
    show_ins: ShowIns = False,
    config: Config = None,
) -> None:
    """List what waits to be told: one for each account at most."""

    async def work(services: Services) -> list[dict[str, Value]]:
        found = await services.contacts.waiting(limit)
        return [_line(one, bal, services) for one, bal in found]

    lines = operate(settings_of(context, config), work)
    if as_json:
        print_json(lines)
        return
    rows = (
        (
            masked(address_of(str(line["account"])), show_ins),
            str(line["state"]),
            str(line["since"])[:16],
            str(line["due_at"] or "")[:16],
            str(line["attempts"]),
            str(line["reason"]),
        )
        for line in lines
    )
    print_table(counted(len(lines), "notification"), _COLUMNS, rows)


@commands.command("show")
def show(
    context: typer.Context, address: AddressArgument, as_json: AsJson = False, config: Config = None
) -> None:
    """Show where the holder of an account is told; JSON holds the address whole."""
    parsed = address_of(address)

    async def work(services: Services) -> Shown | None:
        return await services.contacts.show(parsed)

    shown = operate(settings_of(context, config), work)
    if as_json:
        told = None if shown is None else shown.contact
        print_json(
            {
                "kind": None if told is None else told.kind.value,
                "to": None if told is None else told.to,
                "on": shown is not None and shown.is_on,
            }
        )
    elif shown is None:
        say("Nobody is told: this account has no contact. Give one with: vaguemestre bal change")
    else:
        say(f"{shown.contact.masked} by {shown.contact.kind}, {'on' if shown.is_on else 'switched off'}.")


@commands.command("test")
def try_(context: typer.Context, address: AddressArgument, config: Config = None) -> None:
    """Tell the holder of an account now, as if something had arrived."""
    parsed = address_of(address)

    async def work(services: Services) -> Contact:
        return await services.contacts.test(parsed, operator())

    contact = operate(settings_of(context, config), work)
    say(f"{contact.masked} was told: the other side has taken it over.")


@commands.command("retry")
def retry(
    context: typer.Context,
    address: Annotated[
        str | None,
        typer.Argument(metavar="[ADDRESS]", help="Only this account's.", show_default=False),
    ] = None,
    config: Config = None,
) -> None:
    """Try again at once what was tried in vain, or what waits for one account."""
    parsed = address_of(address) if address is not None else None

    async def work(services: Services) -> int:
        return await services.contacts.hasten(parsed)

    say(f"{counted(operate(settings_of(context, config), work), 'notification')} due now.")


@commands.command("text")
def text(context: typer.Context, config: Config = None) -> None:
    """Print what holders are told: subject, empty line, text."""

    async def work(services: Services) -> NotificationText:
        return services.notifying.text

    told = operate(settings_of(context, config), work)
    say(f"{told.subject}\n\n{told.text}")


def _line(one: Waiting, bal: Bal, services: Services) -> dict[str, Value]:
    state = "given up" if one.waits_from is None else "being sent" if one.leased_until else "waiting"
    return {
        "account": plain(bal.address),
        "state": state,
        "since": plain(one.since),
        "due_at": plain(services.contacts.due_at(one)),
        "attempts": one.attempts,
        "reason": one.reason,
    }
