"""``vaguemestre doctor``: what is wrong with this installation, in sentences, and how it is mended.

One function a look, one row in ``LOOKS``. Every look is made, whatever the one before has found; nothing is
changed, and what is missing is not made. ``vaguemestre check`` answers the shorter question whether this
configuration can serve.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from vaguemestre.cli.doctor import house, ports, world
from vaguemestre.cli.doctor.console import console
from vaguemestre.cli.doctor.finding import Finding, Look, State, Trouble
from vaguemestre.cli.failures import ExitStatus, explained
from vaguemestre.cli.language import in_words
from vaguemestre.cli.operation import AsJson, Config, config_file
from vaguemestre.cli.output import print_json, say
from vaguemestre.log import configure_logging
from vaguemestre.mail.sentence import Sentence
from vaguemestre.settings import Settings, SettingsError, read_settings


def doctor(
    context: typer.Context,
    as_json: AsJson = False,
    dns: Annotated[bool, typer.Option("--dns", help="Ask the name servers about our domains too.")] = False,
    config: Config = None,
) -> None:
    """Explain what is wrong with this installation and how to mend it. Status 1 when something is."""
    path = config_file(context, config)
    configure_logging(json=False, level="error", key=secrets.token_bytes(32))
    findings = list(examined(path, dns=dns))
    if as_json:
        print_json([_json(finding) for finding in findings])
    else:
        _tell(findings)
    if any(finding.state is State.ILL for finding in findings):
        raise typer.Exit(ExitStatus.REFUSED)


def examined(path: Path, *, dns: bool = False) -> Iterator[Finding]:
    """Every look at the installation of a settings file."""
    part = Sentence("réglages", "settings")
    try:
        settings = read_settings(path)
    except SettingsError as error:
        for problem in error.problems:
            mend = Sentence(f"Corrigez-le dans {path}.", f"Correct it in {path}.")
            yield Finding(part, State.ILL, Sentence(str(problem), str(problem)), mend)
        return
    yield Finding(part, State.WELL, Sentence(f"{path} se lit.", f"{path} is readable."))
    for look in (*LOOKS, *((NAMES,) if dns else ())):
        yield _found(look, settings)


def _found(look: Look, settings: Settings) -> Finding:
    try:
        return Finding(look.part, State.WELL, look.at(settings))
    except Trouble as trouble:
        return Finding(look.part, trouble.state, trouble.what, trouble.mend)
    except Exception as error:
        what = explained(error)[0]
        return Finding(look.part, State.ILL, Sentence(what, what), look.mend)


_SEE_TLS: Final = Sentence("Voyez [tls] certificate et key.", "See [tls] certificate and key.")
_SEE_LOG: Final = Sentence(
    "VAGUEMESTRE_TRACEBACK=1 montre où cela se passe.", "VAGUEMESTRE_TRACEBACK=1 shows where."
)
LOOKS: Final = (
    Look(Sentence("versions", "versions"), house.versions, _SEE_LOG),
    Look(Sentence("processus", "processes"), house.cores, _SEE_LOG),
    Look(Sentence("horloge", "clock"), house.clock, _SEE_LOG),
    Look(Sentence("droits des fichiers", "permissions"), house.permissions, _SEE_LOG),
    Look(Sentence("certificat", "certificate"), house.certificate, _SEE_TLS),
    Look(
        Sentence("autres opérateurs", "operators"),
        house.operators,
        Sentence(
            "Voyez [relay], et : vaguemestre certificate show",
            "See [relay], and: vaguemestre certificate show",
        ),
    ),
    Look(Sentence("clés", "keys"), house.keys, Sentence("Voyez [keys].", "See [keys].")),
    Look(
        Sentence("base de données", "database"),
        house.database,
        Sentence("Voyez [database].", "See [database]."),
    ),
    Look(Sentence("ports", "ports"), ports.ports, Sentence("Voyez [listen].", "See [listen].")),
    Look(
        Sentence("console", "console"),
        console,
        Sentence("Voyez [console_openid] secret_file.", "See [console_openid] secret_file."),
    ),
    Look(Sentence("disque", "disk"), house.disk, Sentence("Voyez [objects].", "See [objects].")),
    Look(
        Sentence("liste de confiance", "trust list"), world.trust, Sentence("Voyez [trust].", "See [trust].")
    ),
    Look(
        Sentence("annuaire", "directory"), world.directory, Sentence("Voyez [directory].", "See [directory].")
    ),
    Look(Sentence("file d'attente", "queue"), world.queue, Sentence("Voyez [database].", "See [database].")),
    Look(
        Sentence("antivirus", "antivirus"),
        world.antivirus,
        Sentence("Voyez [antivirus].", "See [antivirus]."),
    ),
    Look(
        Sentence("horodatage", "time stamps"),
        world.time_stamps,
        Sentence("Voyez [audit] time_stamp_authorities.", "See [audit] time_stamp_authorities."),
    ),
)
"""Every look, in the order told."""

NAMES: Final = Look(
    Sentence("noms de domaine", "domain names"), world.domain_names, Sentence("Voyez le DNS.", "See the DNS.")
)
"""Made when it is asked for: name servers may be slow."""

_MARKS: Final = {
    State.WELL: Sentence("bien", "ok"),
    State.DOUBTFUL: Sentence("ATTENTION", "WARNING"),
    State.ILL: Sentence("MAL", "WRONG"),
}


def _tell(findings: list[Finding]) -> None:
    for finding in findings:
        say(f"{in_words(_MARKS[finding.state]):<10}{in_words(finding.part)} : {in_words(finding.what)}")
        if finding.mend is not None:
            say(f"{'':<10}-> {in_words(finding.mend)}")
    ill = sum(finding.state is State.ILL for finding in findings)
    doubtful = sum(finding.state is State.DOUBTFUL for finding in findings)
    say(
        in_words(
            Sentence(
                f"{ill} à réparer, {doubtful} à surveiller." if ill or doubtful else "Tout va bien.",
                f"{ill} to mend, {doubtful} to watch." if ill or doubtful else "Everything is well.",
            )
        )
    )


def _json(finding: Finding) -> dict[str, str]:
    return {
        "part": finding.part.en,
        "state": finding.state.value,
        "what": in_words(finding.what),
        "mend": "" if finding.mend is None else in_words(finding.mend),
    }
