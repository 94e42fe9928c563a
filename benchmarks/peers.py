"""Postfix and Dovecot as Debian ships them, started from a temporary folder, on loopback ports.

Postfix takes submissions (its queue is durable before it answers 250) and hands them to Dovecot over LMTP;
IMAP is Dovecot's. Absent packages are said by ``missing``, never passed over in silence.
"""

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from benchmarks.servers import (
    PASSWORD,
    PEOPLE,
    Server,
    free_ports,
    recipient,
    run_to_end,
    sender,
    until_listening,
)

_DEBIAN_DAEMONS = Path("/usr/lib/postfix/sbin")


def missing() -> str:
    """What the peers lack here; empty when they can run."""
    lacking = [name for name in ("postfix", "dovecot") if shutil.which(name) is None]
    if lacking:
        return f"{' and '.join(lacking)} (apt-get install postfix dovecot-imapd dovecot-lmtpd)"
    return "" if os.geteuid() == 0 else "root, which Postfix wants even on loopback ports"


@dataclass(frozen=True, slots=True)
class Shape:
    """How Dovecot keeps mail (maildir, sdbox or mdbox); ``tuned`` as its manual advises for many sign-ins.

    ``sealed``: encrypted on disk by its plugin mail_crypt, under a key of the whole server.
    """

    layout: str = "maildir"
    tuned: bool = False
    sealed: bool = False

    @property
    def name(self) -> str:
        """As the tables say it."""
        manners = [word for word, it_is in (("tuned", self.tuned), ("sealed", self.sealed)) if it_is]
        return ", ".join([f"Dovecot {self.layout}", *manners])


MAILDIR: Final = Shape()


async def start_peers(folder: Path, certificate: Path, key: Path, shape: Shape) -> Server:
    """Postfix → Dovecot, with the same people."""
    dovecot = await start_dovecot(folder / "dovecot", certificate, key, shape)
    try:
        smtp = await _start_postfix(folder / "postfix", folder / "dovecot", certificate, key)
    except BaseException:
        await dovecot.stop()
        raise
    pid = int((folder / "postfix/queue/pid/master.pid").read_text())
    name = f"Postfix → {dovecot.name}"
    return Server(name, smtp, dovecot.imap, dovecot.imaps, dovecot.processes, [*dovecot.pids, pid])


async def _start_postfix(folder: Path, dovecot: Path, certificate: Path, key: Path) -> int:
    """Its port."""
    (smtp,) = free_ports(1)
    for path in (folder / "etc", folder / "queue", folder / "data"):
        path.mkdir(parents=True)
    shutil.chown(folder / "data", "postfix")
    (folder / "etc/main.cf").write_text(_main(folder, dovecot, certificate, key))
    (folder / "etc/master.cf").write_text(f"127.0.0.1:{smtp} inet n - n - 200 smtpd\n{_MASTER}")
    await run_to_end("postfix", "-c", folder / "etc", "set-permissions", check=False)
    await run_to_end("postfix", "-c", folder / "etc", "start")
    await until_listening([smtp])
    return smtp


async def start_dovecot(folder: Path, certificate: Path, key: Path, shape: Shape) -> Server:
    """Dovecot alone, with the same people."""
    (folder / "mail").mkdir(parents=True)
    for path in (folder, folder.parent):
        path.chmod(0o755)
    shutil.chown(folder / "mail", "nobody", "nogroup")
    users = "".join(
        f"{address}:{{PLAIN}}{PASSWORD}::::::\n"
        for number in range(PEOPLE)
        for address in (sender(number), recipient(number))
    )
    (folder / "users").write_text(users)
    if shape.sealed:
        _make_keys(folder)
    imap, imaps = free_ports(2)
    (folder / "dovecot.conf").write_text(_dovecot(folder, certificate, key, shape, imap, imaps))
    process = await asyncio.create_subprocess_exec(
        "dovecot", "-F", "-c", str(folder / "dovecot.conf"), stdin=asyncio.subprocess.DEVNULL
    )
    server = Server(shape.name, 0, imap, imaps, [process], [process.pid])
    try:
        await until_listening([imap, imaps])
    except BaseException:
        await server.stop()
        raise
    return server


def _dovecot(folder: Path, certificate: Path, key: Path, shape: Shape, imap: int, imaps: int) -> str:
    return f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = {shape.layout}:{folder}/mail/%u
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = optimized
default_process_limit = 2000
default_client_limit = 20000
protocol imap {{
  mail_max_userip_connections = 5000
}}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service imap {{
  process_limit = 5000
}}
service lmtp {{
  unix_listener lmtp {{
    mode = 0666
  }}
}}
service auth {{
  unix_listener auth-smtp {{
    mode = 0666
  }}
}}
{_TUNED if shape.tuned else ""}
{_SEALED.format(folder=folder) if shape.sealed else ""}
"""


def _make_keys(folder: Path) -> None:
    """Those of mail_crypt, on the curve that its manual takes."""
    private = ec.generate_private_key(ec.SECP256R1())
    whole = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "crypt.key").write_bytes(whole)
    (folder / "crypt.pub").write_bytes(public)


_SEALED = """
mail_plugins = mail_crypt
plugin {{
  mail_crypt_global_private_key = <{folder}/crypt.key
  mail_crypt_global_public_key = <{folder}/crypt.pub
  mail_crypt_save_version = 2
}}
"""


# Its manual's "high-performance mode", processes kept for the next sign-in, and passwords remembered.
_TUNED = """
auth_cache_size = 10M
service imap-login {
  service_count = 0
  process_min_avail = 2
}
service imap {
  service_count = 256
  process_min_avail = 8
}
"""


def _main(folder: Path, dovecot: Path, certificate: Path, key: Path) -> str:
    return f"""
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {_DEBIAN_DAEMONS}
meta_directory = /etc/postfix
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = bench.example
mydestination =
alias_maps =
mynetworks = 127.0.0.1/32
virtual_mailbox_domains = patient.mssante.fr, bench.mssante.fr
virtual_transport = lmtp:unix:{dovecot}/run/lmtp
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {dovecot}/run/auth-smtp
smtpd_tls_security_level = may
smtpd_tls_chain_files = {key}, {certificate}
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
message_size_limit = 30000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
"""


_MASTER = """
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


async def stop_peers(server: Server, folder: Path) -> None:
    """End both, by their own means."""
    await run_to_end("postfix", "-c", folder / "postfix/etc", "stop", check=False)
    await server.stop()
    await asyncio.sleep(0.2)
