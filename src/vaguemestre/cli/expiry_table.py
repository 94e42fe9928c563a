"""What a dry run of expiry shows: a bar for each day, then who loses what and why. domain.md §3."""

from collections import Counter
from typing import Final

from rich.console import Console

from vaguemestre.cli.output import Value, counted, octets, print_json, print_table, say
from vaguemestre.service.expiry.forecast import Forecast

_WIDTH: Final = 40  # of the longest bar
_DAYS: Final = 60  # bars at most: what fits a screen or two


def show(found: Forecast, as_json: bool) -> None:
    """For people, or as JSON."""
    if as_json:
        print_json(_json(found))
        return
    total = found.total
    messages = f"{counted(total.messages, 'message')} ({octets(total.octets)})"
    say(f"Would go: {messages} of {counted(found.bals, 'account')}.")
    if not total.messages:
        return
    _bars(found)
    kinds: Counter[tuple[str, str, str]] = Counter()
    sizes: Counter[tuple[str, str, str]] = Counter()
    for slot, part in found.slots.items():
        row = (slot.kind.value, slot.drawer.removeprefix("\\") or "other folders", slot.reason.value)
        kinds[row] += part.messages
        sizes[row] += part.octets
    rows = ((*row, f"{count:,}", octets(sizes[row])) for row, count in sorted(kinds.items()))
    print_table("", ("kind", "folder", "because of", "messages", "size"), rows)


def _bars(found: Forecast) -> None:
    days: Counter[str] = Counter()
    for slot, part in found.slots.items():
        days[slot.day.isoformat()] += part.messages
    most = max(days.values())
    console = Console(highlight=False)
    for day in sorted(days)[:_DAYS]:
        bar = "█" * max(1, days[day] * _WIDTH // most)
        console.print(f"{day}  [cyan]{bar:<{_WIDTH}}[/cyan]  {days[day]:,}")
    if len(days) > _DAYS:
        console.print(f"and {counted(len(days) - _DAYS, 'day')} more: --json tells them all")


def _json(found: Forecast) -> Value:
    total = found.total
    return {
        "messages": total.messages,
        "octets": total.octets,
        "accounts": found.bals,
        "dry_run": True,
        "days": [
            {
                "day": slot.day.isoformat(),
                "kind": slot.kind.value,
                "folder": slot.drawer.removeprefix("\\"),
                "reason": slot.reason.value,
                "messages": part.messages,
                "octets": part.octets,
            }
            for slot, part in sorted(found.slots.items(), key=lambda one: (one[0].day, *map(str, one)))
        ],
    }
