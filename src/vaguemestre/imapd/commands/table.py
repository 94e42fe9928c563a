"""Which commands are done by whom. To add one: a file beside this one, and a line here."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from vaguemestre.imap.commands.append import Append
from vaguemestre.imap.commands.authenticate import Authenticate
from vaguemestre.imap.commands.capability import Capability
from vaguemestre.imap.commands.check import Check
from vaguemestre.imap.commands.close import Close
from vaguemestre.imap.commands.compress import Compress
from vaguemestre.imap.commands.copy import Copy
from vaguemestre.imap.commands.create import Create
from vaguemestre.imap.commands.delete import Delete
from vaguemestre.imap.commands.deleteacl import DeleteAcl
from vaguemestre.imap.commands.enable import Enable
from vaguemestre.imap.commands.examine import Examine
from vaguemestre.imap.commands.expunge import Expunge
from vaguemestre.imap.commands.fetch import Fetch
from vaguemestre.imap.commands.getacl import GetAcl
from vaguemestre.imap.commands.getquota import GetQuota
from vaguemestre.imap.commands.getquotaroot import GetQuotaRoot
from vaguemestre.imap.commands.id import Id
from vaguemestre.imap.commands.idle import Idle
from vaguemestre.imap.commands.list import List
from vaguemestre.imap.commands.listrights import ListRights
from vaguemestre.imap.commands.login import Login
from vaguemestre.imap.commands.logout import Logout
from vaguemestre.imap.commands.lsub import Lsub
from vaguemestre.imap.commands.move import Move
from vaguemestre.imap.commands.myrights import MyRights
from vaguemestre.imap.commands.namespace import Namespace
from vaguemestre.imap.commands.noop import Noop
from vaguemestre.imap.commands.notify import Notify
from vaguemestre.imap.commands.rename import Rename
from vaguemestre.imap.commands.replace import Replace
from vaguemestre.imap.commands.search import Search
from vaguemestre.imap.commands.select import Select
from vaguemestre.imap.commands.setacl import SetAcl
from vaguemestre.imap.commands.sort import Sort
from vaguemestre.imap.commands.starttls import StartTls
from vaguemestre.imap.commands.status import Status
from vaguemestre.imap.commands.store import Store
from vaguemestre.imap.commands.subscribe import Subscribe
from vaguemestre.imap.commands.table import Command
from vaguemestre.imap.commands.thread import Thread
from vaguemestre.imap.commands.unselect import Unselect
from vaguemestre.imap.commands.unsubscribe import Unsubscribe
from vaguemestre.imapd.commands import (
    acl,
    append,
    authenticate,
    capability,
    close,
    compress,
    copy,
    create,
    delete,
    enable,
    expunge,
    fetch,
    getquota,
    id,
    idle,
    list,
    login,
    logout,
    namespace,
    noop,
    notify,
    rename,
    replace,
    search,
    select,
    sort,
    starttls,
    status,
    store,
    subscribe,
    thread,
)
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession

C = TypeVar("C")
Runner = Callable[[ClientSession, Command], Awaitable[Done | None]]


def _by(
    kind: type[C], does: Callable[[ClientSession, C], Awaitable[Done | None]]
) -> tuple[type[object], Runner]:
    """A line of the table: commands of this kind are done by that function."""

    def narrowed(session: ClientSession, command: Command) -> Awaitable[Done | None]:
        if not isinstance(command, kind):
            raise TypeError(f"not a {kind.__name__}")
        return does(session, command)

    return kind, narrowed


RUNNERS: Final[dict[type[object], Runner]] = dict(
    [
        _by(Append, append.run),
        _by(Authenticate, authenticate.run),
        _by(Capability, capability.run),
        _by(Check, noop.run),
        _by(Close, close.run),
        _by(Compress, compress.run),
        _by(Copy, copy.run),
        _by(Create, create.run),
        _by(Delete, delete.run),
        _by(DeleteAcl, acl.run_change),
        _by(Enable, enable.run),
        _by(Examine, select.run),
        _by(Expunge, expunge.run),
        _by(Fetch, fetch.run),
        _by(GetAcl, acl.run_getacl),
        _by(GetQuota, getquota.run),
        _by(GetQuotaRoot, getquota.run_root),
        _by(Id, id.run),
        _by(Idle, idle.run),
        _by(List, list.run),
        _by(ListRights, acl.run_listrights),
        _by(Login, login.run),
        _by(Logout, logout.run),
        _by(Lsub, list.run_lsub),
        _by(Move, copy.run_move),
        _by(MyRights, acl.run_myrights),
        _by(Namespace, namespace.run),
        _by(Noop, noop.run),
        _by(Notify, notify.run),
        _by(Rename, rename.run),
        _by(Replace, replace.run),
        _by(Search, search.run),
        _by(Select, select.run),
        _by(SetAcl, acl.run_change),
        _by(Sort, sort.run),
        _by(StartTls, starttls.run),
        _by(Status, status.run),
        _by(Store, store.run),
        _by(Subscribe, subscribe.run),
        _by(Thread, thread.run),
        _by(Unselect, close.run),
        _by(Unsubscribe, subscribe.run),
    ]
)


async def begin(session: ClientSession, command: Command) -> bool:
    """Make ready for the message that a command announces; False when it is none that brings messages."""
    match command:
        case Append():
            await append.begin(session, command)
        case Replace():
            await replace.begin(session, command)
        case _:
            return False
    return True


async def run(session: ClientSession, command: Command) -> Done | None:
    """Do a command; None when it is answered later, at the line it waits for."""
    return await RUNNERS[type(command)](session, command)
