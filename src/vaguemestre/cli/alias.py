"""``vaguemestre bal alias``: a citizen's INS has changed. domain.md §2."""

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
from vaguemestre.cli.output import masked, print_json, print_table, say
from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal
from vaguemestre.services import Services

commands = typer.Typer(
    name="alias", help="Other addresses of a citizen, whose INS changed.", no_args_is_help=True
)

Alias = Annotated[str, typer.Argument(metavar="ALIAS", help="The other address.", show_default=False)]


@commands.command("add")
def add(context: typer.Context, address: AddressArgument, alias: Alias, config: Config = None) -> None:
    """From now on the alias leads to that mailbox too; he may sign in and write under it."""
    parsed, other = address_of(address), address_of(alias)

    async def work(services: Services) -> Bal:
        return await services.aliases.add(parsed, other, operator())

    bal = operate(settings_of(context, config), work)
    say(f"{masked(other)} leads to {masked(bal.address)}.")


@commands.command("remove")
def remove(context: typer.Context, address: AddressArgument, alias: Alias, config: Config = None) -> None:
    """The alias leads nowhere any more."""
    parsed, other = address_of(address), address_of(alias)

    async def work(services: Services) -> Bal:
        return await services.aliases.remove(parsed, other, operator())

    bal = operate(settings_of(context, config), work)
    say(f"{masked(other)} does not lead to {masked(bal.address)} any more.")


@commands.command("list")
def list_(
    context: typer.Context,
    address: AddressArgument,
    as_json: AsJson = False,
    show_ins: ShowIns = False,
    config: Config = None,
) -> None:
    """List the aliases of an account."""
    parsed = address_of(address)

    async def work(services: Services) -> tuple[Bal, tuple[Address, ...]]:
        return await services.aliases.of(parsed)

    bal, aliases = operate(settings_of(context, config), work)
    if as_json:
        print_json({"address": str(bal.address), "aliases": [str(alias) for alias in aliases]})
        return
    rows = [(masked(alias, show_ins),) for alias in aliases]
    title = "1 alias" if len(aliases) == 1 else f"{len(aliases)} aliases"
    print_table(f"{title} of {masked(bal.address, show_ins)}", ("address",), rows)
