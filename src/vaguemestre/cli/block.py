"""``vaguemestre block``: whom a citizen does not want to hear. domain.md §2."""

from typing import Annotated

import typer

from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.operation import AsJson, Config, address_of, operate, operator, settings_of
from vaguemestre.cli.output import masked, moment, plain, print_json, print_table, say
from vaguemestre.service.ports.block import Block
from vaguemestre.services import Services

commands = typer.Typer(
    name="block", help="Professionals whom a citizen has blocked: list, add, remove.", no_args_is_help=True
)

Citizen = Annotated[str, typer.Argument(metavar="CITIZEN", help="Who blocks.", show_default=False)]
Professional = Annotated[
    str, typer.Argument(metavar="PROFESSIONAL", help="Whose mail is refused.", show_default=False)
]


@commands.command("list")
def list_(context: typer.Context, citizen: Citizen, as_json: AsJson = False, config: Config = None) -> None:
    """List whom a citizen has blocked."""
    parsed = address_of(citizen)

    async def work(services: Services) -> list[Block]:
        return await services.blocking.of(parsed)

    found = operate(settings_of(context, config), work)
    if as_json:
        print_json([{"professional": str(one.professional), "since": plain(one.since)} for one in found])
        return
    rows = [(str(one.professional), moment(one.since)) for one in found]
    print_table(f"Blocked by {masked(parsed)}: {len(rows)}", ("professional", "since"), rows)


@commands.command("add")
def add(context: typer.Context, citizen: Citizen, professional: Professional, config: Config = None) -> None:
    """Refuse this professional's mail to this citizen, who has asked for it; their conversations close."""
    parsed, other = address_of(citizen), address_of(professional)

    async def work(services: Services) -> bool:
        return await services.blocking.add(parsed, other, operator())

    changed = operate(settings_of(context, config), work)
    say(f"{other} is {'now' if changed else 'already'} blocked by {masked(parsed)}.")


@commands.command("remove")
def remove(
    context: typer.Context, citizen: Citizen, professional: Professional, config: Config = None
) -> None:
    """Take this professional's mail again; conversations stay closed until he writes."""
    parsed, other = address_of(citizen), address_of(professional)

    async def work(services: Services) -> bool:
        return await services.blocking.remove(parsed, other, operator())

    if not operate(settings_of(context, config), work):
        raise CommandFailed(f"{masked(parsed)} has not blocked {other}", ExitStatus.NOT_FOUND)
    say(f"{other} is not blocked by {masked(parsed)} any more.")
