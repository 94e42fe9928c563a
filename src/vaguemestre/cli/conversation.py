"""``vaguemestre conversation``: who may answer whom, never what was said. domain.md §2."""

from datetime import UTC, datetime
from typing import Annotated, NamedTuple

import typer

from vaguemestre.cli.access import day_of
from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.operation import (
    AsJson,
    Config,
    Number,
    ShowIns,
    address_of,
    operate,
    operator,
    settings_of,
    whole_number,
)
from vaguemestre.cli.output import Value, masked, moment, plain, print_json, print_table, say
from vaguemestre.mail.address import Address
from vaguemestre.mail.conversation import ConversationId, Pair
from vaguemestre.service.conversations.oversight import ConversationUnknown, Oversight, Wanted
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.services import Services

commands = typer.Typer(
    name="conversation", help="Conversations: list, show, history, close, open.", no_args_is_help=True
)

Which = Annotated[
    str,
    typer.Argument(metavar="NUMBER|ADDRESS", help="As listed, or all with this person.", show_default=False),
]
With = Annotated[
    str | None,
    typer.Option("--with", metavar="ADDRESS", help="With an address: and this one.", show_default=False),
]
Professional = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Only this professional's side.", show_default=False)
]

Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why, for the journal.", show_default=False)]

_HISTORY = ("at", "event", "actor", "professional", "by", "reason")
_COLUMNS = ("number", "citizen", "professional", "state", "opened", "closed", "by")


class _Changed(NamedTuple):
    """One conversation, and the pairs in it that a command changed."""

    number: ConversationId
    pairs: list[Pair]


@commands.command("list")
def list_(
    context: typer.Context,
    address: Annotated[
        str | None, typer.Argument(metavar="[ADDRESS]", help="Only this account's.", show_default=False)
    ] = None,
    with_: Annotated[
        str | None,
        typer.Option("--with", metavar="ADDRESS", help="And with this one.", show_default=False),
    ] = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only what is open.")] = False,
    closed_only: Annotated[bool, typer.Option("--closed", help="Only what is closed.")] = False,
    since: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="Only what was opened or closed since.", show_default=False),
    ] = None,
    as_json: AsJson = False,
    show_ins: ShowIns = False,
    config: Config = None,
) -> None:
    """List conversations, a line for each professional in them."""
    if open_only and closed_only:
        raise CommandFailed("--open and --closed leave nothing to list", ExitStatus.USAGE)
    account, other = (address_of(text) if text is not None else None for text in (address, with_))
    day = day_of(since)
    begin = None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
    wanted = Wanted(account, other, open_only if open_only or closed_only else None, begin)

    async def work(services: Services) -> list[tuple[Pair, Address]]:
        return await services.oversight.find(wanted)

    _print(operate(settings_of(context, config), work), as_json, show_ins)


@commands.command("history")
def history(context: typer.Context, number: Number, as_json: AsJson = False, config: Config = None) -> None:
    """Tell when a conversation was opened and closed, by whom and why."""

    async def work(services: Services) -> list[JournalEntry]:
        return await services.oversight.history(ConversationId(number))

    entries = operate(settings_of(context, config), work)
    told = [
        {
            "at": plain(entry.at),
            "event": entry.event.removeprefix("conversation_"),
            "actor": entry.actor,
            "professional": entry.detail.get("professional", ""),
            "by": entry.detail.get("by", ""),
            "reason": entry.detail.get("reason", ""),
        }
        for entry in entries
    ]
    if as_json:
        print_json(told)
        return
    rows = (
        (moment(entry.at), *(str(line[name]) for name in _HISTORY[1:]))
        for entry, line in zip(entries, told, strict=True)
    )
    print_table(f"Conversation {number}", _HISTORY, rows)


@commands.command("show")
def show(
    context: typer.Context,
    which: Which,
    with_: With = None,
    as_json: AsJson = False,
    show_ins: ShowIns = False,
    config: Config = None,
) -> None:
    """Show one conversation, or those of two people."""
    chosen = _chosen(which, with_)

    async def work(services: Services) -> list[tuple[Pair, Address]]:
        if isinstance(chosen, Wanted):
            return await services.oversight.find(chosen)
        return await services.oversight.show(chosen)

    _print(operate(settings_of(context, config), work), as_json, show_ins)


@commands.command("close")
def close(
    context: typer.Context,
    which: Which,
    with_: With = None,
    professional: Professional = None,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Close it, for one professional or for all; the citizen is told."""
    chosen = _chosen(which, with_)
    who = address_of(professional) if professional is not None else None

    async def work(services: Services) -> list[_Changed]:
        oversight = services.oversight
        sides = await _sides(oversight, chosen, who)
        return [
            _Changed(number, await oversight.close(number, operator(), side, reason))
            for number, side in sides
        ]

    _told(operate(settings_of(context, config), work), "closed")


@commands.command("open")
def open_(
    context: typer.Context,
    which: Which,
    with_: With = None,
    professional: Professional = None,
    reason: Reason = "",
    config: Config = None,
) -> None:
    """Open it again, for one professional or for all."""
    chosen = _chosen(which, with_)
    who = address_of(professional) if professional is not None else None

    async def work(services: Services) -> list[_Changed]:
        oversight = services.oversight
        sides = await _sides(oversight, chosen, who)
        return [
            _Changed(number, await oversight.open(number, operator(), side, reason)) for number, side in sides
        ]

    _told(operate(settings_of(context, config), work), "open")


def _chosen(which: str, with_: str | None) -> ConversationId | Wanted:
    """A conversation by its number, or those of two people, wherever they are."""
    if which.isdecimal():
        if with_ is not None:
            raise CommandFailed("--with goes with an address, not with a number", ExitStatus.USAGE)
        return ConversationId(whole_number(which))
    account = address_of(which)
    if with_ is None:
        raise CommandFailed("name the other person too: --with ADDRESS", ExitStatus.USAGE)
    return Wanted(account, address_of(with_))


async def _sides(
    oversight: Oversight, chosen: ConversationId | Wanted, professional: Address | None
) -> list[tuple[ConversationId, Address | None]]:
    """Which sides of which conversations: of a number, the professional's or all; of two people, theirs."""
    if not isinstance(chosen, Wanted):
        return [(chosen, professional)]
    found = [(pair.conversation, pair.professional) for pair, _ in await oversight.find(chosen)]
    if not found:
        raise ConversationUnknown(f"There is no conversation between {chosen.account} and {chosen.other}")
    return [*found]


def _told(changed: list[_Changed], state: str) -> None:
    for number, pairs in changed:
        if not pairs:
            say(f"Conversation {number} was {state} already.")
        for pair in pairs:
            say(f"Conversation {number} with {pair.professional} is now {state}.")


def _print(found: list[tuple[Pair, Address]], as_json: bool, show_ins: bool) -> None:
    if as_json:
        print_json([_json(pair, citizen) for pair, citizen in found])
        return
    rows = (
        (
            str(pair.conversation),
            masked(citizen, show_ins),
            masked(pair.professional, show_ins),
            "open" if pair.closed_at is None else "closed",
            moment(pair.opened_at),
            moment(pair.closed_at),
            pair.closed_by or "",
        )
        for pair, citizen in found
    )
    print_table("Conversations", _COLUMNS, rows)


def _json(pair: Pair, citizen: Address) -> dict[str, Value]:
    return {
        "conversation": pair.conversation,
        "citizen": plain(citizen),
        "professional": plain(pair.professional),
        "open": pair.closed_at is None,
        "opened_at": plain(pair.opened_at),
        "closed_at": plain(pair.closed_at),
        "closed_by": plain(pair.closed_by),
    }
