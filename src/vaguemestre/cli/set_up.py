"""``vaguemestre set-up``: what mail programs are told, and what to publish so that they find it. RFC 6186."""

import typer

from vaguemestre.cli.language import in_words
from vaguemestre.cli.operation import AsJson, Config, settings_of
from vaguemestre.cli.output import print_json, print_table, say
from vaguemestre.configured import public_access_of
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.telling.set_up import records

commands = typer.Typer(
    name="set-up",
    help="How mail programs set themselves up: records to publish, addresses asked.",
    no_args_is_help=True,
)


@commands.command("dns")
def dns(context: typer.Context, as_json: AsJson = False, config: Config = None) -> None:
    """Print the records to publish for our domains, as a zone file has them."""
    found = list(records(public_access_of(settings_of(context, config))))
    if as_json:
        print_json(found)
        return
    for record in found:
        say(record)


@commands.command("show")
def show(context: typer.Context, as_json: AsJson = False, config: Config = None) -> None:
    """Show where mail programs connect, and where they ask for it."""
    access = public_access_of(settings_of(context, config))
    first = access.domains[0] if access.domains else access.hostname
    rows = {
        "IMAP": f"{access.imap.host}:{access.imap.port}",
        "SMTP": f"{access.submission.host}:{access.submission.port}",
        "Thunderbird": f"https://autoconfig.{first}/mail/config-v1.1.xml",
        "Outlook": f"https://autodiscover.{first}/autodiscover/autodiscover.xml",
        "Apple": f"https://{access.hostname}/apple.mobileconfig?address=…@{first}",
    }
    if as_json:
        print_json(rows)
        return
    heads = (Sentence("pour", "for"), Sentence("adresse", "address"))
    print_table(access.name, [in_words(head) for head in heads], rows.items())
