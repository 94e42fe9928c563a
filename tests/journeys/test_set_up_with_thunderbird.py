"""Thunderbird itself, given an address and nothing else, finds out where it connects."""

from datetime import UTC, datetime
from pathlib import Path

from tests.support.builders import DOCTOR
from tests.support.console_desk import a_desk
from tests.support.thunderbird import Json, a_thunderbird
from tests.support.world import a_world

from vaguemestre.console.application import application
from vaguemestre.console.door import ConsoleDoor
from vaguemestre.console.machines import Machines
from vaguemestre.directory.sqlite_reader import SqliteDirectory
from vaguemestre.exposition.prometheus import PrometheusText
from vaguemestre.net.development_pki import make_development_pki
from vaguemestre.net.tls import server_context
from vaguemestre.service.health.readiness import Readiness
from vaguemestre.service.health.readings import Gauges, Readings
from vaguemestre.service.telling.set_up import Place, PublicAccess, SetUp

TYPED = Path(__file__).with_name("thunderbird_set_up.js").read_text()
DOMAIN = DOCTOR.partition("@")[2]
ACCESS = PublicAccess(
    "Messagerie", "mail.example", (DOMAIN,), Place("imap.example", 1993), Place("smtp.example", 1465)
)


async def test_thunderbird_sets_itself_up_from_an_address(tmp_path: Path) -> None:
    pki = make_development_pki(tmp_path / "certs", datetime.now(UTC), (f"autoconfig.{DOMAIN}", DOMAIN))
    authority = "".join(pki.authority.read_text().splitlines()[1:-1])
    (tmp_path / "server").mkdir()
    directory = SqliteDirectory(tmp_path / "directory.db")
    async with a_world(tmp_path / "server") as world, a_thunderbird(tmp_path) as thunderbird:
        gauges = Gauges(world.store, directory, None, world.clock, dict)
        readiness = Readiness(world.store, world.vault, None, lambda: True)
        set_up = SetUp(ACCESS, bytes)
        machines = Machines(Readings(world.figures, gauges), readiness, PrometheusText(), set_up=set_up)
        context = server_context(pki.certificate, pki.key)
        door = ConsoleDoor(application(a_desk(world), machines), context, (), 20)
        server = await door.listen("127.0.0.1", 0, implicit_tls=True)
        try:
            given: dict[str, Json] = {
                "port": str(server.sockets[0].getsockname()[1]),
                "domain": DOMAIN,
                "address": DOCTOR,
                "authority": authority,
            }
            answer = await thunderbird.script(TYPED, given)
        finally:
            await door.close()
    assert isinstance(answer, dict)
    assert "wrong" not in answer, answer
    found = answer["found"]
    assert isinstance(found, dict)
    assert found["source"] == "xml-from-isp-https"
    for side, host, port in (("incoming", "imap.example", 1993), ("outgoing", "smtp.example", 1465)):
        told = found[side]
        assert isinstance(told, dict)
        assert (told["hostname"], told["port"], told["username"]) == (host, port, DOCTOR)
        assert told["socketType"] == 3  # TLS from the first octet
