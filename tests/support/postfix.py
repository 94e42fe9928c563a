"""Postfix as Debian ships it, as another operator: in a folder of its own, with a queue of its own.

It shows a certificate and hands everything to one gateway over TLS; or it is the one that receives, for one
mailbox, from whoever shows a certificate of the PKI. Postfix wants root, even on loopback.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from pwd import getpwnam
from typing import Final

import pytest
from tests.support.programs import program

from vaguemestre.net.health_pki import Shown

_DAEMONS: Final = Path("/usr/lib/postfix/sbin")
_PATIENCE: Final = 60.0

_MASTER: Final = """
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True)
class Postfix:
    """One that is up."""

    folder: Path

    def send(self, sender: str, recipient: str, message: str) -> None:
        """Put a message in its queue; it leaves at once."""
        command = [program("sendmail"), "-C", str(self.folder / "etc"), "-f", sender, recipient]
        subprocess.run(command, input=message.encode(), check=True, timeout=_PATIENCE)

    def retry(self) -> None:
        """Try all that waits again, now."""
        command = [program("postqueue"), "-c", str(self.folder / "etc"), "-f"]
        subprocess.run(command, check=True, timeout=_PATIENCE)

    def fate_of(self, recipient: str, after: int = 0) -> str:
        """What its log says became of the message for somebody, the first beyond ``after`` characters."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            found = [line for line in self.log[after:].splitlines() if f"to=<{recipient}>" in line]
            if found:
                return found[0]
            time.sleep(0.05)  # its log is a file, and nothing tells of a line more
        raise AssertionError(f"nothing became of it:\n{self.log}")

    def received(self) -> list[bytes]:
        """What is in the mailbox of one that receives, from the first message on."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            found = sorted((self.folder / "mail" / "box" / "new").glob("*"))
            if found:
                return [path.read_bytes() for path in found]
            time.sleep(0.05)  # as above
        raise AssertionError(f"nothing came:\n{self.log}")

    @property
    def log(self) -> str:
        """All of it."""
        file = self.folder / "log"
        return file.read_text() if file.exists() else ""


def a_postfix(shown: Shown, relay_port: int) -> AbstractContextManager[Postfix]:
    """One that sends, up until the end of the block."""
    return _up(shown, f"relayhost = [127.0.0.1]:{relay_port}", "")


def a_receiving_postfix(
    shown: Shown, authorities: Path, port: int, address: str
) -> AbstractContextManager[Postfix]:
    """One that has the mailbox of one address, and asks for a certificate of these authorities."""
    main = f"""
virtual_mailbox_domains = {address.partition("@")[2]}
virtual_mailbox_maps = inline:{{ {{ {address} = box/ }} }}
virtual_minimum_uid = 1
virtual_uid_maps = static:{getpwnam("nobody").pw_uid}
virtual_gid_maps = static:{getpwnam("nobody").pw_gid}
smtpd_tls_security_level = encrypt
smtpd_tls_req_ccert = yes
smtpd_tls_received_header = yes
smtpd_tls_loglevel = 1
smtpd_relay_restrictions = reject_unauth_destination
"""
    master = f"127.0.0.1:{port} inet n - n - - smtpd\nvirtual unix - n n - - virtual\n"
    return _up(shown, main, master, authorities)


@contextmanager
def _up(shown: Shown, main: str, master: str, authorities: Path | None = None) -> Iterator[Postfix]:
    postfix = program("postfix")
    if os.geteuid() != 0:
        pytest.skip("Postfix wants root")
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)
    for path in (folder / "etc", folder / "queue", folder / "data", folder / "mail"):
        path.mkdir()
    shutil.chown(folder / "data", "postfix")
    shutil.chown(folder / "mail", "nobody")
    if authorities is not None:
        believed = shutil.copy(authorities, folder / "etc")
        main += f"virtual_mailbox_base = {folder}/mail\nsmtpd_tls_CAfile = {believed}\n"
    key, certificate = (Path(shutil.copy(path, folder / "etc")) for path in (shown.key, shown.certificate))
    (folder / "etc" / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {_DAEMONS}
meta_directory = /etc/postfix
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.clinique.example
mydestination =
alias_maps =
smtp_tls_security_level = encrypt
smtp_tls_chain_files = {key}, {certificate}
smtp_tls_loglevel = 1
smtpd_tls_chain_files = {key}, {certificate}
{main}""")
    (folder / "etc" / "master.cf").write_text(_MASTER + master)
    try:
        configured = ["-c", str(folder / "etc")]
        subprocess.run([postfix, *configured, "set-permissions"], capture_output=True, check=False)
        subprocess.run([postfix, *configured, "start"], capture_output=True, check=True, timeout=_PATIENCE)
        try:
            yield Postfix(folder)
        finally:
            subprocess.run([postfix, *configured, "stop"], capture_output=True, check=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
