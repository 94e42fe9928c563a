"""Broken installations, one fault each: the doctor finds it, and says how to mend it."""

import asyncio
import os
import shutil
import socket
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, cast

import pytest
from cryptography import x509
from dns.asyncresolver import Resolver
from tests.support.command_line import CITIZEN, DOCTOR, PROFESSIONAL_DOMAIN, CommandLine
from tests.support.identity_provider import CLIENT, an_identity_provider

from vaguemestre.cli.doctor.command import LOOKS
from vaguemestre.cli.doctor.finding import Trouble
from vaguemestre.cli.doctor.world import domain_names
from vaguemestre.mail.address import Address, parse_address
from vaguemestre.mail.dsn import NO_WISH
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.net.development_pki import make_development_pki
from vaguemestre.service.ports.outbound import OUTGOING, NewOutbound
from vaguemestre.service.ports.vault import KeyDay, SealedBody
from vaguemestre.services import SystemClock, open_services
from vaguemestre.settings import read_settings
from vaguemestre.store.migrations import HEAD
from vaguemestre.transport.routes import Routes, Server
from vaguemestre.vault.keys import generate_master, write_master


class Found(NamedTuple):
    state: str
    what: str
    mend: str


@pytest.fixture(autouse=True)
def nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports are the system's to choose, so that no server beside is taken for ours."""
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    for name in ("SUBMISSION", "SUBMISSIONS", "IMAP", "IMAPS"):
        monkeypatch.setenv(f"VAGUEMESTRE_LISTEN__{name}", "127.0.0.1:0")


def asks_for_stamps(vaguemestre: CommandLine, authorities: Path) -> None:
    told = f'time_stamps = "https://tsa.example/"\ntime_stamp_authorities = "{authorities}"'
    before = vaguemestre.config.read_text()
    vaguemestre.config.write_text(before.replace("[audit]", f"[audit]\n{told}", 1))


def test_anchors_that_nobody_stamps_are_told(vaguemestre: CommandLine) -> None:
    assert examined(vaguemestre, "time stamps").what == "None is asked for."
    asks_for_stamps(vaguemestre, vaguemestre.config.parent / "certs" / "ca.pem")
    assert examined(vaguemestre, "time stamps").what == "The anchors of the week are stamped."
    folder, now = vaguemestre.config.parent / "anchors", datetime.now(UTC)
    folder.mkdir(exist_ok=True)
    for back in (2, 3, 30):  # two days, so that midnight may pass
        (folder / f"{now - timedelta(days=back):%Y-%m-%d}.anchor").write_text("an anchor")
    found = examined(vaguemestre, "time stamps")
    assert (found.state, found.what) == ("warning", "Anchors of the week without a time stamp: 2.")


def test_the_secret_of_any_section_that_others_can_read_is_told(vaguemestre: CommandLine) -> None:
    asks_for_stamps(vaguemestre, vaguemestre.config.parent / "certs" / "ca.pem")
    told = 'time_stamps_user = "us"\ntime_stamps_password_file = "stamps.secret"'
    before = vaguemestre.config.read_text()
    vaguemestre.config.write_text(before.replace("[audit]", f"[audit]\n{told}", 1))
    secret = vaguemestre.config.parent / "stamps.secret"
    secret.touch(0o600)
    assert examined(vaguemestre, "permissions").state == "ok"
    secret.chmod(0o640)
    assert examined(vaguemestre, "permissions").mend == f"chmod 600 {secret}"


def test_whom_to_believe_of_time_stamps_must_be_readable(vaguemestre: CommandLine, tmp_path: Path) -> None:
    asks_for_stamps(vaguemestre, tmp_path / "missing.pem")
    found = examined(vaguemestre, "time stamps")
    assert found.state == "wrong"
    assert "missing.pem" in found.what
    checked = vaguemestre("check", "--json")
    assert checked.status == 1
    wrong = [one for one in cast(list[dict[str, object]], checked.json()) if not one["ok"]]
    assert [one["part"] for one in wrong] == ["time stamps"]


