"""Looks at what stands on this machine: program, clock, files, certificates, keys, database, disk."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from vaguemestre.cli.doctor.finding import State, Trouble
from vaguemestre.configured import masters_of, tls_of
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.settings import Settings
from vaguemestre.settings.section import Section
from vaguemestre.store.open import NewerSchemaError, SchemaError, check_schema
from vaguemestre.vault.keys import MasterKeyError
from vaguemestre.vault.open import open_keystore

_SOON: Final = timedelta(days=30)
_DRIFT: Final = timedelta(minutes=5)
_LEAST_FREE: Final = 1_000_000_000  # octets: an hour's mail of a large house
_LEAST_SHARE: Final = 0.1
_PYTHON: Final = (3, 11)
_SQLITE: Final = (3, 35, 0)  # RETURNING
_FILE: Final = "sqlite:///"
_SECRETS: Final = ("password_file", "secret_file", "token_file", "key_file")  # how their settings are called


def versions(settings: Settings) -> Sentence:
    """Python and SQLite are new enough."""
    python, sqlite = sys.version_info[:2], sqlite3.sqlite_version_info
    told = f"Python {python[0]}.{python[1]}, SQLite {sqlite3.sqlite_version}"
    if python < _PYTHON or (sqlite < _SQLITE and settings.database.url.startswith(_FILE)):
        raise Trouble(
            Sentence(f"{told} : trop ancien.", f"{told}: too old."),
            Sentence("Il faut Python 3.11 et SQLite 3.35.", "Python 3.11 and SQLite 3.35 are needed."),
        )
    return Sentence(f"{told}.", f"{told}.")


def cores(settings: Settings) -> Sentence:
    """How many of the machine's cores can be at work for mail: nothing is wrong with either."""
    used, there = settings.processes, os.cpu_count() or 1
    fr, en = f"processes = {used}, cœurs : {there}", f"processes = {used}, cores: {there}"
    if used >= there:
        return Sentence(f"{fr}.", f"{en}.")
    return Sentence(
        f"{fr} : sous la charge, processes = {there} les emploierait tous.",
        f"{en}: under load, processes = {there} would use all of them.",
    )


def clock(settings: Settings) -> Sentence:
    """The clock is not behind what was written."""
    now = datetime.now(UTC)
    for file in files_of(settings):
        written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        if written - now > _DRIFT:
            raise Trouble(
                Sentence(
                    f"L'horloge dit {now:%Y-%m-%d %H:%M} UTC, et {file} fut écrit plus tard : elle retarde.",
                    f"The clock says {now:%Y-%m-%d %H:%M} UTC, and {file} was written later: it is behind.",
                ),
                Sentence(
                    "Réglez l'horloge (timedatectl set-ntp true), puis regardez ce qui a expiré trop tard.",
                    "Set the clock (timedatectl set-ntp true), then look at what expired too late.",
                ),
            )
    return Sentence(f"Elle dit {now:%Y-%m-%d %H:%M} UTC.", f"It says {now:%Y-%m-%d %H:%M} UTC.")


def files_of(settings: Settings) -> list[Path]:
    """The databases in files, as far as they are there."""
    urls = (settings.database.url, settings.keys.url)
    files = (Path(url.removeprefix(_FILE)) for url in urls if url.startswith(_FILE))
    return [file for file in files if file.exists()]


def _named_secrets(settings: Settings) -> Iterator[Path | None]:
    """Whatever section they stand in."""
    for name in type(settings).model_fields:
        section = getattr(settings, name)
        if isinstance(section, Section):
            yield from (getattr(section, key) for key in type(section).model_fields if key.endswith(_SECRETS))


