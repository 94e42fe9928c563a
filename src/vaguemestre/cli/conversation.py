"""``vaguemestre conversation``: who may answer whom, never what was said. domain.md §2."""

from typing import Annotated

import typer

from vaguemestre.app import Services
from vaguemestre.cli.operation import AsJson, Config, ShowIns, address_of, operate, operator, settings_of
from vaguemestre.cli.output import Value, masked, moment, plain, print_json, print_table, say
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.conversation import ConversationId, Pair

commands = typer.Typer(
    name="conversation", help="Conversations: list, show, close, open.", no_args_is_help=True
)

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="As listed.", show_default=False)]
Professional = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Only this professional's side.", show_default=False)
]

_COLUMNS = ("number", "citizen", "professional", "state", "opened", "closed", "by")


@commands.command("list")
def list_(
    context: typer.Context,
    address: Annotated[
        str | None, typer.Argument(metavar="[ADDRESS]", help="Only this account's.", show_default=False)
    ] = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only what is open.")] = False,
    as_json: AsJson = False,
    show_ins: ShowIns = False,
    config: Config = None,
) -> None:
    """List conversations, a line for each professional in them."""
    parsed = address_of(address) if address is not None else None

    async def work(services: Services) -> list[tuple[Pair, Bal]]:
        return await services.oversight.pairs(parsed, open_only)

    _print(operate(settings_of(context, config), work), as_json, show_ins)


@commands.command("show")
def show(
    context: typer.Context,
    number: Number,
    as_json: AsJson = False,
    show_ins: ShowIns = False,
    config: Config = None,
) -> None:
    """Show one conversation."""

    async def work(services: Services) -> list[tuple[Pair, Bal]]:
        return await services.oversight.show(ConversationId(number))

    _print(operate(settings_of(context, config), work), as_json, show_ins)


@commands.command("close")
def close(
    context: typer.Context, number: Number, professional: Professional = None, config: Config = None
) -> None:
    """Close it, for one professional or for all; the citizen is told."""
    who = address_of(professional) if professional is not None else None

    async def work(services: Services) -> list[Pair]:
        return await services.oversight.close(ConversationId(number), operator(), who)

    _told(number, operate(settings_of(context, config), work), "closed")


@commands.command("open")
def open_(
    context: typer.Context, number: Number, professional: Professional = None, config: Config = None
) -> None:
    """Open it again, for one professional or for all."""
    who = address_of(professional) if professional is not None else None

    async def work(services: Services) -> list[Pair]:
        return await services.oversight.open(ConversationId(number), operator(), who)

    _told(number, operate(settings_of(context, config), work), "open")


def _told(number: int, changed: list[Pair], state: str) -> None:
    if not changed:
        say(f"Conversation {number} was {state} already.")
    for pair in changed:
        say(f"Conversation {number} with {pair.professional} is now {state}.")


def _print(found: list[tuple[Pair, Bal]], as_json: bool, show_ins: bool) -> None:
    if as_json:
        print_json([_json(pair, citizen) for pair, citizen in found])
        return
    rows = (
        (
            str(pair.conversation),
            masked(citizen.address, show_ins),
            masked(pair.professional, show_ins),
            "open" if pair.closed_at is None else "closed",
            moment(pair.opened_at),
            moment(pair.closed_at),
            pair.closed_by or "",
        )
        for pair, citizen in found
    )
    print_table("Conversations", _COLUMNS, rows)


def _json(pair: Pair, citizen: Bal) -> dict[str, Value]:
    return {
        "conversation": pair.conversation,
        "citizen": plain(citizen.address),
        "professional": plain(pair.professional),
        "open": pair.closed_at is None,
        "opened_at": plain(pair.opened_at),
        "closed_at": plain(pair.closed_at),
        "closed_by": plain(pair.closed_by),
    }
