"""imapflow, the client of many Node programs, does a day's work over TLS, compressed, with QRESYNC.

It is no dependency of the project: ``npm install --prefix ~/imapflow imapflow``, then run the tests with
``NODE_PATH=~/imapflow/node_modules``.
"""

from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.imap_door import PASSWORD, an_open_door, pki
from tests.support.letters import a_letter
from tests.support.programs import program, run

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 400
LETTER = a_letter(
    DOCTOR, CITIZEN, subject="Résultats d'analyse", message_id="<1@a.fr>", attachments=(("é.pdf", PDF),)
)


async def test_a_day_with_imapflow(tmp_path: Path) -> None:
    node = program("node")
    if (await run(node, "--eval", "require('imapflow')")).status != 0:
        pytest.skip("imapflow is not in NODE_PATH")
    (tmp_path / "server").mkdir()
    letter = tmp_path / "letter"
    letter.write_bytes(LETTER)
    async with an_open_door(tmp_path / "server") as opened:
        day = Path(__file__).with_name("imapflow_day.cjs")
        ended = await run(
            node, str(day), str(opened.tls_port), DOCTOR, PASSWORD, str(pki().authority), str(letter)
        )
        assert ended.status == 0, ended.said
