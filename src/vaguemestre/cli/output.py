"""What commands print: tables for people, JSON for programs, sentences on standard error for both.

A citizen's address is his INS. A terminal is no log, but screens are shared and photographed: tables mask
it unless ``--show-ins`` is given. JSON is for programs, which need it, and holds it whole.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from rich.console import Console
from rich.table import Table

from vaguemestre.mail.address import Address
from vaguemestre.mail.ins import InsSyntaxError, parse_ins

Value: TypeAlias = "str | int | bool | Sequence[Value] | Mapping[str, Value] | None"


def say(sentence: str) -> None:
    """One line for people, on standard output."""
    print(sentence, flush=True)


def complain(sentence: str) -> None:
    """One line on standard error."""
    print(sentence, file=sys.stderr)


def print_json(value: Value) -> None:
    """One JSON document."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table as wide as the terminal; when piped, as wide as it needs."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    if title:
        console.print(title, markup=False, style="bold")  # a table's own title is cut to the table's width
    table = Table(header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table, markup=False)


def masked(address: Address, show_ins: bool = False) -> str:
    """An address as tables show it: an INS masked unless it was asked for."""
    if show_ins:
        return str(address)
    try:
        return f"{parse_ins(address.local).masked}@{address.domain}"
    except InsSyntaxError:
        return str(address)


def moment(time: datetime | None) -> str:
    """A time as tables show it, UTC to the minute; nothing for none."""
    return "" if time is None else f"{time:%Y-%m-%d %H:%M}"


def octets(size: int) -> str:
    """A size as tables show it, in the official texts' unit."""
    for unit, worth in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= worth:
            return f"{size / worth:.1f} {unit}"
    return f"{size} B"


def counted(number: int, thing: str) -> str:
    """``1 message``, ``3 messages``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def plain(value: object) -> Value:
    """A value of ours as JSON writes it: addresses and enumerations as text, times in RFC 3339 §5.6."""
    if value is None or isinstance(value, str | int | bool):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
