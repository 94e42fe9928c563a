"""``make bench``: every figure, ours and the peers' side by side, in one run, on this machine.

Quote the ratios: the machine is shared and its speed drifts, so servers are measured in turn, several
rounds, and the median round is told. ``--quick`` takes a tenth of the messages; ``--only`` picks figures.
"""

import argparse
import asyncio
import platform
import signal
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figures import FIGURES
from benchmarks.ours import PROCESSES
from benchmarks.workshop import Figure, Workshop

_COLUMNS = ("figure", "ours", "peer", "ratio", "target", "CPU ours", "CPU peer")
_WIDTH = 130  # the table is read in files as often as on screens


async def measure(chosen: list[str], quick: bool, with_peers: bool, console: Console) -> list[Figure]:
    """Run the chosen figures, each on fresh servers."""
    measured = []
    for name, figure in FIGURES.items():
        if chosen and name not in chosen:
            continue
        with tempfile.TemporaryDirectory(prefix="vaguemestre-bench-") as folder:
            workshop = Workshop(Path(folder), quick, with_peers)
            with console.status(f"{name} …"):
                rows = await figure(workshop)
        measured += rows
        for row in rows:
            console.print(f"  {row.name}: {row.ours_text}" + (f"  ({row.peer_text})" if row.peer else ""))
    return measured


def main() -> None:
    """Measure, then print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages: a look, not a figure")
    parser.add_argument("--no-peers", action="store_true", help="leave Postfix and Dovecot out")
    parser.add_argument("--only", nargs="*", default=[], choices=list(FIGURES), help="just these")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # however it ends, the servers are stopped
    console = Console(highlight=False, width=_WIDTH)
    figures = asyncio.run(measure(arguments.only, arguments.quick, not arguments.no_peers, console))
    table = Table(*_COLUMNS, title="Measured here and now; ratios above 1 are in our favour")
    for figure in figures:
        table.add_row(
            figure.name,
            figure.ours_text,
            figure.peer_text,
            figure.ratio_text,
            figure.target,
            figure.cpu_text(figure.cpu_ours),
            figure.cpu_text(figure.cpu_peer),
        )
    console.print(table)
    python = f"Python {platform.python_version()}, {platform.python_compiler()}, {platform.machine()}"
    console.print(f"{python}; ours serves with {PROCESSES} processes")


if __name__ == "__main__":
    main()
