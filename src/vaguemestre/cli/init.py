"""``vaguemestre init``: a folder with everything a first server needs.

Nothing is ever replaced: a second master key would make every message unreadable. What a failure leaves
half made is removed again, so that the command can simply be given once more.
"""

import os
import shutil
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.journalled import journal
from vaguemestre.cli.output import say
from vaguemestre.net.development_pki import make_development_pki
from vaguemestre.settings import read_settings
from vaguemestre.settings.sample import Chosen, sample
from vaguemestre.settings.values import read_domains
from vaguemestre.store.migrations import HEAD
from vaguemestre.vault.archive_keys import make_archive_key
from vaguemestre.vault.keys import generate_master, write_master
from vaguemestre.vault.open import open_keystore

SETTINGS_FILE = "vaguemestre.toml"
DEFAULT_PROFESSIONAL = "hopital.mssante.example"  # RFC 2606 §2: a name that will never be anybody's
DEFAULT_CITIZEN = "patient.mssante.fr"  # domain.md §2

_KEYS = ("master.key", "archive.key", "archive.pub")
_MADE = (SETTINGS_FILE, *_KEYS, "certs", "vaguemestre.db", "keys.db", "objects", "spool")


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.", show_default=False)],
    professional_domain: Annotated[
        list[str] | None,
        typer.Option(help=f"A domain of professionals; may be repeated. Default: {DEFAULT_PROFESSIONAL}"),
    ] = None,
    citizen_domain: Annotated[
        list[str] | None, typer.Option(help=f"The domain of citizens. Default: {DEFAULT_CITIZEN}")
    ] = None,
) -> None:
    """Make settings, master key, development certificates and databases in DIR."""
    chosen = _chosen(professional_domain or [DEFAULT_PROFESSIONAL], citizen_domain or [DEFAULT_CITIZEN])
    existing = [name for name in _MADE if (folder / name).exists()]
    if existing:
        names = ", ".join(existing)
        raise CommandFailed(f"{folder} already holds {names}. Nothing was changed; choose another folder.")
    new_folder = not folder.exists()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        furnish(folder, chosen)
        journal(read_settings(folder / SETTINGS_FILE), "installed", {"revision": HEAD})
    except BaseException:
        _remove(folder, new_folder)
        raise
    _next_steps(folder)


def _chosen(professional: list[str], citizen: list[str]) -> Chosen:
    try:
        professionals, citizens = read_domains(professional), read_domains(citizen)
    except ValueError as error:
        raise CommandFailed(str(error), ExitStatus.USAGE) from None
    if both := sorted(set(professionals) & set(citizens)):
        sentence = f"{', '.join(both)} cannot be professional and citizen at once"
        raise CommandFailed(sentence, ExitStatus.USAGE)
    return {
        ("domains", "professional"): professionals,
        ("domains", "citizen"): citizens,
        ("listen", "submission"): "127.0.0.1:1587",
        ("listen", "submissions"): "127.0.0.1:1465",
        ("listen", "imap"): "127.0.0.1:1143",
        ("listen", "imaps"): "127.0.0.1:1993",
        ("archive", "public_key"): "archive.pub",
    }


def furnish(folder: Path, chosen: Chosen) -> None:
    """Put everything in an existing folder that holds none of it. Raises what goes wrong, half done."""
    from vaguemestre.store.migrating import migrate  # half a second, of this command alone

    write_master(folder / "master.key", generate_master())
    make_archive_key(folder / "archive.key", folder / "archive.pub")
    make_development_pki(folder / "certs", datetime.now(UTC))
    path = folder / SETTINGS_FILE
    path.write_text(sample(chosen), encoding="utf-8")
    settings = read_settings(path)  # the environment may name another database: that one is made
    migrate(settings.database.url)
    open_keystore(settings.keys.url).close()


def _remove(folder: Path, new_folder: bool) -> None:
    for name in _MADE:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        for leftover in folder.glob(f"{name}*"):
            leftover.unlink(missing_ok=True)
    if new_folder:
        with suppress(OSError):
            folder.rmdir()


def _next_steps(folder: Path) -> None:
    settings = read_settings(folder / SETTINGS_FILE)
    config = os.path.relpath(folder / SETTINGS_FILE)
    config = config if not config.startswith("..") else str((folder / SETTINGS_FILE).resolve())
    domain = settings.domains.professional[0] if settings.domains.professional else DEFAULT_PROFESSIONAL
    called = sys.argv[0]  # as it was typed, when the shell would not find it by name
    by_path = Path(called).name == "vaguemestre" and shutil.which("vaguemestre") is None
    command = called if by_path else "vaguemestre"
    say(f"Ready in {folder}: settings, master key, development certificates, databases.")
    say("")
    say("Keep a copy of master.key apart from the backups: without it nothing can be read.")
    say("Take archive.key away from this machine, into a safe: it alone opens what closed mailboxes held.")
    say(f"Mail clients must trust {folder / 'certs' / 'ca.pem'} (on this machine only).")
    say("")
    say("Next:")
    say(f"  export VAGUEMESTRE_CONFIG={config}")
    say(f"  {command} bal add claire.martin@{domain} --kind PER --name 'Claire Martin'")
    say(f"  {command} check")
    say(f"  {command} serve")
