"""``vaguemestre bal``: the accounts. domain.md §1."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from vaguemestre.cli import alias, dormant, erasure, profile, solicitation
from vaguemestre.cli.access import day_of
from vaguemestre.cli.bal_change import change
from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.operation import (
    AddressArgument,
    AsJson,
    Config,
    ShowIns,
    address_of,
    is_interactive,
    operate,
    operator,
    settings_of,
)
from vaguemestre.cli.output import (
    Value,
    complain,
    counted,
    masked,
    moment,
    octets,
    plain,
    print_json,
    print_table,
    say,
)
from vaguemestre.cli.solicitation import as_rows, as_value
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.services import Services

if TYPE_CHECKING:
    from vaguemestre.service.conversations.solicitations import Wishes

commands = typer.Typer(name="bal", help="Accounts: made, shown, opened, closed.", no_args_is_help=True)

commands.command()(change)
for _command in profile.COMMANDS:
    commands.command()(_command)
commands.command("dormant")(dormant.dormant)
commands.command("erase")(erasure.erase)
commands.command("solicitation")(solicitation.solicitation)
commands.add_typer(alias.commands)

BirthDate = Annotated[
    str | None,
    typer.Option(metavar="DAY", help="A minor's: says until when representatives read.", show_default=False),
]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
]


@commands.command("add")
def add(
    context: typer.Context,
    address: AddressArgument,
    kind: Annotated[BalKind, typer.Option(case_sensitive=False, help="Who holds it.", show_default=False)],
    name: Annotated[str, typer.Option(help="The holder's name.")] = "",
    rpps: Annotated[str | None, typer.Option(help="The holder's RPPS number, 11 digits.")] = None,
    finess: Annotated[str | None, typer.Option(help="The structure's FINESS number.")] = None,
    sector: Annotated[str | None, typer.Option(help="The sector in the directory, such as SA33.")] = None,
    unlisted: Annotated[bool, typer.Option("--unlisted", help="Not published in the directory.")] = False,
    birth_date: BirthDate = None,
    inactive: Annotated[
        bool, typer.Option("--inactive", help="A citizen's profile that is not activated: it only receives.")
    ] = False,
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Make an account with its standard mailboxes."""
    from vaguemestre.service.accounts.keeping import AccountRequest
    from vaguemestre.service.accounts.proposals import completed

    settings = settings_of(context, config)
    parsed = address_of(address)
    password = _password(password_stdin)
    quota, born = settings.quota.of(kind), day_of(birth_date)
    request = AccountRequest(
        parsed, kind, name, rpps, finess, quota, password, born, not inactive, sector, unlisted
    )

    async def work(services: Services) -> Bal:
        asked = await completed(request, services.directory, services.store)
        return await services.accounts.add(asked, operator())

    bal = operate(settings, work)
    if as_json:
        print_json(_json(bal))
        return
    say(f"{bal.kind} account {masked(bal.address)} added.")
    taken = ("name", bal.name, name), ("RPPS", bal.rpps, rpps), ("FINESS", bal.finess, finess)
    proposed = [
        f"{what} {now}" for what, now, given in (*taken, ("sector", bal.sector, sector)) if now != given
    ]
    if any(proposed):
        say(f"From the directory: {', '.join(proposed)}.")
    if password is None and not inactive:
        complain("It has no password: nobody can sign in. Set one with: vaguemestre bal password ADDRESS")


@commands.command("password")
def password(
    context: typer.Context,
    address: AddressArgument,
    password_stdin: PasswordStdin = False,
    config: Config = None,
) -> None:
    """Give an account another password."""
    settings = settings_of(context, config)
    parsed = address_of(address)
    new = _password(password_stdin)
    if new is None:
        raise CommandFailed("There is nobody to ask: give --password-stdin", ExitStatus.USAGE)

    async def work(services: Services) -> None:
        await services.accounts.set_password(parsed, new, operator())

    operate(settings, work)
    say("Password changed.")


@commands.command("list")
def list_(
    context: typer.Context,
    kind: Annotated[BalKind | None, typer.Option(case_sensitive=False, help="Only this kind.")] = None,
    as_json: AsJson = False,
    show_ins: ShowIns = False,
    config: Config = None,
) -> None:
    """List the accounts, by address."""

    async def work(services: Services) -> list[Bal]:
        return await services.accounts.all(kind)

    bals = operate(settings_of(context, config), work)
    if as_json:
        print_json([_json(bal) for bal in bals])
        return
    rows = (
        (
            masked(bal.address, show_ins),
            bal.kind,
            bal.state,
            bal.name,
            octets(bal.used),
            moment(bal.created_at),
        )
        for bal in bals
    )
    print_table(counted(len(bals), "account"), ("address", "kind", "state", "name", "used", "since"), rows)


@commands.command("show")
def show(
    context: typer.Context, address: AddressArgument, as_json: AsJson = False, config: Config = None
) -> None:
    """Show one account."""
    parsed = address_of(address)

    async def work(services: Services) -> "tuple[Bal, Wishes | None]":
        found = await services.accounts.find(parsed)
        return found, await services.solicitations.show(parsed) if found.kind.is_professional else None

    bal, wishes = operate(settings_of(context, config), work)
    if as_json:
        print_json(_json(bal) | ({} if wishes is None else {"solicitation": as_value(wishes)}))
        return
    rows = [
        ("address", str(bal.address)),
        ("kind", bal.kind),
        ("state", bal.state),
        ("name", bal.name),
        ("RPPS", bal.rpps or ""),
        ("FINESS", bal.finess or ""),
        ("sector", bal.sector or ""),
        ("unlisted", "yes" if bal.is_unlisted else ""),
        ("used", octets(bal.used)),
        ("quota", octets(bal.quota) if bal.quota else "none"),
        ("since", moment(bal.created_at)),
        *([] if wishes is None else as_rows(wishes)),
    ]
    print_table("", ("", ""), [row for row in rows if row[1]])


def _json(bal: Bal) -> dict[str, Value]:
    fields = ("address", "kind", "state", "name", "rpps", "finess", "quota", "used", "created_at", "sector")
    return {field: plain(getattr(bal, field)) for field in fields} | {"unlisted": bal.is_unlisted}


def _password(from_stdin: bool) -> str | None:
    """The password, asked twice or read from standard input; ``None`` when there is nobody to ask."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise CommandFailed("Standard input holds no password on its first line", ExitStatus.USAGE)
        return password
    if not is_interactive():
        return None
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt="Again"))
