"""``vaguemestre erasure``: erasing a citizen's mailbox on request, with a certificate. domain.md §2."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.operation import (
    AddressArgument,
    AsJson,
    Config,
    address_of,
    is_interactive,
    operate,
    operator,
    settings_of,
)
from vaguemestre.cli.output import counted, masked, moment, print_json, print_table, say
from vaguemestre.policy.profiles import AskedBy, ProfileAct
from vaguemestre.services import Services

if TYPE_CHECKING:
    from vaguemestre.service.accounts.erasure_certificate import Certificate
    from vaguemestre.service.ports.journal import JournalEntry

commands = typer.Typer(name="erasure", help="Erasing on request, and its certificates.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The certificate.", show_default=False)]


def erase(
    context: typer.Context,
    address: AddressArgument,
    reason: Annotated[
        str, typer.Option("--reason", help="Who asked, and how: it stands in the certificate.")
    ],
    certificate: Annotated[
        Path | None, typer.Option("--certificate", metavar="FILE", help="Where to write the certificate.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: Config = None,
) -> None:
    """Destroy a citizen's mailbox at once, archive included, on his request. There is no way back."""
    from vaguemestre.service.accounts.profiles import by_operator

    parsed = address_of(address)
    if certificate is not None and certificate.exists():
        raise CommandFailed(f"{certificate} is there already", ExitStatus.USAGE)
    if not yes:
        if not is_interactive():
            raise CommandFailed("There is nobody to ask: give --yes", ExitStatus.USAGE)
        typer.confirm(f"Destroy everything in {masked(parsed)}, for good?", abort=True)

    async def work(services: Services) -> str:
        bal = await services.accounts.find(parsed)
        columns = (SpinnerColumn(), TextColumn("rows removed"), TextColumn("{task.completed}"))
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("erasing", total=None)
            if bal.state.receives:
                wish = by_operator(operator(), reason, AskedBy.HOLDER)
                await services.profiles.change(parsed, ProfileAct.CLOSE, wish)
            await services.profiles.finish(bal, lambda some: progress.advance(task, some))
            await services.erasing.begin(parsed, operator(), reason)
            return await services.erasing.finish(bal, lambda some: progress.advance(task, some))

    document = operate(settings_of(context, config), work)
    if certificate is not None:
        certificate.write_text(document + "\n", encoding="utf-8")
        say(f"{masked(parsed)} is erased; the certificate is in {certificate} and in the journal.")
    else:
        say(document)


@commands.command("list")
def list_(context: typer.Context, as_json: AsJson = False, config: Config = None) -> None:
    """List the certificates, the latest first."""

    async def work(services: Services) -> "list[tuple[JournalEntry, Certificate]]":
        return await services.erasing.certificates()

    found = operate(settings_of(context, config), work)
    if as_json:
        print_json([{"id": one.id, "mailbox": one.mailbox, "done_at": one.done_at} for _, one in found])
        return
    rows = [(one.id, one.mailbox, moment(entry.at), one.carried_out_by) for entry, one in found]
    print_table(counted(len(rows), "certificate"), ("certificate", "mailbox", "done", "by"), rows)


@commands.command("show")
def show(
    context: typer.Context,
    certificate: Annotated[str, typer.Argument(metavar="CERTIFICATE", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="The signed document itself.")] = False,
    config: Config = None,
) -> None:
    """Show a certificate that the journal keeps, in French and in English."""
    from vaguemestre.service.accounts.erasure_certificate import read_document, text_of

    async def work(services: Services) -> "tuple[str, Certificate]":
        document = await services.erasing.show(certificate)
        return document, read_document(document, services.erasing.verifier)

    document, read = operate(settings_of(context, config), work)
    say(document if as_json else text_of(read))


@commands.command("verify")
def verify(
    context: typer.Context,
    file: File,
    public_key: Annotated[
        Path | None,
        typer.Option("--public-key", metavar="FILE", help="The server's, for whoever has no server."),
    ] = None,
    config: Config = None,
) -> None:
    """Check the signature of a certificate; without --public-key, that the journal keeps it too."""
    from vaguemestre.service.accounts.erasure_certificate import read_document, text_of
    from vaguemestre.vault.signing import read_verifier

    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise CommandFailed(f"{file} is no certificate: it is not text") from None
    if public_key is not None:
        try:
            key = read_verifier(public_key.read_bytes())
        except ValueError as error:
            raise CommandFailed(f"{public_key}: {error}", ExitStatus.USAGE) from None
        say(text_of(read_document(text, key)))
        say(f"Signed by key {key.id}.")
        return

    async def work(services: Services) -> "Certificate":
        return await services.erasing.verify(text)

    say(text_of(operate(settings_of(context, config), work)))
    say("Signed by this server, kept by its journal, and bound to it.")


@commands.command("key")
def key(context: typer.Context, config: Config = None) -> None:
    """Print the public key that certificates are verified with."""

    async def work(services: Services) -> str:
        return services.signer.verifier.pem

    say(operate(settings_of(context, config), work).rstrip())
