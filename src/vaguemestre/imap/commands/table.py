"""Which commands there are, and who reads them. To add one: a file beside this one, and a line here.

The names are those that stand after the tag; the commands of ``UID`` are listed with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from vaguemestre.imap.command_line import CommandLine
from vaguemestre.imap.commands import (
    append,
    authenticate,
    capability,
    check,
    close,
    compress,
    copy,
    create,
    delete,
    deleteacl,
    enable,
    examine,
    expunge,
    fetch,
    getacl,
    getquota,
    getquotaroot,
    id,
    idle,
    list,
    listrights,
    login,
    logout,
    lsub,
    move,
    myrights,
    namespace,
    noop,
    notify,
    rename,
    replace,
    search,
    select,
    setacl,
    sort,
    starttls,
    status,
    store,
    subscribe,
    thread,
    unselect,
    unsubscribe,
)
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.grammar import TAG, word
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.search_key import names_numbers
from vaguemestre.imap.session import WITHOUT_EXPUNGE, Session

Command: TypeAlias = (
    append.Append
    | authenticate.Authenticate
    | capability.Capability
    | check.Check
    | close.Close
    | compress.Compress
    | copy.Copy
    | create.Create
    | delete.Delete
    | deleteacl.DeleteAcl
    | enable.Enable
    | examine.Examine
    | expunge.Expunge
    | fetch.Fetch
    | getacl.GetAcl
    | getquota.GetQuota
    | getquotaroot.GetQuotaRoot
    | id.Id
    | idle.Idle
    | list.List
    | listrights.ListRights
    | login.Login
    | logout.Logout
    | lsub.Lsub
    | move.Move
    | myrights.MyRights
    | namespace.Namespace
    | noop.Noop
    | notify.Notify
    | rename.Rename
    | replace.Replace
    | search.Search
    | select.Select
    | setacl.SetAcl
    | sort.Sort
    | starttls.StartTls
    | status.Status
    | store.Store
    | subscribe.Subscribe
    | thread.Thread
    | unselect.Unselect
    | unsubscribe.Unsubscribe
)

PARSERS: Final[dict[str, Callable[[Scanner], Command]]] = {
    "APPEND": append.parse,
    "AUTHENTICATE": authenticate.parse,
    "CAPABILITY": capability.parse,
    "CHECK": check.parse,
    "CLOSE": close.parse,
    "COMPRESS": compress.parse,
    "COPY": copy.parse,
    "CREATE": create.parse,
    "DELETE": delete.parse,
    "DELETEACL": deleteacl.parse,
    "ENABLE": enable.parse,
    "EXAMINE": examine.parse,
    "EXPUNGE": expunge.parse,
    "FETCH": fetch.parse,
    "GETACL": getacl.parse,
    "GETQUOTA": getquota.parse,
    "GETQUOTAROOT": getquotaroot.parse,
    "ID": id.parse,
    "IDLE": idle.parse,
    "LIST": list.parse,
    "LISTRIGHTS": listrights.parse,
    "LOGIN": login.parse,
    "LOGOUT": logout.parse,
    "LSUB": lsub.parse,
    "MOVE": move.parse,
    "MYRIGHTS": myrights.parse,
    "NAMESPACE": namespace.parse,
    "NOOP": noop.parse,
    "NOTIFY": notify.parse,
    "RENAME": rename.parse,
    "REPLACE": replace.parse,
    "SEARCH": search.parse,
    "SELECT": select.parse,
    "SETACL": setacl.parse,
    "SORT": sort.parse,
    "STARTTLS": starttls.parse,
    "STATUS": status.parse,
    "STORE": store.parse,
    "SUBSCRIBE": subscribe.parse,
    "THREAD": thread.parse,
    "UID COPY": copy.parse_uid,
    "UID EXPUNGE": expunge.parse_uid,
    "UID FETCH": fetch.parse_uid,
    "UID MOVE": move.parse_uid,
    "UID REPLACE": replace.parse_uid,
    "UID SEARCH": search.parse_uid,
    "UID SORT": sort.parse_uid,
    "UID STORE": store.parse_uid,
    "UID THREAD": thread.parse_uid,
    "UNSELECT": unselect.parse,
    "UNSUBSCRIBE": unsubscribe.parse,
}


@dataclass(frozen=True, slots=True)
class TaggedCommand:
    """One command as the client gave it: its tag, its name in capitals (``UID FETCH``), its value."""

    tag: bytes
    name: str
    command: Command

    @property
    def forbids_expunge(self) -> bool:
        """Whether no message is told gone while it runs. RFC 9051 §7.5.1, RFC 7162 §3.2.10.2."""
        by_number = isinstance(self.command, search.Search) and names_numbers(self.command.key)
        return self.name in WITHOUT_EXPUNGE or by_number


def parse_command(line: CommandLine, session: Session | None = None) -> TaggedCommand:
    """Read a whole command; raise CommandSyntaxError, with the tag when it could be read.

    ``session`` says what the client enabled; None stands for nothing.
    """
    scanner = Scanner(line, session or Session())
    tag = scanner.match(TAG, "a tag")[0]
    try:
        scanner.space()
        name = word(scanner, "the name of a command")
        if name == "UID":
            scanner.space()
            name = f"UID {word(scanner, 'the name of a command')}"
        parser = PARSERS.get(name)
        if parser is None:
            raise CommandSyntaxError("This command is not known here")
        return TaggedCommand(tag, name, parser(scanner))
    except CommandSyntaxError as error:
        error.tag = tag
        raise
