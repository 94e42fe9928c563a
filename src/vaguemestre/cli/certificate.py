"""``vaguemestre certificate``: those that open APP mailboxes, and those of operators. domain.md §5, §6."""

from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509

from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.operation import AsJson, Config, address_of, operate, operator, settings_of
from vaguemestre.cli.output import print_json, print_table, say
from vaguemestre.cli.standing import standing_of
from vaguemestre.configured import operator_tls_of
from vaguemestre.mail.distinguished_name import DistinguishedName, NameSyntaxError, parse_name
from vaguemestre.service.trust.subjects import subject_of
from vaguemestre.services import Services, SystemClock

commands = typer.Typer(
    name="certificate",
    help="Client certificates of APP mailboxes: list, add, remove. Those of operators: show.",
    no_args_is_help=True,
)

Holder = Annotated[str, typer.Argument(metavar="ADDRESS", help="The account's.", show_default=False)]
Subject = Annotated[
    str,
    typer.Argument(
        metavar="SUBJECT", help="CN=…,O=…,C=FR, or the PEM file of the certificate.", show_default=False
    ),
]


@commands.command("list")
def list_(context: typer.Context, address: Holder, as_json: AsJson = False, config: Config = None) -> None:
    """List the subjects of the certificates that open a mailbox."""
    parsed = address_of(address)

    async def work(services: Services) -> list[DistinguishedName]:
        return await services.accounts.certificates(parsed)

    found = operate(settings_of(context, config), work)
    if as_json:
        print_json([str(subject) for subject in found])
        return
    print_table("Certificates", ("subject",), ((str(subject),) for subject in found))


@commands.command("add")
def add(context: typer.Context, address: Holder, subject: Subject, config: Config = None) -> None:
    """Open a mailbox to certificates of that subject."""
    parsed, name = address_of(address), _subject(subject)

    async def work(services: Services) -> None:
        await services.accounts.add_certificate(parsed, name, operator())

    operate(settings_of(context, config), work)
    say(f"{parsed} opens to certificates of {name}.")


@commands.command("remove")
def remove(context: typer.Context, address: Holder, subject: Subject, config: Config = None) -> None:
    """Close a mailbox to certificates of that subject."""
    parsed, name = address_of(address), _subject(subject)

    async def work(services: Services) -> None:
        await services.accounts.remove_certificate(parsed, name, operator())

    operate(settings_of(context, config), work)
    say(f"{parsed} does not open to certificates of {name} any more.")


@commands.command("show")
def show(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="PEM; ours when none is named.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show an operator's certificate, and whether it is believed. Status 1 when it is not."""
    settings = settings_of(context, config)
    operators = operator_tls_of(settings, SystemClock())
    path = file or settings.relay.certificate
    if operators is None or path is None:
        raise CommandFailed("Other operators are not met: see [relay] in the settings")
    standing = standing_of(_read(path), operators)
    if as_json:
        print_json({what.replace(" ", "_"): said for what, said in standing.rows})
    else:
        print_table(str(path), ("what", "it is"), standing.rows)
    if standing.fault:
        raise typer.Exit(ExitStatus.REFUSED)


def _read(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CommandFailed(f"{path} is no certificate in PEM that can be read", ExitStatus.USAGE) from error


def _subject(text: str) -> DistinguishedName:
    """A name, or that of the certificate in a file."""
    try:
        if "=" in text:
            return parse_name(text)
        return subject_of(_read(Path(text)))
    except NameSyntaxError as error:
        raise CommandFailed(str(error), ExitStatus.USAGE) from error
