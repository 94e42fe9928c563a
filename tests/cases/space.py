"""The trust space of the cases: two operators, a health PKI, one signed list. domain.md §6.

*Here* is where everybody of the page has his mailbox; *there* is another operator's server of the same make,
with professionals and citizens of its own. Mail goes from one to the other by port 25's door, certificates on
both sides. Cases let years pass, so lists and certificates last.
"""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.cases.house import LISTENERS, House
from tests.cases.people import CAST, CITIZEN_DOMAIN, CITIZENS_THERE, CLINIC, PROFESSIONAL_DOMAIN
from tests.support.extraction import a_file, a_service
from tests.support.servers import free_port
from tests.support.trust_lists import a_signed_list, pinned_by

from vaguemestre.cli.init import furnish
from vaguemestre.directory.importing import Terms, import_from
from vaguemestre.directory.source import source_at
from vaguemestre.directory.sqlite_file import SqlitePlace
from vaguemestre.net.health_pki import HealthPki, make_health_pki
from vaguemestre.service.trust.subjects import subject_of
from vaguemestre.settings.sample import Chosen

USUAL: Final[Chosen] = {
    ("domains", "professional"): (PROFESSIONAL_DOMAIN,),
    ("domains", "citizen"): (CITIZEN_DOMAIN,),
    ("archive", "public_key"): "archive.pub",
    **LISTENERS,
}
THERE: Final[Chosen] = {
    **USUAL,
    ("domains", "professional"): (CLINIC,),
    ("domains", "citizen"): (CITIZENS_THERE,),
}
_DOMAINS: Final = {"here": (PROFESSIONAL_DOMAIN, CITIZEN_DOMAIN), "there": (CLINIC, CITIZENS_THERE)}
_SHOWN: Final = {"here": "operator", "there": "citizen-operator"}
_LIST: Final = "trust-list.xml"
_DAYS: Final = 3650


def furnish_both(folder: Path) -> None:
    """As ``init`` leaves them; nothing was sent yet. And what they have in common."""
    now = datetime.now(UTC)
    for name, usual in (("here", USUAL), ("there", THERE)):
        (folder / name).mkdir(parents=True)
        furnish(folder / name, usual)
    pki = make_health_pki(folder / "pki", now)
    pki.publish(now, timedelta(days=_DAYS))
    (folder / _LIST).write_bytes(_trust_list(pki, tuple(_DOMAINS)))
    pharmacies = {CAST["pharmacie"]: "690000013", CAST["officine"]: "290000017"}
    lines = [a_service(person.address, structure=number) for person, number in pharmacies.items()]
    sectors = dict.fromkeys(pharmacies.values(), "SA33")
    place = SqlitePlace(folder / "directory.db")
    import_from(source_at(a_file(folder, lines)), place, Terms(), lambda _read, _size: None, sectors)


def publish(common: Path, house: House, *, is_whole: bool) -> None:
    """The list that an operator reads from now on; where it is not whole the other operator is not in it."""
    named = tuple(_DOMAINS) if is_whole else ("here",)
    (house.folder / _LIST).write_bytes(_trust_list(HealthPki(common / "pki"), named))


def _trust_list(pki: HealthPki, named: Sequence[str]) -> bytes:
    listed = [
        (domain, str(subject_of(pki.shown(_SHOWN[name]).read))) for name in named for domain in _DOMAINS[name]
    ]
    return a_signed_list(pki, listed, datetime.now(UTC))


async def meet(common: Path, here: House, there: House) -> None:
    """Open the doors between two operators: both are put up, or up again."""
    pki, ports = HealthPki(common / "pki"), {"here": free_port(), "there": free_port()}
    for house, name, other in ((here, "here", "there"), (there, "there", "here")):
        shutil.copy(common / _LIST, house.folder / _LIST)
        await house.start(_met(pki, common, house.folder / _LIST, name, other, ports))


def _met(
    pki: HealthPki, common: Path, trust_list: Path, name: str, other: str, ports: dict[str, int]
) -> Chosen:
    shown, pinned = pki.shown(_SHOWN[name]), pinned_by(pki)
    return {
        ("domains", "citizen_elsewhere"): (_DOMAINS[other][1],),
        ("listen", "relay"): f"127.0.0.1:{ports[name]}",
        ("relay", "certificate"): shown.certificate,
        ("relay", "key"): shown.key,
        ("relay", "authorities"): pki.authorities,
        ("relay", "revocations"): pki.lists,
        ("trust", "path"): trust_list,
        ("trust", "signer_authorities"): pki.authorities,
        ("trust", "signer_subject"): pinned.subject,
        ("trust", "signer_issuer"): pinned.issuer,
        ("trust", "warn_after"): _DAYS,
        ("trust", "refuse_after"): _DAYS,
        ("directory", "file"): common / "directory.db",
        ("outbound", "routes"): tuple(f"{domain} 127.0.0.1:{ports[other]}" for domain in _DOMAINS[other]),
    }
