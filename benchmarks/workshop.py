"""What one figure is, and where it is made: fresh servers in a folder of their own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.ours import start_ours
from benchmarks.peers import MAILDIR, Shape, missing, start_dovecot, start_peers, stop_peers
from benchmarks.servers import PEOPLE, Server


@dataclass(frozen=True, slots=True)
class Figure:
    """One row. ``more_is_better`` tells rates from times; CPU in milliseconds an operation, 0 if unknown."""

    name: str
    unit: str
    ours: float
    peer: float
    more_is_better: bool
    target: str
    cpu_ours: float = 0
    cpu_peer: float = 0

    @property
    def ratio(self) -> float:
        """Above 1: we are ahead."""
        if self.peer <= 0 or self.ours <= 0:  # memory may have been given back meanwhile
            return 0
        return self.ours / self.peer if self.more_is_better else self.peer / self.ours

    @property
    def ours_text(self) -> str:
        """With its unit."""
        return f"{self.ours:,.4g} {self.unit}"

    @property
    def peer_text(self) -> str:
        """With its unit, or a dash."""
        return f"{self.peer:,.4g} {self.unit}" if self.peer else "–"

    @property
    def ratio_text(self) -> str:
        """With two figures, or a dash."""
        if self.ratio >= 10:
            return f"{self.ratio:,.0f}×"
        return f"{self.ratio:.2g}×" if self.ratio else "–"

    def cpu_text(self, milliseconds: float) -> str:
        """Milliseconds an operation, or a dash."""
        return f"{milliseconds:.3g} ms" if milliseconds else "–"


class Tally:
    """What each server gave, round after round; then one row for each peer, of medians."""

    def __init__(self, unit: str, *, more_is_better: bool) -> None:
        self._unit = unit
        self._more_is_better = more_is_better
        self._servers: list[str] = []
        self._values: dict[tuple[str, str], list[tuple[float, float]]] = {}

    def add(self, server: Server, name: str, value: float, cpu: float = 0) -> None:
        """One round of one server; ours comes first."""
        if server.name not in self._servers:
            self._servers.append(server.name)
        self._values.setdefault((server.name, name), []).append((value, cpu))

    def figures(self, targets: Mapping[str, str]) -> list[Figure]:
        """Rows by name, with what is aimed at; ``name, peer`` tells apart what several peers are aimed at."""
        ours, *peers = self._servers
        rows = []
        for name in dict.fromkeys(name for _, name in self._values):
            mine, cpu = self._medians(ours, name)
            for peer in peers or [""]:
                title = f"{name}, {peer}" if len(peers) > 1 else name
                theirs, cpu_peer = self._medians(peer, name)
                target = targets.get(title) or targets.get(name, "")
                row = Figure(title, self._unit, mine, theirs, self._more_is_better, target, cpu, cpu_peer)
                rows.append(row)
        return rows

    def _medians(self, server: str, name: str) -> tuple[float, float]:
        values = self._values.get((server, name), [(0, 0)])
        return median(value for value, _ in values), median(cpu for _, cpu in values)


class Workshop:
    """Where one figure is made: a folder, and the servers it asks for, one after the other."""

    def __init__(self, folder: Path, quick: bool, with_peers: bool) -> None:
        self.folder = folder
        self.quick = quick
        self.with_peers = with_peers and not missing()
        folder.chmod(0o755)  # the peers run as several users

    def count(self, messages: int) -> int:
        """So many, or a tenth of it."""
        return max(PEOPLE, messages // 10) if self.quick else messages

    def rounds(self, rounds: int) -> int:
        """So many, or one."""
        return 1 if self.quick else rounds

    @asynccontextmanager
    async def both(self, shape: Shape = MAILDIR) -> AsyncIterator[tuple[Server, Server | None]]:
        """Our server and the peer (None without it), fresh, and stopped at the end."""
        ours = await start_ours(self.folder / "ours")
        try:
            certs = self.folder / "ours/certs"
            peer = None
            if self.with_peers:
                # Postfix and Dovecot read the key as root: it is the development one of our folder.
                peer = await start_peers(
                    self.folder / "peer", certs / "server.pem", certs / "server.key", shape
                )
            try:
                yield ours, peer
            finally:
                if peer is not None:
                    await stop_peers(peer, self.folder / "peer")
        finally:
            await ours.stop()

    @asynccontextmanager
    async def readers(self, *shapes: Shape) -> AsyncIterator[list[Server]]:
        """Our server, then a Dovecot of each shape (none without peers), fresh, and stopped at the end."""
        async with AsyncExitStack() as stack:
            servers = [await start_ours(self.folder / "ours")]
            stack.push_async_callback(servers[0].stop)
            certs = self.folder / "ours/certs"
            for number, shape in enumerate(shapes if self.with_peers else ()):
                folder = self.folder / f"peer{number}/dovecot"
                server = await start_dovecot(folder, certs / "server.pem", certs / "server.key", shape)
                stack.push_async_callback(server.stop)
                servers.append(server)
            yield servers
