"""Programs that people install send and read: swaks, curl, mbsync, mutt, against a server process."""

import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.support.journey import PASSWORD, PATIENCE, Pair, Server
from tests.support.letters import SENTENCE, a_letter
from tests.support.mail_clients import by_smtplib, imaplib_client, inbox


def run(program: str, *arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """Run a program that may not be installed."""
    binary = shutil.which(program)
    if binary is None:
        pytest.skip(f"{program} is not installed")
    return subprocess.run(
        [binary, *arguments],
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )


SWAKS = {
    "STARTTLS, PLAIN": ("submission", "--tls", "--auth", "PLAIN"),
    "STARTTLS, LOGIN": ("submission", "--tls", "--auth", "LOGIN"),
    "TLS at once": ("submissions", "--tls-on-connect", "--auth", "PLAIN"),
}


def test_swaks_sends_by_every_way(server: Server, people: Pair) -> None:
    for subject, (listener, *how) in SWAKS.items():
        done = run(
            "swaks", "--server", f"127.0.0.1:{server.ports[listener]}", "--from", people.doctor,
            "--to", people.citizen, "--auth-user", people.doctor, "--auth-password", PASSWORD,
            "--tls-ca-path", str(server.house.authority), "--tls-verify",
            "--header", f"Subject: {subject}", "--body", SENTENCE, *how,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout.decode()
        assert b"250 2.0.0 Accepted as " in done.stdout
    assert len(inbox(server, people.citizen)) == len(SWAKS)


def test_swaks_shows_a_refusal_in_both_languages(server: Server, people: Pair) -> None:
    done = run(
        "swaks", "--server", f"127.0.0.1:{server.ports['submissions']}", "--from", people.doctor,
        "--to", "personne@cabinet.mssante.fr", "--auth-user", people.doctor, "--auth-password", PASSWORD,
        "--tls-ca-path", str(server.house.authority), "--tls-on-connect", "--auth", "PLAIN",
    )  # fmt: skip
    assert done.returncode != 0
    assert b"550-5.1.1 [MSS-ADR-3] Aucune boite aux lettres n'a cette adresse" in done.stdout
    assert b"550 5.1.1 [MSS-ADR-3] No mailbox has this address" in done.stdout


def test_swaks_without_tls_may_not_sign_in(server: Server, people: Pair) -> None:
    done = run(
        "swaks", "--server", f"127.0.0.1:{server.ports['submission']}", "--from", people.doctor,
        "--to", people.citizen, "--auth-user", people.doctor, "--auth-password", PASSWORD, "--auth",
    )  # fmt: skip
    assert done.returncode != 0
    assert PASSWORD.encode() not in done.stdout
    assert b"AUTH" not in done.stdout.partition(b"EHLO")[2].partition(b"STARTTLS")[0]


def test_curl_sends_and_reads(server: Server, people: Pair, tmp_path: Path) -> None:
    letter = a_letter(people.doctor, people.citizen)
    (tmp_path / "letter").write_bytes(letter)
    trust = ("--cacert", str(server.house.authority), "--silent", "--show-error")
    sent = run(
        "curl", f"smtps://localhost:{server.ports['submissions']}", *trust,
        "--user", f"{people.doctor}:{PASSWORD}", "--mail-from", people.doctor,
        "--mail-rcpt", people.citizen, "--upload-file", str(tmp_path / "letter"),
    )  # fmt: skip
    assert sent.returncode == 0, sent.stdout.decode()
    who = ("--user", f"{people.citizen}:{PASSWORD}")
    for listener, more in (("imaps", ()), ("imap", ("--ssl-reqd",))):
        url = f"{listener}://localhost:{server.ports[listener]}/INBOX"
        read = run("curl", f"{url};UID=1", *trust, *who, *more)
        assert read.returncode == 0, read.stdout.decode()
        assert read.stdout.endswith(letter)
        found = run("curl", f"{url}?SUBJECT%20compte", *trust, *who, *more)
        assert found.stdout.split() == [b"*", b"SEARCH", b"1"]
    listed = run("curl", f"imaps://localhost:{server.ports['imaps']}/", *trust, *who)
    assert b'"Conversations closes"' in listed.stdout
    wrong = run(
        "curl", f"imaps://localhost:{server.ports['imaps']}/", *trust, "--user", f"{people.citizen}:x"
    )
    assert wrong.returncode == 67  # CURLE_LOGIN_DENIED


MBSYNC = """
IMAPStore far
Host localhost
Port {port}
User {user}
Pass "{password}"
SSLType IMAPS
CertificateFile {authority}

MaildirStore near
Path {folder}/
Inbox {folder}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
CopyArrivalDate yes
"""


def files(folder: Path) -> list[Path]:
    return sorted(path for part in ("cur", "new") for path in (folder / "INBOX" / part).iterdir())


def test_mbsync_keeps_both_sides_alike_and_then_has_nothing_to_do(
    server: Server, people: Pair, tmp_path: Path
) -> None:
    if b" 1.4" not in run("mbsync", "--version").stdout:
        pytest.skip("mbsync 1.4 is not installed")
    folder = tmp_path / "mail"
    folder.mkdir()
    settings = tmp_path / "mbsyncrc"
    settings.write_text(
        MBSYNC.format(
            port=server.ports["imaps"],
            user=people.citizen,
            password=PASSWORD,
            authority=server.house.authority,
            folder=folder,
        )
    )

    def sync() -> str:
        done = run("mbsync", "-V", "-c", str(settings), "-a")
        assert done.returncode == 0, done.stdout.decode()
        return done.stdout.decode()

    for number in range(4):
        letter = a_letter(people.doctor, people.citizen, message_id=f"<{number}.{people.doctor}>")
        assert by_smtplib(server, people.doctor, people.citizen, letter).code == 250
    sync()
    first, second, third, _ = files(folder)  # named by time of arrival and rank
    tmp_marks = {path.name.partition("U=")[2].partition(":")[0] for path in files(folder)}
    assert tmp_marks == {"1", "2", "3", "4"}
    # Here one is removed, one read and flagged; there another is removed, and a fifth one arrives.
    uids = {path: int(path.name.partition("U=")[2].partition(":")[0]) for path in (first, second, third)}
    first.unlink()
    second.rename(second.parent.parent / "cur" / f"{second.name.partition(':')[0]}:2,FS")
    with imaplib_client(server, people.citizen) as client:
        client.select("INBOX")
        client.uid("STORE", str(uids[third]), "+FLAGS.SILENT", "(\\Deleted)")
        client.uid("EXPUNGE", str(uids[third]))
    letter = a_letter(people.doctor, people.citizen, message_id=f"<5.{people.doctor}>")
    assert by_smtplib(server, people.doctor, people.citizen, letter).code == 250
    sync()
    with imaplib_client(server, people.citizen) as client:
        client.select("INBOX", readonly=True)
        kept = {1, 2, 3, 4, 5} - {uids[first], uids[third]}
        assert client.uid("SEARCH", "ALL")[1] == [" ".join(map(str, sorted(kept))).encode()]
        assert client.uid("SEARCH", "FLAGGED", "SEEN")[1] == [str(uids[second]).encode()]
    names = [path.name for path in files(folder)]
    assert {int(name.partition("U=")[2].partition(":")[0]) for name in names} == kept
    sync()
    assert [path.name for path in files(folder)] == names


MUTT = """
set ssl_ca_certificates_file="{authority}" certificate_file="{authority}"
set imap_user="{user}" imap_pass="{password}" smtp_pass="{password}"
set smtp_url="smtps://{user}@localhost:{submissions}" from="{user}" use_from=yes use_envelope_from=yes
set folder="imaps://localhost:{imaps}/" record="imaps://localhost:{imaps}/Sent" copy=yes
set header_cache="" message_cachedir="" tmpdir="{folder}" history_file="" sleep_time=0 hostname="localhost"
set auto_tag=yes delete=yes mbox_type=mbox quit=yes confirmappend=no move=no mark_old=no wait_key=no
"""


def test_mutt_sends_keeps_a_copy_in_sent_and_reads(server: Server, people: Pair, tmp_path: Path) -> None:
    binary = shutil.which("mutt")
    if binary is None:
        pytest.skip("mutt is not installed")

    def settings(user: str, more: str = "") -> list[str]:
        file = tmp_path / f"{user}.muttrc"
        text = MUTT.format(
            authority=server.house.authority, user=user, password=PASSWORD, folder=tmp_path, **server.ports
        )
        file.write_text(text + more)
        return ["-n", "-F", str(file)]

    sent = run("mutt", *settings(people.doctor), "-s", "Bonjour", people.citizen, stdin=SENTENCE.encode())
    assert sent.returncode == 0, sent.stdout.decode()
    with imaplib_client(server, people.doctor) as client:
        assert client.select("Sent", readonly=True) == ("OK", [b"1"])
    save = f'push "<tag-pattern>~A<enter><copy-message>{tmp_path}/saved<enter>y<quit>"\n'
    far, near = pty.openpty()
    process = subprocess.Popen(
        [binary, *settings(people.citizen, save), "-f", f"imaps://localhost:{server.ports['imaps']}/INBOX"],
        stdin=near,
        stdout=near,
        stderr=near,
        env={**os.environ, "TERM": "vt100", "HOME": str(tmp_path)},
    )
    os.close(near)
    try:
        screen = b"".join(iter(lambda: read(far), b""))
        assert process.wait(PATIENCE) == 0, screen[-2000:]
    finally:
        process.kill()
        process.wait()
        os.close(far)
    assert SENTENCE in (tmp_path / "saved").read_text()
    assert "Bonjour" in (tmp_path / "saved").read_text()


def read(terminal: int) -> bytes:
    """What a program wrote on its terminal; nothing when it has left."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""  # Linux says EIO when the other side is closed
