"""What a process is doing now, in one line of text: said by the processes of a server to the first of them.

Only the first has a console, and people who look there ask after the whole server. A pulse is no truth that
anything rests on: one that is lost is followed by another.
"""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from vaguemestre.service.ports.sample import Series

Rates: TypeAlias = Mapping[tuple[Series, str], float]


class Pulse(NamedTuple):
    """``rates``: how much was counted a minute, by series and label; ``connections``: clients by door."""

    rates: Rates
    connections: Mapping[str, int]


def said(pulse: Pulse) -> str:
    """One line, without its end."""
    rates = [[series.value, label, value] for (series, label), value in pulse.rates.items()]
    return json.dumps({"rates": rates, "connections": dict(pulse.connections)}, separators=(",", ":"))


def understood(line: str) -> Pulse:
    """The pulse of such a line. Raises ValueError for what is none, such as what another release says."""
    try:
        told = json.loads(line)
        rates = {(Series(series), str(label)): float(value) for series, label, value in told["rates"]}
        connections = {str(door): int(count) for door, count in told["connections"].items()}
    except (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError("this is no pulse") from error
    return Pulse(rates, connections)


def together(pulses: Iterable[Pulse]) -> Pulse:
    """Of all processes: what each does, added up."""
    rates: dict[tuple[Series, str], float] = {}
    connections: dict[str, int] = {}
    for pulse in pulses:
        for name, rate in pulse.rates.items():
            rates[name] = rates.get(name, 0.0) + rate
        for door, count in pulse.connections.items():
            connections[door] = connections.get(door, 0) + count
    return Pulse(rates, connections)