def permissions(settings: Settings) -> Sentence:
    """Secrets are their owner's alone, and what is written to can be."""
    secrets = [settings.tls.key, settings.relay.key, *_named_secrets(settings), *files_of(settings)]
    open_to_others = [
        path for path in secrets if path is not None and path.exists() and path.stat().st_mode & 0o077
    ]
    if open_to_others:
        named = ", ".join(map(str, open_to_others))
        raise Trouble(
            Sentence(f"D'autres comptes peuvent lire {named}.", f"Other accounts can read {named}."),
            Sentence(
                f"chmod 600 {' '.join(map(str, open_to_others))}",
                f"chmod 600 {' '.join(map(str, open_to_others))}",
            ),
        )
    for folder in (settings.objects.directory, settings.objects.spool):
        place = folder if folder.exists() else folder.parent
        if not settings.objects.bucket and not os.access(place, os.W_OK | os.X_OK):
            raise Trouble(
                Sentence(f"On ne peut pas écrire dans {place}.", f"{place} cannot be written to."),
                Sentence(f"Donnez {place} au compte qui sert.", f"Give {place} to the account that serves."),
            )
    return Sentence(
        "Les fichiers secrets ne se lisent que par leur propriétaire.",
        "Secret files are readable by their owner alone.",
    )


def certificate(settings: Settings) -> Sentence:
    """What clients are shown is in force and names us."""
    tls_of(settings).context()  # the key is this certificate's, or CertificateError
    return _in_force(settings.tls.certificate, settings.hostname)


def operators(settings: Settings) -> Sentence:
    """What other operators are shown is in force."""
    if settings.relay.certificate is None:
        return Sentence("Aucun : le courrier reste ici.", "None are met: mail stays here.")
    return _in_force(settings.relay.certificate, "")


def _in_force(path: Path, name: str) -> Sentence:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    begins, ends, now = certificate.not_valid_before_utc, certificate.not_valid_after_utc, datetime.now(UTC)
    until = f"{ends:%Y-%m-%d}"
    renew = Sentence(
        f"Mettez un nouveau certificat dans {path} ; le serveur le prend sans redémarrer.",
        f"Put a new certificate in {path}; the server takes it up without a restart.",
    )
    if now > ends:
        raise Trouble(Sentence(f"{path} a expiré le {until}.", f"{path} expired on {until}."), renew)
    if now < begins:
        since = f"{begins:%Y-%m-%d}"
        raise Trouble(Sentence(f"{path} ne vaut que dès le {since}.", f"{path} begins on {since}."), renew)
    if name and not _names(certificate, name):
        raise Trouble(
            Sentence(
                f"{path} n'est pas au nom de {name} : les logiciels de messagerie le refuseront.",
                f"{path} does not name {name}: mail programs will refuse it.",
            ),
            Sentence(
                "Demandez un certificat à ce nom, ou corrigez `hostname`.",
                "Ask for a certificate of that name, or correct `hostname`.",
            ),
        )
    if ends - now < _SOON:
        raise Trouble(
            Sentence(f"{path} expire le {until}.", f"{path} expires on {until}."), renew, State.DOUBTFUL
        )
    return Sentence(f"Valable jusqu'au {until}.", f"Valid until {until}.")


