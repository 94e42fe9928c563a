"""``vaguemestre backup`` and ``restore``: sealed, whole, and nothing destroyed comes back by it."""

import asyncio
import secrets
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from tests.support.command_line import CITIZEN, DOCTOR, CommandLine
from tests.support.letters import a_letter
from tests.support.servers import s3

from vaguemestre.backup.restoring import restore
from vaguemestre.backup.sealing import BackupRefused, Passphrase
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.envelope import Envelope
from vaguemestre.service.ports.vault import SealBrokenError
from vaguemestre.service.sign_in.outcome import SignedIn
from vaguemestre.services import SystemClock, open_services
from vaguemestre.settings import read_settings

SECRET = "une phrase assez longue"


@pytest.fixture
def lived_in(vaguemestre: CommandLine) -> CommandLine:
    return live_in(vaguemestre)


def live_in(vaguemestre: CommandLine) -> CommandLine:
    """Notices in mailboxes, a letter large enough to be an object, and a journal."""
    for address, kind in ((DOCTOR, "PER"), (CITIZEN, "CITIZEN")):
        assert vaguemestre("bal", "add", address, "--kind", kind).status == 0
        assert vaguemestre("inspect", address).status == 0
    asyncio.run(a_large_letter(vaguemestre.config))
    assert vaguemestre("audit", "anchor").status == 0
    return vaguemestre


async def a_large_letter(config: Path) -> None:
    """From the doctor to himself."""
    async with open_services(read_settings(config), SystemClock()) as services:
        address = parse_address(DOCTOR)
        doctor = await services.store.read(lambda tx: tx.bals.by_address(address))
        assert doctor is not None
        incoming = services.submissions.begin(SignedIn(doctor), Envelope(address, (address,)), "ESMTPSA")
        incoming.feed(a_letter(DOCTOR, DOCTOR, text=secrets.token_hex(100_000)))
        receipt = await services.submissions.submit(incoming)
        assert receipt.reply.is_positive


def made(command: CommandLine, file: Path, *options: str) -> dict[str, object]:
    said = command("backup", str(file), "--passphrase-stdin", "--json", *options, stdin=f"{SECRET}\n")
    assert said.status == 0, said.err
    return cast(dict[str, object], said.json())


def tried(command: CommandLine, file: Path, folder: Path, *options: str) -> tuple[int, dict[str, object]]:
    arguments = ("restore", str(file), str(folder), "--passphrase-stdin", "--verify", "--json", *options)
    said = command(*arguments, stdin=f"{SECRET}\n")
    assert said.out, said.err
    return said.status, cast(dict[str, dict[str, object]], said.json())["tried"]


def test_a_backup_restores_whole_with_the_copy_of_the_keys(lived_in: CommandLine, tmp_path: Path) -> None:
    file, keys = tmp_path / "a" / "messages.vmb", tmp_path / "b" / "keys.vmb"
    anchors = lived_in.config.parent / "anchors"
    anchors.mkdir()
    assert lived_in("audit", "anchor", "--output", str(anchors / "2026-11-22.anchor")).status == 0
    (anchors / "2026-11-22.anchor.tsr").write_bytes(b"a time stamp")
    for place in (file, keys):
        place.parent.mkdir()
    done = made(lived_in, file, "--keys-to", str(keys))
    assert (done["objects"], done["gone"]) == (1, 0)
    status, found = tried(lived_in, file, tmp_path / "again", "--keys", str(keys))
    assert (status, found["sound"], found["broken"], found["rows_differ"]) == (0, True, [], [])
    assert cast(int, found["opened"]) > 0
    assert (tmp_path / "again" / "anchors" / "2026-11-22.anchor.tsr").read_bytes() == b"a time stamp"
    for octets in (file.read_bytes(), keys.read_bytes()):
        assert b"SQLite" not in octets
        assert b"CREATE TABLE" not in octets
    (line,) = lived_in("audit", "export", "--kind", "backed_up").out.splitlines()
    assert '"keys": "yes"' in line


def test_keys_and_messages_never_go_to_one_place(lived_in: CommandLine, tmp_path: Path) -> None:
    said = lived_in("backup", str(tmp_path / "m"), "--keys-to", str(tmp_path / "k"), "--passphrase-stdin")
    assert said.status == 2
    file = tmp_path / "messages.vmb"
    made(lived_in, file)
    restored = tmp_path / "again"
    restore(file, Passphrase(SECRET.encode()), restored, lambda *_: None)
    assert not (restored / "keys.db").exists()
    assert not list(restored.rglob("master*"))


