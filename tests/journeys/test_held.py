"""A letter sent for later: seen and taken back with a mail program, by the operator, released. RFC 4865."""

import asyncio
import imaplib
import smtplib
import time
from email import message_from_bytes

from tests.support.journey import PASSWORD, PATIENCE, Pair, Server
from tests.support.letters import a_letter
from tests.support.mail_clients import aioimaplib_client, imaplib_client, inbox, messages

WAITING = "Envois diff&AOk-r&AOk-s"  # RFC 3501 §5.1.3, as old clients spell it


def send_later(server: Server, people: Pair, name: str, *options: str) -> str:
    """The reply to the final dot."""
    with smtplib.SMTP("localhost", server.ports["submission"], timeout=PATIENCE) as client:
        client.starttls(context=server.tls())
        client.login(people.doctor, PASSWORD)
        longest, latest = client.esmtp_features["futurerelease"].split()
        assert longest == str(30 * 86_400)
        assert latest.endswith("Z")
        code, text = client.mail(people.doctor, list(options))
        assert code == 250, text
        client.rcpt(people.citizen)
        code, text = client.data(a_letter(people.doctor, people.citizen, message_id=f"<{name}@later>"))
        assert code == 250, text
        return text.decode()


def queue_id_of(reply: str) -> str:
    return reply.partition("Accepted as ")[2].partition(",")[0]


def state_of(server: Server, name: str) -> str:
    traced = server.house.command("trace", f"<{name}@later>", "--json").json()
    assert isinstance(traced, list)
    return str(traced[0]["recipients"][0]["state"])


def seen_waiting(client: imaplib.IMAP4) -> dict[int, bytes]:
    return messages(client, WAITING)


def test_its_sender_sees_it_and_takes_it_back_with_his_mail_program(server: Server, people: Pair) -> None:
    reply = send_later(server, people, "taken-back", "HOLDFOR=86400")
    assert ", held until " in reply
    with imaplib_client(server, people.doctor) as client:
        listed = [line for line in client.list()[1] if isinstance(line, bytes) and WAITING.encode() in line]
        assert b"\\Scheduled" in listed[0]
        (octets,) = seen_waiting(client).values()
        assert message_from_bytes(octets)["Deferred-Delivery"]
        assert state_of(server, "taken-back") == "held"
        assert "held until" in server.house.command("trace", "<taken-back@later>").out
        assert client.select(f'"{WAITING}"')[0] == "OK"
        assert client.store("1", "+FLAGS", r"(\Deleted)")[0] == "OK"
        assert client.expunge() == ("OK", [b"1"])
    assert state_of(server, "taken-back") == "cancelled"
    assert inbox(server, people.citizen) == {}
    assert server.house.command("held", "list", people.doctor, "--json").json() == []


def test_the_operator_lists_shows_cancels_and_releases(server: Server, people: Pair) -> None:
    tomorrow = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86_400))
    first, second = (
        queue_id_of(send_later(server, people, name, f"HOLDUNTIL={tomorrow}")) for name in ("one", "two")
    )
    listed = server.house.command("held", "list", people.doctor, "--json").json()
    assert isinstance(listed, list)
    assert {one["queue_id"] for one in listed} == {first, second}
    assert listed[0]["release_at"].startswith(tomorrow.removesuffix("Z"))
    assert people.citizen not in server.house.command("held", "list").out
    shown = server.house.command("held", "show", first).out
    assert first in shown
    assert people.citizen not in shown
    assert people.citizen in server.house.command("held", "show", first, "--show-ins").out
    assert server.house.command("held", "cancel", first).status == 0
    assert server.house.command("held", "cancel", first).status == 3
    assert (state_of(server, "one"), state_of(server, "two")) == ("cancelled", "held")
    (told,) = inbox(server, people.doctor).values()
    assert first.encode() in told
    with imaplib_client(server, people.doctor) as client:
        assert len(messages(client, "Drafts")) == 1
    assert "is released to 1 recipient" in server.house.command("held", "release", second).out
    (arrived,) = inbox(server, people.citizen).values()
    assert b"<two@later>" in arrived
    assert state_of(server, "two") == "delivered"


async def test_at_its_hour_it_is_there_and_the_one_who_waits_is_told(server: Server, people: Pair) -> None:
    client = await aioimaplib_client(server, people.citizen)
    assert (await client.select("INBOX")).result == "OK"
    idling = await client.idle_start(timeout=PATIENCE)
    await asyncio.to_thread(send_later, server, people, "soon", "HOLDFOR=1")
    while b"1 EXISTS" not in await client.wait_server_push(PATIENCE):
        pass
    client.idle_done()
    await asyncio.wait_for(idling, PATIENCE)
    await client.logout()
    (arrived,) = (await asyncio.to_thread(inbox, server, people.citizen)).values()
    assert len(message_from_bytes(arrived).get_all("Received", [])) == 2
    with imaplib_client(server, people.doctor) as doctor:
        assert seen_waiting(doctor) == {}