def _names(certificate: x509.Certificate, name: str) -> bool:
    """Whether its subject alternative names have that host, by itself or by a star (RFC 9525 §6.3)."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    known = {text.lower() for text in found.get_values_for_type(x509.DNSName)}
    known |= {str(address) for address in found.get_values_for_type(x509.IPAddress)}
    return name.lower() in known or f"*.{name.lower().partition('.')[2]}" in known


def database(settings: Settings) -> Sentence:
    """It answers, with the tables of this release."""
    try:
        check_schema(settings.database.url)
    except NewerSchemaError as error:
        raise Trouble(
            Sentence(
                f"Une version plus récente s'est servie de cette base ({error}).",
                f"A newer release has used this database ({error}).",
            ),
            Sentence(
                "Remettez cette version plus récente, ou une sauvegarde faite par celle-ci.",
                "Put that newer release back, or a backup that this one has made.",
            ),
        ) from error
    except SchemaError as error:
        raise Trouble(
            Sentence(
                f"Les tables de la base ne sont pas celles de cette version ({error}).",
                f"The tables of the database are not those of this release ({error}).",
            ),
            Sentence("Sauvegardez, puis : vaguemestre migrate", "Make a backup, then: vaguemestre migrate"),
        ) from error
    except StoreBusyError as error:
        raise Trouble(
            Sentence("La base ne répond pas.", "The database does not answer."),
            Sentence(
                "Est-elle démarrée ? Son adresse est-elle celle de [database] url ?",
                "Is it running? Is its address the one in [database] url?",
            ),
        ) from error
    return Sentence("Elle répond, ses tables sont à jour.", "It answers, and its tables are up to date.")


def keys(settings: Settings) -> Sentence:
    """The master key is the key store's."""
    restore = Sentence(
        "Remettez la clé maîtresse et le magasin de clés d'une même sauvegarde : rien d'autre ne se lira.",
        "Put back master key and key store of one backup: nothing can be read otherwise.",
    )
    try:
        masters = masters_of(settings)
    except MasterKeyError as error:
        what, master = str(error), settings.keys.master_key_file
        if master.exists() and master.stat().st_mode & 0o077:
            restore = Sentence(f"chmod 600 {master}", f"chmod 600 {master}")
        raise Trouble(
            Sentence(f"La clé maîtresse est inutilisable : {what}.", f"No usable master key: {what}."),
            restore,
        ) from error
    url = settings.keys.url
    if url.startswith(_FILE) and not Path(url.removeprefix(_FILE)).exists():
        file = url.removeprefix(_FILE)
        raise Trouble(Sentence(f"{file} n'est pas là.", f"{file} is not there."), restore)
    known = {key.id for key in masters.all}
    with closing(open_keystore(url)) as store:
        others = [wrapped for _, wrapped in store.secrets_under_other_masters(masters.current.id)]
    if any(wrapped.master not in known for wrapped in others):
        raise Trouble(
            Sentence(
                "Le magasin de clés est scellé par une autre clé maîtresse.",
                "The key store is sealed by another master key.",
            ),
            restore,
        )
    if masters.old:
        raise Trouble(
            Sentence("Une rotation n'est pas finie.", "A rotation is unfinished."),
            Sentence("vaguemestre keys rotate", "vaguemestre keys rotate"),
            State.DOUBTFUL,
        )
    return Sentence(
        f"La clé maîtresse {masters.current.id} ouvre le magasin de clés.",
        f"Master key {masters.current.id} opens the key store.",
    )


def disk(settings: Settings) -> Sentence:
    """There is room."""
    places = [settings.objects.spool, *(file.parent for file in files_of(settings))]
    if not settings.objects.bucket:
        places.append(settings.objects.directory)
    least = None
    for place in dict.fromkeys(place if place.exists() else place.parent for place in places):
        usage = shutil.disk_usage(place)
        told = f"{place}: {usage.free / 1e9:.1f} GB"
        if usage.free < _LEAST_FREE:
            raise Trouble(
                Sentence(
                    f"Le disque est plein ou presque ({told}).", f"The disk is full, or nearly ({told})."
                ),
                Sentence(
                    "Faites de la place : sauvegardes, journaux. Le courrier attend, rien ne se perd.",
                    "Make room: backups and logs first. Mail waits meanwhile, and nothing is lost.",
                ),
            )
        if usage.free < usage.total * _LEAST_SHARE:
            raise Trouble(
                Sentence(
                    f"Il reste moins d'un dixième du disque ({told}).", f"Less than a tenth is left ({told})."
                ),
                Sentence("Prévoyez de la place.", "Plan for more room."),
                State.DOUBTFUL,
            )
        least = min(least or usage.free, usage.free)
    free = f"{(least or 0) / 1e9:.1f}"
    return Sentence(f"{free} Go libres.", f"{free} GB free.")
