"""``vaguemestre trust``: the list of operators, looked at, renewed, verified. domain.md §6.

Neither database nor keys are needed: the list can be looked at, and mended, when all else is down. A list
that was taken has its line in the journal where there is one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from cryptography import x509

from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.journalled import journal
from vaguemestre.cli.language import in_words
from vaguemestre.cli.operation import AsJson, Config, settings_of
from vaguemestre.cli.output import complain, moment, plain, print_json, print_table, say
from vaguemestre.cli.trust_figures import (
    difference_json,
    entry_json,
    figures_json,
    found_json,
    tell_difference,
    tell_figures,
    tell_skipped,
)
from vaguemestre.configured import trust_of
from vaguemestre.log import configure_logging
from vaguemestre.mail.distinguished_name import DistinguishedName, NameSyntaxError, parse_name
from vaguemestre.mail.sentence import Sentence
from vaguemestre.mail.trust_list import TrustEntry, TrustList
from vaguemestre.service.ports.trust_list import TrustListRefused
from vaguemestre.service.trust.keeping import TrustKeeping
from vaguemestre.service.trust.recording import EVENT, taken
from vaguemestre.service.trust.subjects import subject_of
from vaguemestre.services import SystemClock
from vaguemestre.settings import Settings

T = TypeVar("T")

commands = typer.Typer(
    name="trust", help="The trust list of operators: list, show, refresh, verify.", no_args_is_help=True
)

_NO_LIST = Sentence(
    "Les réglages ne nomment aucune liste : [trust] url ou path.",
    "The settings name no list: [trust] url or path.",
)
_NONE_YET = Sentence(
    "Aucune liste n'a encore été prise : vaguemestre trust refresh",
    "No list has been taken yet: vaguemestre trust refresh",
)


@commands.command("list")
def list_(
    context: typer.Context,
    containing: Annotated[
        str, typer.Argument(metavar="[TEXT]", help="Only domains and names that contain it.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="So many domains at most, in tables.")] = 100,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List the domains of the trust space, with the operators that speak for them."""
    keeping = _loaded(settings_of(context, config))
    ours, wanted = _current(keeping), containing.casefold()
    chosen = [domain for domain in ours.domains() if _contains(domain, ours.entries_of(domain), wanted)]
    if as_json:
        listed = {domain: [str(entry.subject) for entry in ours.entries_of(domain)] for domain in chosen}
        print_json({"list": figures_json(keeping), "domains": listed})
        return
    rows = ((domain, *_operators(ours.entries_of(domain))) for domain in chosen[:limit])
    heads = Sentence("domaine", "domain"), Sentence("opérateurs", "operators"), Sentence("noms", "names")
    print_table("", [in_words(head) for head in heads], rows)
    if len(chosen) > limit:
        more = len(chosen) - limit
        say(in_words(Sentence(f"et {more} autres (--limit, --json)", f"and {more} more (--limit, --json)")))
    tell_figures(keeping)


