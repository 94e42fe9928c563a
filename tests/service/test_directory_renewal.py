"""The directory is made anew beside the server, and our accounts follow it. domain.md §7."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.support.extraction import FILE, PUBLISHED, a_doctor, a_file, a_service
from tests.support.world import World

from vaguemestre.directory.beside import ImportBeside
from vaguemestre.directory.errand import Errand, errand_from
from vaguemestre.directory.sqlite_reader import SqliteDirectory
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.service.directory.renewal import DirectoryRenewal
from vaguemestre.service.ports.directory import DirectoryRefused, service_in

PHARMACY = parse_address("pharmacie@cabinet.mssante.fr")
SECTORS = "Numéro FINESS site|Code secteur d'activité|Numéro SIRET site\n"


@pytest.fixture
async def directory(tmp_path: Path) -> AsyncIterator[SqliteDirectory]:
    opened = SqliteDirectory(tmp_path / "directory.db")
    yield opened
    opened.close()


@pytest.fixture
def errand(tmp_path: Path) -> Errand:
    (tmp_path / "extractions").mkdir()
    file = str(tmp_path / "directory.db")
    return Errand(file, f"{file}.download", path=str(tmp_path / "extractions"))


def a_sector_file(folder: Path) -> Path:
    path = folder / "sectors.txt"
    path.write_text(f"{SECTORS}690000013|SA33|\n|not a sector|12345678901234\nshort\n", encoding="utf-8")
    return path


def with_sectors(errand: Errand, folder: Path) -> Errand:
    numbers = ("Numéro FINESS site", "Numéro SIRET site")
    column = "Code secteur d'activité"
    return replace(errand, sectors=str(a_sector_file(folder)), sector_column=column, sector_numbers=numbers)


def renewal(world: World, directory: SqliteDirectory, errand: Errand) -> DirectoryRenewal:
    return DirectoryRenewal(world.store, directory, ImportBeside(errand), world.clock, timedelta(days=3))


async def test_a_process_beside_imports_and_our_pharmacy_is_known_by_the_directory(
    world: World, directory: SqliteDirectory, errand: Errand, tmp_path: Path
) -> None:
    bal = await world.bal(str(PHARMACY), BalKind.ORG)
    a_file(tmp_path / "extractions", [a_service(str(PHARMACY), structure="1690000013"), a_doctor()])
    worker = renewal(world, directory, with_sectors(errand, tmp_path))
    with capture_logs() as lines:
        assert await worker.run_once(100) == 0
    assert "directory_renewed" in [line["event"] for line in lines]
    listings = directory.listings(PHARMACY)
    assert service_in(listings, frozenset({"SA33"})) is not None
    assert service_in(listings, frozenset({"SA38"})) is None
    assert not service_in(
        directory.listings(parse_address("elodie.le-goff@medecin.mssante.example")), frozenset({"SA33", ""})
    )
    described = await world.store.read(lambda tx: tx.bals.by_id(bal.id))
    assert described is not None
    assert described.sector == "SA33"
    entries = await world.store.read(lambda tx: tx.journal.entries(bal.id, "account_described"))
    assert [(entry.actor, entry.detail) for entry in entries] == [
        ("rule:directory", {"sector": "SA33", "before": ""})
    ]
    assert await worker.follow() == 0  # nothing is journalled twice


async def test_nothing_new_starts_no_process_and_no_source_is_nothing_to_do(
    directory: SqliteDirectory, errand: Errand, tmp_path: Path
) -> None:
    assert await ImportBeside(replace(errand, path="")).renew() is None
    beside = ImportBeside(errand)
    a_file(tmp_path / "extractions", [a_doctor()])
    first, second = await beside.renew(), await beside.renew()
    assert first is not None
    assert second is not None
    assert (first.is_new, second.is_new, second.state) == (True, False, first.state)


async def test_what_is_refused_beside_is_told_here_and_an_old_directory_warns(
    world: World, directory: SqliteDirectory, errand: Errand, tmp_path: Path
) -> None:
    folder = tmp_path / "extractions"
    a_file(folder, [a_doctor(), a_service()], "Extraction_202001010830.txt")
    worker = renewal(world, directory, errand)
    await worker.run_once(100)
    a_file(folder, [a_doctor()])
    with pytest.raises(DirectoryRefused, match="1 mailboxes"):
        await ImportBeside(errand).renew()
    with capture_logs() as lines:
        await worker.run_once(100)
    assert [line["event"] for line in lines] == ["directory_not_renewed", "directory_stale"]
    state = await directory.state()
    assert state is not None
    assert state.rows == 2


async def test_sectors_need_their_columns(errand: Errand, tmp_path: Path) -> None:
    a_file(tmp_path / "extractions", [a_doctor()])
    asked = replace(with_sectors(errand, tmp_path), sector_column="Secteur")
    with pytest.raises(DirectoryRefused, match="does not have the columns Secteur"):
        await ImportBeside(asked).renew()


async def test_an_import_beside_ends_with_whoever_asked_for_it(errand: Errand, tmp_path: Path) -> None:
    a_file(tmp_path / "extractions", [a_doctor(f"dr.{n}@medecin.mssante.example") for n in range(5_000)])
    asking = asyncio.create_task(ImportBeside(errand).renew())
    await asyncio.to_thread(_until_begun, tmp_path)
    asking.cancel()
    await asyncio.wait([asking])
    again = await ImportBeside(errand).renew()
    assert again is not None
    assert again.state.rows == 5_000


def _until_begun(folder: Path) -> None:
    while not (folder / "directory.db.lock").exists():
        threading.Event().wait(0.01)


def test_an_errand_travels_as_it_is(errand: Errand, tmp_path: Path) -> None:
    asked = with_sectors(errand, tmp_path)
    assert errand_from(asked.to_json()) == asked


class _Server:
    """Offers one file under one name, and counts who took it."""

    def __init__(self, content: bytes, name: str) -> None:
        self.content, self.name, self.length, self.taken = content, name, len(content), 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/elsewhere":
                    self.send_response(302)
                    self.send_header("Location", "/extraction")
                    self.end_headers()
                    return
                self.send_response(200)
                self.send_header("Content-Disposition", f"attachment; filename={outer.name}")
                self.send_header("Content-Length", str(outer.length))
                self.end_headers()
                self.wfile.write(outer.content)
                outer.taken += 1

            def log_message(self, format: str, *args: object) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/extraction"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[_Server]:
    offered = _Server(a_file(tmp_path, [a_doctor(), a_service()]).read_bytes(), FILE)
    thread = threading.Thread(target=offered.http.serve_forever, args=(0.01,))
    thread.start()
    yield offered
    offered.http.shutdown()
    thread.join()
    offered.http.server_close()


async def test_a_file_is_fetched_dated_by_the_name_the_server_gives(
    errand: Errand, server: _Server, tmp_path: Path
) -> None:
    beside = ImportBeside(replace(errand, path="", url=server.url))
    first, second = await beside.renew(), await beside.renew()
    assert first is not None
    assert second is not None
    assert (first.is_new, first.state.rows, first.state.published_at) == (True, 2, PUBLISHED)
    assert not second.is_new
    assert "directory.db.download" not in await asyncio.to_thread(os.listdir, tmp_path)


async def test_a_transfer_cut_short_or_redirected_leaves_the_directory_in_place(
    errand: Errand, server: _Server
) -> None:
    server.length += 10
    with pytest.raises(OSError, match=r"makes no sense|cut short"):
        await ImportBeside(replace(errand, path="", url=server.url)).renew()
    elsewhere = server.url.replace("/extraction", "/elsewhere")
    with pytest.raises(OSError, match="redirects"):
        await ImportBeside(replace(errand, path="", url=elsewhere)).renew()
    with pytest.raises(OSError, match="https"):
        await ImportBeside(replace(errand, path="", url="http://192.0.2.1/x")).renew()
