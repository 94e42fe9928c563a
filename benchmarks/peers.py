"""Postfix and Dovecot as Debian ships them, started from a temporary folder, on loopback ports.

Postfix takes submissions (its queue is durable before it answers 250) and hands them to Dovecot over LMTP;
IMAP is Dovecot's. Absent packages are said by ``missing``, never passed over in silence.
"""

import asyncio
import os
import shutil
from pathlib import Path

from benchmarks.servers import PASSWORD, PEOPLE, Server, recipient, run_to_end, sender, until_listening

_SMTP, _IMAP = 12525, 12143
_DEBIAN_DAEMONS = Path("/usr/lib/postfix/sbin")


def missing() -> str:
    """What the peers lack here; empty when they can run."""
    lacking = [name for name in ("postfix", "dovecot") if shutil.which(name) is None]
    if lacking:
        return f"{' and '.join(lacking)} (apt-get install postfix dovecot-imapd dovecot-lmtpd)"
    return "" if os.geteuid() == 0 else "root, which Postfix wants even on loopback ports"


async def start_peers(folder: Path, certificate: Path, key: Path, layout: str = "maildir") -> Server:
    """Postfix → Dovecot, with the same people. ``layout`` is Dovecot's: maildir, sdbox or mdbox."""
    dovecot, postfix = folder / "dovecot", folder / "postfix"
    _furnish(folder, certificate, key, layout)
    await run_to_end("dovecot", "-c", dovecot / "dovecot.conf")
    await run_to_end("postfix", "-c", postfix / "etc", "set-permissions", check=False)
    await run_to_end("postfix", "-c", postfix / "etc", "start")
    await until_listening([_SMTP, _IMAP])
    pids = [_pid(dovecot / "run/master.pid"), _pid(postfix / "queue/pid/master.pid")]
    return Server(f"Postfix → Dovecot {layout}", _SMTP, _IMAP, [], pids)


def _pid(path: Path) -> int:
    return int(path.read_text())


def _furnish(folder: Path, certificate: Path, key: Path, layout: str) -> None:
    dovecot, postfix = folder / "dovecot", folder / "postfix"
    for path in (dovecot, postfix / "etc", postfix / "queue", postfix / "data", dovecot / "mail"):
        path.mkdir(parents=True)
    folder.chmod(0o755)
    shutil.chown(postfix / "data", "postfix")
    users = "".join(
        f"{address}:{{PLAIN}}{PASSWORD}::::::\n"
        for number in range(PEOPLE)
        for address in (sender(number), recipient(number))
    )
    (dovecot / "users").write_text(users)
    (dovecot / "dovecot.conf").write_text(_dovecot(dovecot, certificate, key, layout))
    shutil.chown(dovecot / "mail", "nobody", "nogroup")
    (postfix / "etc/main.cf").write_text(_main(postfix, dovecot, certificate, key))
    (postfix / "etc/master.cf").write_text(_MASTER)


def _dovecot(folder: Path, certificate: Path, key: Path, layout: str) -> str:
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
mail_location = {layout}:{folder}/mail/%u
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
    port = {_IMAP}
  }}
  inet_listener imaps {{
    port = 0
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


_MASTER = f"""
127.0.0.1:{_SMTP} inet n - n - 200 smtpd
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