def examined(vaguemestre: CommandLine, part: str) -> Found:
    """What is said of one part; the status says the same."""
    said = vaguemestre("doctor", "--json")
    found = said.json()
    assert isinstance(found, list)
    assert said.status == (1 if any(one["state"] == "wrong" for one in found) else 0), said.err
    (one,) = [one for one in found if one["part"] == part]
    return Found(one["state"], one["what"], one["mend"])


def test_a_fresh_house_is_well_in_both_languages(
    vaguemestre: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = vaguemestre("doctor")
    assert (said.status, said.out.splitlines()[-1]) == (0, "Everything is well.")
    assert len(said.out.splitlines()) == len(LOOKS) + 2
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert vaguemestre("doctor").out.splitlines()[-1] == "Tout va bien."


def test_settings_that_cannot_be_read_are_told_each(vaguemestre: CommandLine, house: Path) -> None:
    with (house / "vaguemestre.toml").open("a") as file:
        file.write("\n[nothing]\nx = 1\n")
    found = examined(vaguemestre, "settings")
    assert found.state == "wrong"
    assert "nothing" in found.what
    assert "Correct it" in found.mend


def test_an_old_sqlite_is_told(vaguemestre: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    assert examined(vaguemestre, "versions").state == "wrong"


def test_a_clock_behind_what_was_written_is_told(vaguemestre: CommandLine, house: Path) -> None:
    later = (datetime.now(UTC) + timedelta(days=2)).timestamp()
    os.utime(house / "vaguemestre.db", (later, later))
    found = examined(vaguemestre, "clock")
    assert found.state == "wrong"
    assert "timedatectl" in found.mend


@pytest.mark.parametrize("name", ["master.key", "keys.db", "certs/server.key", "vaguemestre.db"])
def test_a_secret_that_others_may_read_is_named(vaguemestre: CommandLine, house: Path, name: str) -> None:
    (house / name).chmod(0o644)
    found = examined(vaguemestre, "permissions")
    assert found.state == "wrong"
    assert str(house / name) in found.what
    assert found.mend.startswith("chmod 600 ")


def test_a_master_key_that_others_may_read_is_not_said_to_be_lost(
    vaguemestre: CommandLine, house: Path
) -> None:
    (house / "master.key").chmod(0o640)
    assert examined(vaguemestre, "keys").mend == f"chmod 600 {house / 'master.key'}"


def remade_certificate(house: Path, at: datetime, hosts: tuple[str, ...] = ("localhost",)) -> None:
    shutil.rmtree(house / "certs")
    make_development_pki(house / "certs", at, hosts)


@pytest.mark.parametrize(
    ("days", "state", "said"), [(-3000, "wrong", "expired on"), (400, "wrong", "begins on")]
)
def test_a_certificate_out_of_its_dates_is_told(
    vaguemestre: CommandLine, house: Path, days: int, state: str, said: str
) -> None:
    remade_certificate(house, datetime.now(UTC) + timedelta(days=days))
    found = examined(vaguemestre, "certificate")
    assert (found.state, said in found.what) == (state, True), found


def test_a_certificate_that_ends_soon_is_a_warning(vaguemestre: CommandLine, house: Path) -> None:
    whole = make_development_pki(house / "another", datetime.now(UTC)).certificate.read_bytes()
    lives = x509.load_pem_x509_certificate(whole).not_valid_after_utc - datetime.now(UTC)
    remade_certificate(house, datetime.now(UTC) - lives + timedelta(days=10))
    found = examined(vaguemestre, "certificate")
    assert (found.state, "expires on" in found.what) == ("warning", True), found


def test_a_certificate_of_another_name_is_told(vaguemestre: CommandLine, house: Path) -> None:
    remade_certificate(house, datetime.now(UTC), ("mail.autre.example",))
    found = examined(vaguemestre, "certificate")
    assert (found.state, "does not name localhost" in found.what) == ("wrong", True), found


def test_a_key_of_another_certificate_is_told(vaguemestre: CommandLine, house: Path, tmp_path: Path) -> None:
    other = make_development_pki(tmp_path / "other", datetime.now(UTC))
    shutil.copy(other.key, house / "certs" / "server.key")
    assert examined(vaguemestre, "certificate").state == "wrong"


def test_an_expired_certificate_among_operators_is_told(
    vaguemestre: CommandLine, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = make_development_pki(house / "old", datetime.now(UTC) - timedelta(days=3000))
    for name, path in (
        ("CERTIFICATE", old.certificate),
        ("KEY", old.key),
        ("AUTHORITIES", old.authority),
        ("REVOCATIONS", old.authority),
    ):
        monkeypatch.setenv(f"VAGUEMESTRE_RELAY__{name}", str(path))
    found = examined(vaguemestre, "operators")
    assert (found.state, "expired on" in found.what) == ("wrong", True), found


def test_a_master_key_that_is_not_the_key_stores_is_told(vaguemestre: CommandLine, house: Path) -> None:
    vaguemestre("bal", "list")  # whoever opens the key store first makes it his
    (house / "master.key").unlink()
    write_master(house / "master.key", generate_master())
    found = examined(vaguemestre, "keys")
    assert (found.state, "another master key" in found.what) == ("wrong", True), found


@pytest.mark.parametrize("name", ["master.key", "keys.db"])
def test_keys_that_are_gone_are_told_and_not_made(vaguemestre: CommandLine, house: Path, name: str) -> None:
    (house / name).unlink()
    assert examined(vaguemestre, "keys").state == "wrong"
    assert not (house / name).exists()


def test_tables_of_another_release_are_told(vaguemestre: CommandLine, house: Path) -> None:
    with sqlite3.connect(house / "vaguemestre.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    database.close()
    found = examined(vaguemestre, "database")
    assert (found.state, HEAD in found.what, "migrate" in found.mend) == ("wrong", True, True)


def test_a_database_that_does_not_answer_is_told(
    vaguemestre: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAGUEMESTRE_DATABASE__URL", "postgresql://nobody@127.0.0.1:1/nothing")
    found = examined(vaguemestre, "database")
    assert (found.state, "Is it running?" in found.mend) == ("wrong", True), found


def test_a_port_that_another_holds_is_told(vaguemestre: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        monkeypatch.setenv("VAGUEMESTRE_LISTEN__IMAPS", f"127.0.0.1:{port}")
        found = examined(vaguemestre, "ports")
    assert (found.state, f"127.0.0.1:{port} (imaps)" in found.what) == ("wrong", True), found
    assert "ss -ltnp" in found.mend


def test_a_port_where_we_answer_is_ours(vaguemestre: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def greet() -> None:
        line, _ = ours.accept()
        line.sendall(b"* OK Bonjour\r\n")
        line.close()

    with socket.create_server(("127.0.0.1", 0)) as ours:
        greeting = threading.Thread(target=greet)
        greeting.start()
        monkeypatch.setenv("VAGUEMESTRE_LISTEN__IMAP", f"127.0.0.1:{ours.getsockname()[1]}")
        assert examined(vaguemestre, "ports") == Found("ok", "The server answers: imap.", "")
        greeting.join()


@pytest.mark.parametrize(("free", "state"), [(10**8, "wrong"), (5 * 10**9, "warning"), (10**12, "ok")])
def test_a_disk_that_fills_up_is_told(
    vaguemestre: CommandLine, monkeypatch: pytest.MonkeyPatch, free: int, state: str
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(total=2 * 10**12, free=free))
    assert examined(vaguemestre, "disk").state == state


def test_a_directory_that_never_came_is_told(
    vaguemestre: CommandLine, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAGUEMESTRE_DIRECTORY__PATH", str(house))
    found = examined(vaguemestre, "directory")
    assert (found.state, found.mend) == ("wrong", "vaguemestre directory import")


@pytest.mark.parametrize(("hours", "state"), [(1, "ok"), (5, "warning"), (30, "wrong")])
def test_mail_that_waits_too_long_is_told(vaguemestre: CommandLine, hours: int, state: str) -> None:
    async def work() -> None:
        at = datetime.now(UTC) - timedelta(hours=hours)
        body = SealedBody(BodyId(b"q" * 16), OUTGOING, KeyDay(20_000), 42, b"x", None, None, b"x")
        to = [(Address("labo", "labo.example"), NO_WISH)]
        async with open_services(read_settings(vaguemestre.config), SystemClock()) as services:
            new = NewOutbound(None, "old", parse_address(DOCTOR), to, body, at)
            await services.store.write(lambda tx: tx.outbound.add(new), "test")

    asyncio.run(work())
    found = examined(vaguemestre, "queue")
    assert (found.state, "1 deliveries wait" in found.what) == (state, True), found


def test_a_scanner_that_does_not_answer_is_told(
    vaguemestre: CommandLine, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAGUEMESTRE_ANTIVIRUS__CLAMD", str(house / "clamd.ctl"))
    found = examined(vaguemestre, "antivirus")
    assert (found.state, "Start clamd" in found.mend) == ("wrong", True), found


def test_our_domains_are_looked_up_when_it_is_asked(vaguemestre: CommandLine) -> None:
    settings = read_settings(vaguemestre.config)
    known = {domain: Server("127.0.0.1", 25) for domain in (PROFESSIONAL_DOMAIN, CITIZEN.partition("@")[2])}
    assert PROFESSIONAL_DOMAIN in domain_names(settings, Routes(known)).en
    resolver = Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], 1
    with pytest.raises(Trouble) as raised:
        domain_names(settings, Routes({}, resolver, patience=0.2))
    assert "IN MX 10 localhost." in raised.value.mend.en


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("", "ok"),
        ("https://console.example.fr", "ok"),
        ("http://console.example.fr", "warning"),
        ("https://192.0.2.7:1443", "warning"),
    ],
)
def test_an_address_at_which_no_passkey_is_made_is_told(
    vaguemestre: CommandLine, monkeypatch: pytest.MonkeyPatch, address: str, state: str
) -> None:
    assert examined(vaguemestre, "console").what == "None."
    monkeypatch.setenv("VAGUEMESTRE_LISTEN__HTTP", "127.0.0.1:0")
    monkeypatch.setenv("VAGUEMESTRE_CONSOLE__ADDRESS", address)
    found = examined(vaguemestre, "console")
    assert (found.state, address in found.what) == (state, True), found


def test_a_provider_that_signs_nobody_in_is_told(
    vaguemestre: CommandLine, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAGUEMESTRE_LISTEN__HTTP", "127.0.0.1:0")
    monkeypatch.setenv("VAGUEMESTRE_CONSOLE_OPENID__CLIENT", CLIENT)
    with an_identity_provider() as provider:
        monkeypatch.setenv("VAGUEMESTRE_CONSOLE_OPENID__ISSUER", provider.issuer)
        assert examined(vaguemestre, "console").state == "ok"
        provider.answers = False
        found = examined(vaguemestre, "console")
        assert (found.state, "does not describe itself" in found.what) == ("wrong", True), found
        provider.answers = True
        secret = house / "client.secret"
        monkeypatch.setenv("VAGUEMESTRE_CONSOLE_OPENID__SECRET_FILE", str(secret))
        found = examined(vaguemestre, "console")
        assert (found.state, "client.secret" in found.what) == ("wrong", True), found
        secret.write_text("x", encoding="utf-8")
        secret.chmod(0o644)
        found = examined(vaguemestre, "permissions")
        assert (found.state, "client.secret" in found.what) == ("wrong", True), found
