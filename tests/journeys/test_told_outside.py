"""A holder is told outside that something arrived: a real smart host, a real HTTPS server. domain.md §2.

The server is a process: it is killed, and the smart host hangs, while mail goes on being taken.
"""

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes

from tests.support.journey import PATIENCE, House, Pair, Server, a_server, pair
from tests.support.letters import SENTENCE, a_letter
from tests.support.mail_clients import by_smtplib
from tests.support.outside import Host, a_smart_host, a_web_server

PERSONAL = "jeanne@personnel.example"
SIGN_IN = {"VAGUEMESTRE_NOTIFY__SIGN_IN": "https://mon.example/"}


@asynccontextmanager
async def a_house_with_a_smart_host(house: House) -> AsyncIterator[tuple[Host, dict[str, str]]]:
    """The smart host, and the environment by which the server finds it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(house.folder / "certs" / "server.pem", house.folder / "certs" / "server.key")
    async with a_smart_host(context) as host:
        settings = {
            "SMART_HOST": f"127.0.0.1:{host.port}",
            "SENDER": "ne-pas-repondre@messager.example",
            "AUTHORITIES": str(house.authority),
        }
        yield host, {**SIGN_IN, **{f"VAGUEMESTRE_NOTIFY__{key}": value for key, value in settings.items()}}


async def tell(house: House, who: Pair, *arguments: str) -> None:
    said = await asyncio.to_thread(house.command, "bal", "change", who.citizen, *arguments)
    assert said.status == 0, said.err


async def ten_letters(server: Server, who: Pair) -> None:
    """Then the operator ends the window."""
    for number in range(10):
        letter = a_letter(who.doctor, who.citizen, message_id=f"<{number}@ten>", subject="Résultats")
        await asyncio.to_thread(by_smtplib, server, who.doctor, who.citizen, letter)
    said = await asyncio.to_thread(server.house.command, "notification", "retry", who.citizen)
    assert said.out == "1 notification due now.\n"


async def test_ten_documents_make_one_mail_that_reveals_nothing(house: House) -> None:
    who = pair(0)
    await tell(house, who, "--notify-at", PERSONAL)
    async with a_house_with_a_smart_host(house) as (host, environment), asyncio.timeout(4 * PATIENCE):
        with a_server(house, None, **environment) as server:
            await ten_letters(server, who)
            await host.reached.wait()
            assert server.stop() == 0
            log = server.log
    [given] = host.given
    assert (given.sender, given.recipients) == ("<>", [PERSONAL])
    message = message_from_bytes(given.octets)
    text = message.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert "https://mon.example/" in text.decode()
    for secret in (who.doctor, who.citizen, who.citizen[:13], "sultats", SENTENCE[:12], "10", "ten"):
        assert secret not in text.decode() + str(message["Subject"])
    assert who.citizen[:13] not in given.octets.decode()
    assert not re.search(f"{PERSONAL}|{who.citizen[:13]}|sultats", log)


async def test_killed_after_the_smart_host_took_it_it_is_sent_again_under_the_same_name(house: House) -> None:
    who = pair(0)
    await tell(house, who, "--notify-at", PERSONAL)
    async with a_house_with_a_smart_host(house) as (host, environment), asyncio.timeout(4 * PATIENCE):
        host.hangs = True
        with a_server(house, None, **environment) as server:
            await ten_letters(server, who)
            await host.reached.wait()
            # It hangs, and mail is taken as ever.
            answer = a_letter(who.citizen, who.doctor, message_id="<a@ten>", answers="<1@ten>")
            taken = await asyncio.to_thread(by_smtplib, server, who.citizen, who.doctor, answer)
            assert taken.code == 250
            await asyncio.to_thread(server.kill)
        host.hangs = False
        host.reached.clear()
        with a_server(house, None, **environment) as server:
            said = await asyncio.to_thread(house.command, "notification", "list", "--json")
            assert [line["state"] for line in json.loads(said.out)] == ["being sent"]
            await asyncio.to_thread(house.command, "notification", "retry", who.citizen)
            await host.reached.wait()
            assert server.stop() == 0
    first, second = (message_from_bytes(given.octets) for given in host.given)
    assert first["Message-ID"] == second["Message-ID"]


async def test_a_stop_does_not_wait_for_a_smart_host_that_hangs(house: House) -> None:
    who = pair(0)
    await tell(house, who, "--notify-at", PERSONAL)
    async with a_house_with_a_smart_host(house) as (host, environment), asyncio.timeout(4 * PATIENCE):
        host.hangs = True
        with a_server(house, None, **environment) as server:
            await ten_letters(server, who)
            await host.reached.wait()
            assert await asyncio.to_thread(server.stop, 10) == 0
            assert "Traceback" not in server.log
    said = await asyncio.to_thread(house.command, "notification", "list", "--json")
    assert [(line["state"], line["attempts"]) for line in json.loads(said.out)] == [("waiting", 0)]


async def test_the_operator_tries_a_contact_and_is_told_what_is_wrong(house: House) -> None:
    who = pair(0)
    certificate, key = house.folder / "certs" / "server.pem", house.folder / "certs" / "server.key"
    secret = house.folder / "webhook.secret"
    secret.write_text("partagé\n")
    await tell(house, who, "--notify-as", "espace/42")
    with a_web_server(str(certificate), str(key)) as web:
        environment = {
            **SIGN_IN,
            "VAGUEMESTRE_NOTIFY__WEBHOOK": web.url,
            "VAGUEMESTRE_NOTIFY__WEBHOOK_SECRET_FILE": str(secret),
            "VAGUEMESTRE_NOTIFY__AUTHORITIES": str(house.authority),
        }
        arguments = ("notification", "test", who.citizen)
        said = await asyncio.to_thread(lambda: house.command(*arguments, **environment))
        assert said.status == 0, said.err
        web.status = 403
        refused = await asyncio.to_thread(lambda: house.command(*arguments, **environment))
    assert (refused.status, refused.err) == (1, "He was not told: 403\n")
    assert [json.loads(request.body)["to"] for request in web.given] == ["espace/42"] * 2
    shown = await asyncio.to_thread(house.command, "notification", "show", who.citizen, "--json")
    assert json.loads(shown.out) == {"kind": "webhook", "to": "espace/42", "on": True}


async def test_a_text_that_could_reveal_keeps_the_server_from_starting(house: House) -> None:
    text = house.folder / "text.txt"
    text.write_text("Un mot de {sender}\n\n{url}\n")
    said = await asyncio.to_thread(
        lambda: house.command("serve", VAGUEMESTRE_NOTIFY__TEXT=str(text), **SIGN_IN)
    )
    assert said.status == 4
    assert "{sender}" in said.err
    checked = await asyncio.to_thread(
        lambda: house.command("check", VAGUEMESTRE_NOTIFY__TEXT=str(text), **SIGN_IN)
    )
    assert checked.status == 1
