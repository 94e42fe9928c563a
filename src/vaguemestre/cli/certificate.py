"""``vaguemestre certificate``: which client certificates open which APP mailbox. domain.md §5."""

from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509

from vaguemestre.app import Services
from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.operation import AsJson, Config, address_of, operate, operator, settings_of
from vaguemestre.cli.output import print_json, print_table, say
from vaguemestre.mail.distinguished_name import DistinguishedName, NameSyntaxError, parse_name
from vaguemestre.service.subjects import subject_of

commands = typer.Typer(
    name="certificate", help="Client certificates of APP mailboxes: list, add, remove.", no_args_is_help=True
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


def _subject(text: str) -> DistinguishedName:
    """A name, or that of the certificate in a file."""
    try:
        if "=" in text:
            return parse_name(text)
        return subject_of(x509.load_pem_x509_certificate(Path(text).read_bytes()))
    except NameSyntaxError as error:
        raise CommandFailed(str(error), ExitStatus.USAGE) from error
    except (OSError, ValueError) as error:
        raise CommandFailed(f"{text} is no certificate in PEM that can be read", ExitStatus.USAGE) from error