@commands.command("show")
def show(
    context: typer.Context,
    asked: Annotated[
        str,
        typer.Argument(
            metavar="DOMAIN|SUBJECT|FILE",
            help="A domain; or whom a certificate is for, CN=…,O=…,C=FR, or its PEM file.",
        ),
    ],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show which certificates speak for a domain, or for which domains a certificate speaks."""
    keeping = _loaded(settings_of(context, config))
    subject = _subject(asked)
    if subject is None:
        _show_domain(keeping, asked, as_json)
    else:
        _show_subject(keeping, subject, as_json)


@commands.command("refresh")
def refresh(
    context: typer.Context,
    accept_shrink: Annotated[
        bool, typer.Option("--accept-shrink", help="Also when many domains are gone: somebody has asked why.")
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Fetch the list now, verify it, take it, tell what changed. A running server follows within a minute."""
    settings = settings_of(context, config)
    keeping = _loaded(settings)
    done = _run(lambda: keeping.refresh(may_shrink=accept_shrink))
    if done.difference is None or done.found is None:
        raise CommandFailed("The source says that nothing changed, to who has fetched nothing yet")
    journal(settings, EVENT, taken(done.found, done.difference, may_shrink=accept_shrink))
    if as_json:
        print_json({"list": figures_json(keeping), **difference_json(done), **found_json(done.found)})
        return
    tell_difference(done)
    tell_skipped(done.found)
    tell_figures(keeping)


@commands.command("verify")
def verify(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A list, as it was published.", show_default=False)
    ],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Say whether a list would be taken if it came now; nothing is changed. Status 1 when it would not."""
    keeping = _loaded(settings_of(context, config))
    octets = file.read_bytes()
    found = _run(lambda: keeping.verify(octets))
    ours = found.trust_list
    if as_json:
        print_json({"generated_at": plain(ours.generated_at), "entries": len(ours), **found_json(found)})
        return
    good = Sentence(
        f"Bonne : {len(ours)} entrées du {moment(ours.generated_at)} UTC, signées par {found.signer}.",
        f"Good: {len(ours)} entries of {moment(ours.generated_at)} UTC, signed by {found.signer}.",
    )
    say(in_words(good))
    tell_skipped(found)


def _loaded(settings: Settings) -> TrustKeeping:
    """What this gateway holds, verified again."""
    configure_logging(json=False, level="warning", key=bytes(32))
    keeping = trust_of(settings, SystemClock())
    if keeping is None:
        raise CommandFailed(in_words(_NO_LIST), ExitStatus.CONFIGURATION)
    _run(keeping.load)
    return keeping


def _run(work: Callable[[], Awaitable[T]]) -> T:
    """It takes a second with the real list."""

    async def around() -> T:
        return await work()

    try:
        return asyncio.run(around())
    except TrustListRefused as refused:
        raise CommandFailed(in_words(refused.sentence)) from refused


def _current(keeping: TrustKeeping) -> TrustList:
    if keeping.space.current is None:
        raise CommandFailed(in_words(_NONE_YET), ExitStatus.NOT_FOUND)
    return keeping.space.current


def _contains(domain: str, entries: tuple[TrustEntry, ...], wanted: str) -> bool:
    return wanted in domain or any(wanted in entry.subject.text.casefold() for entry in entries)


def _operators(entries: tuple[TrustEntry, ...]) -> tuple[str, str]:
    names = dict.fromkeys(name for entry in entries for name in entry.subject.values("O")[:1])
    return "\n".join(names), str(len(entries))


def _subject(asked: str) -> DistinguishedName | None:
    """Whom a certificate is for; None when it is a domain that was asked about."""
    try:
        if "=" in asked:
            return parse_name(asked)
        path = Path(asked)
        if path.suffix in (".pem", ".crt", ".cer") or path.is_file():
            return subject_of(x509.load_pem_x509_certificate(path.read_bytes()))
    except NameSyntaxError as error:
        raise CommandFailed(str(error), ExitStatus.USAGE) from error
    except ValueError as error:
        raise CommandFailed(f"{asked} is no certificate in PEM", ExitStatus.USAGE) from error
    return None


def _show_domain(keeping: TrustKeeping, domain: str, as_json: bool) -> None:
    entries = _current(keeping).entries_of(domain)
    if not entries:
        unlisted = Sentence(
            f"{domain} n'est pas dans l'espace de confiance.", f"{domain} is not in the trust space."
        )
        raise CommandFailed(in_words(unlisted), ExitStatus.NOT_FOUND)
    if as_json:
        print_json({"list": figures_json(keeping), "entries": [entry_json(entry) for entry in entries]})
        return
    heads = (
        Sentence("certificat", "certificate"),
        Sentence("description", "description"),
        Sentence("mis à jour (UTC)", "updated (UTC)"),
    )
    rows = ((str(entry.subject), entry.description, moment(entry.updated_at)) for entry in entries)
    print_table(entries[0].domain, [in_words(head) for head in heads], rows)
    tell_figures(keeping)


def _show_subject(keeping: TrustKeeping, subject: DistinguishedName, as_json: bool) -> None:
    domains = sorted(_current(keeping).domains_of(subject))
    if as_json:
        print_json({"list": figures_json(keeping), "subject": str(subject), "domains": list(domains)})
    elif domains:
        print_table(
            str(subject), [in_words(Sentence("domaine", "domain"))], ((domain,) for domain in domains)
        )
        tell_figures(keeping)
    else:
        complain(
            in_words(Sentence(f"{subject} ne parle pour aucun domaine.", f"{subject} speaks for no domain."))
        )
    if not domains:
        raise typer.Exit(ExitStatus.NOT_FOUND)