def test_what_names_no_database_is_told_before_anything_is_unpacked(
    lived_in: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "messages.vmb"
    file.touch()
    arguments = ("restore", str(file), str(tmp_path / "again"), "--passphrase-stdin")
    said = lived_in(*arguments, "--into", "postgresql://[", stdin=f"{SECRET}\n")
    assert (said.status, "postgresql://" in said.err) == (1, True)
    assert not (tmp_path / "again").exists()


def test_what_was_destroyed_since_does_not_come_back(lived_in: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "messages.vmb"
    made(lived_in, file)
    with closing(sqlite3.connect(lived_in.config.parent / "keys.db")) as keys, keys:
        keys.execute("UPDATE data_key SET master = NULL, wrapped = NULL")
    status, found = tried(lived_in, file, tmp_path / "again")
    assert (status, found["sound"], found["opened"]) == (0, True, 0)
    assert cast(int, found["forgotten"]) > 0


def test_a_lost_body_and_a_changed_journal_are_told(lived_in: CommandLine, tmp_path: Path) -> None:
    with closing(sqlite3.connect(lived_in.config.parent / "vaguemestre.db")) as database, database:
        database.execute(
            "UPDATE octets SET octets = zeroblob(40) WHERE body = (SELECT min(body) FROM octets)"
        )
        database.execute("UPDATE journal SET actor = 'operator:paul' WHERE seq = 2")
    (large,) = (path for path in (lived_in.config.parent / "objects").rglob("*") if path.is_file())
    large.unlink()
    file = tmp_path / "messages.vmb"
    assert made(lived_in, file)["gone"] == 1
    status, found = tried(lived_in, file, tmp_path / "again")
    assert status == 1
    assert len(cast(list[str], found["broken"])) == 2
    assert found["journal_found"] == 1


def test_a_backup_sealed_to_a_key_opens_by_its_other_half_alone(
    lived_in: CommandLine, tmp_path: Path
) -> None:
    house, file = lived_in.config.parent, tmp_path / "messages.vmb"
    public = next(house.glob("*.key.pub"), None) or next(house.glob("archive*pub*"))
    assert lived_in("backup", str(file), "--to", str(public)).status == 0
    said = lived_in("restore", str(file), str(tmp_path / "no"), "--passphrase-stdin", stdin="x\n")
    assert said.status == 1
    assert "opens by the private key" in said.err
    key = str(house / "archive.key")
    assert lived_in("restore", str(file), str(tmp_path / "yes"), "--key", key, "--verify").status == 0
    assert lived_in("restore", str(file), str(tmp_path / "yes"), "--key", key).status == 1


def test_a_wrong_passphrase_a_change_and_a_cut_open_nothing(lived_in: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "messages.vmb"
    made(lived_in, file)
    octets = file.read_bytes()
    wrong, right = Passphrase(b"wrong"), Passphrase(SECRET.encode())
    at = len(octets) // 2
    for number, (changed, by) in enumerate(
        (
            (octets, wrong),
            (octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :], right),
            (octets[:-20], right),
            (octets[: len(octets) - len(octets) % 65_552], right),
        )
    ):
        other = tmp_path / f"{number}.vmb"
        other.write_bytes(changed)
        with pytest.raises((SealBrokenError, OSError)):
            restore(other, by, tmp_path / f"folder-{number}", lambda *_: None)
    other.write_bytes(b"something else\n{}\n")
    with pytest.raises(BackupRefused):
        restore(other, right, tmp_path / "none", lambda *_: None)


def test_after_a_restore_the_chain_is_resumed_with_a_reason(lived_in: CommandLine) -> None:
    house = lived_in.config.parent
    shutil.copy(house / "vaguemestre.db", house / "older.db")
    for _ in range(3):
        assert lived_in("inspect", DOCTOR).status == 0
    anchor = house / "later.anchor"
    assert lived_in("audit", "anchor", "--output", str(anchor)).status == 0
    shutil.move(house / "older.db", house / "vaguemestre.db")
    assert lived_in("audit", "verify").status == 1
    assert lived_in("audit", "resume", "--reason", " ").status == 2
    assert lived_in("audit", "resume", "--reason", "disque perdu, sauvegarde de la veille").status == 0
    assert lived_in("audit", "verify", str(anchor)).status == 0


def test_what_is_in_a_bucket_is_tried_there_or_copied_from_it(
    vaguemestre: CommandLine, tmp_path: Path
) -> None:
    secret = tmp_path / "s3.secret"
    with s3() as place:
        secret.write_text(place.secret_key)
        secret.chmod(0o600)
        named = {
            "BUCKET": place.bucket,
            "ENDPOINT": place.endpoint,
            "ACCESS_KEY": place.access_key,
            "SECRET_KEY_FILE": str(secret),
        }
        for name, value in named.items():
            vaguemestre.monkeypatch.setenv(f"VAGUEMESTRE_OBJECTS__{name}", value)
        live_in(vaguemestre)
        left = made(vaguemestre, tmp_path / "left.vmb")
        assert (left["objects"], left["in_bucket"]) == (0, True)
        status, found = tried(vaguemestre, tmp_path / "left.vmb", tmp_path / "left")
        assert (status, found["sound"], found["broken"]) == (0, True, [])
        copied = made(vaguemestre, tmp_path / "copied.vmb", "--with-bucket")
        assert (copied["objects"], copied["gone"], copied["in_bucket"]) == (1, 0, False)
    status, found = tried(vaguemestre, tmp_path / "copied.vmb", tmp_path / "copied")
    assert (status, found["sound"], found["broken"]) == (0, True, [])
