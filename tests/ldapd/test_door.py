"""The address book on real sockets: who may search, what is found, and what is refused. RFC 4511."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.builders import DOCTOR
from tests.support.ldap_door import BASE, MOST, PASSWORD, LdapClient, OpenLdap, an_open_ldap
from tests.support.programs import program, run
from tests.support.smtp_door import pki

from vaguemestre.ldap.ber import element, integer, text
from vaguemestre.ldap.responses import START_TLS, Code
from vaguemestre.ldapd.pace import Pace
from vaguemestre.mail.bal import BalState
from vaguemestre.policy.profiles import ProfileAct

PERSON = text("objectClass", 0x87)


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[OpenLdap]:
    async with an_open_ldap(tmp_path) as door:
        yield door


@pytest.fixture
async def client(opened: OpenLdap) -> AsyncIterator[LdapClient]:
    async with opened.client() as connected:
        assert await connected.bind(DOCTOR, PASSWORD) == Code.SUCCESS
        yield connected


def has(attribute: str, *pieces: tuple[int, str]) -> bytes:
    return element(0xA4, text(attribute), element(0x30, *(text(piece, tag) for tag, piece in pieces)))


def begins(attribute: str, value: str) -> bytes:
    return has(attribute, (0x80, value))


def equals(attribute: str, value: str) -> bytes:
    return element(0xA3, text(attribute), text(value))


def typed(value: str) -> bytes:
    """What mail programs ask while somebody types."""
    return element(0xA1, *(begins(name, value) for name in ("cn", "mail", "sn", "givenName", "displayName")))


async def names(client: LdapClient, asked: bytes) -> list[str]:
    code, entries = await client.search(asked, "cn")
    assert code == Code.SUCCESS
    return [entry["cn"][0] for entry in entries]


async def test_people_are_found_while_their_name_is_typed(client: LdapClient) -> None:
    assert await names(client, typed("goff")) == ["Élodie LE GOFF"]
    assert await names(client, element(0xA0, PERSON, typed("ELODIE LE"))) == ["Élodie LE GOFF"]
    assert await names(client, has("cn", (0x81, "martin"))) == ["claire.martin", "Jean MARTIN"]
    assert await names(client, begins("mail", "jean.mar")) == ["Jean MARTIN"]
    assert await names(client, has("mail", (0x81, "@medecin.mssante"))) == ["Élodie LE GOFF", "Jean MARTIN"]
    assert await names(client, equals("mail", "Jean.Martin@medecin.mssante.example")) == ["Jean MARTIN"]
    assert await names(client, equals("employeeNumber", "10000000025")) == ["Jean MARTIN"]
    brest = element(0xA0, equals("l", "Brest"), begins("o", "CHU"))
    assert await names(client, brest) == ["CHU DE BREST - CARDIOLOGIE"]
    not_she = element(0xA0, begins("mail", "x1"), element(0xA2, has("mail", (0x81, "many"))))
    assert await names(client, not_she) == []
    assert await names(client, begins("telephoneNumber", "04")) == []
    assert await names(client, equals("objectClass", "computer")) == []


async def test_what_thunderbird_and_outlook_ask_is_answered(client: LdapClient) -> None:
    def one_word(word: str) -> bytes:
        names = ("cn", "givenName", "sn", "mozillaNickname", "mail", "mozillaSecondEmail", "o")
        return element(0xA1, *(has(name, (0x81, word)) for name in names))

    thunderbird = element(0xA0, *(one_word(word) for word in ("jean", "martin", "mart", "m", "j")))
    assert await names(client, thunderbird) == ["Jean MARTIN"]
    either = element(
        0xA1, begins("sn", "jean"), element(0xA1, begins("givenName", "jean"), begins("cn", "jean"))
    )
    outlook = element(0xA0, text("mail", 0x87), element(0xA1, begins("mail", "jean"), either))
    assert await names(client, outlook) == ["Jean MARTIN"]


async def test_an_entry_is_an_inetorgperson_and_can_be_read_by_its_name(client: LdapClient) -> None:
    code, entries = await client.search(typed("goff"))
    assert code == Code.SUCCESS
    (entry,) = entries
    assert entry["dn"] == [f"mail=elodie.le-goff@medecin.mssante.example,{BASE}"]
    assert entry["mail"] == ["elodie.le-goff@medecin.mssante.example"]
    assert (entry["sn"], entry["givenName"], entry["title"]) == (["LE GOFF"], ["Élodie"], ["Médecin"])
    assert "inetOrgPerson" in entry["objectClass"]
    code, same = await client.search(PERSON, "MAIL;x", base=entry["dn"][0], scope=0)
    assert (code, same) == (Code.SUCCESS, [{"dn": entry["dn"], "mail": entry["mail"]}])
    for base in ("o=elsewhere", f"mail=nobody@x.fr,{BASE}", f"mail=nonsense,{BASE}"):
        assert await client.search(PERSON, base=base, scope=0) == (Code.NO_SUCH_OBJECT, [])


async def test_nobody_gets_the_whole_directory(client: LdapClient) -> None:
    assert await client.search(PERSON) == (Code.SIZE_LIMIT_EXCEEDED, [])
    assert await client.search(begins("mail", "")) == (Code.SIZE_LIMIT_EXCEEDED, [])
    code, entries = await client.search(typed("dupont"), "mail")
    assert (code, len(entries)) == (Code.SIZE_LIMIT_EXCEEDED, MOST)
    code, entries = await client.search(typed("dupont"), "mail", size=2)
    assert (code, len(entries)) == (Code.SIZE_LIMIT_EXCEEDED, 2)
    many = element(0xA1, *(begins("cn", f"name{number}") for number in range(20)))
    assert await client.search(many) == (Code.ADMIN_LIMIT_EXCEEDED, [])
    bomb = element(0xA0, *(element(0xA1, begins("cn", "a"), begins("cn", "b")) for _ in range(20)))
    assert (await client.search(bomb))[0] == Code.SUCCESS


async def test_who_has_not_signed_in_learns_what_this_is_and_no_more(opened: OpenLdap) -> None:
    async with opened.client() as client:
        code, root = await client.search(PERSON, base="", scope=0)
        assert code == Code.SUCCESS
        assert root[0]["namingContexts"] == [BASE]
        assert root[0]["supportedExtension"] == [START_TLS]
        refused: tuple[int, list[dict[str, list[str]]]] = (Code.INSUFFICIENT_ACCESS_RIGHTS, [])
        assert await client.search(typed("goff")) == refused
        assert await client.bind("", "") == Code.SUCCESS
        assert await client.search(typed("goff")) == refused
        assert await client.bind(DOCTOR, "") == Code.UNWILLING_TO_PERFORM
        assert await client.bind(DOCTOR, "wrong") == Code.INVALID_CREDENTIALS
        assert await client.search(typed("goff")) == refused
        assert await client.bind(f"mail={DOCTOR},{BASE}", PASSWORD) == Code.SUCCESS
        assert (await client.search(typed("goff")))[0] == Code.SUCCESS
        code, top = await client.search(PERSON, scope=0)
        assert (code, top[0]["o"]) == (Code.SUCCESS, ["annuaire"])
        assert await client.bind(DOCTOR, "wrong again") == Code.INVALID_CREDENTIALS
        assert await client.search(typed("goff")) == refused  # who was there is not any more


async def test_an_account_that_is_suspended_searches_no_more(opened: OpenLdap, client: LdapClient) -> None:
    bal = (await opened.world.accounts.all())[0]
    await opened.world.change(bal, ProfileAct.SUSPEND)
    state = await opened.world.store.read(lambda tx: tx.bals.by_id(bal.id))
    assert state is not None
    assert state.state is BalState.SUSPENDED
    assert (await client.search(typed("goff")))[0] == Code.INSUFFICIENT_ACCESS_RIGHTS


async def test_a_password_needs_tls_and_starttls_gives_it(tmp_path: Path) -> None:
    async with an_open_ldap(tmp_path, require_tls=True) as opened:
        async with opened.client() as client:
            assert await client.bind(DOCTOR, PASSWORD) == Code.CONFIDENTIALITY_REQUIRED
            await client.start_tls()
            assert await client.bind(DOCTOR, PASSWORD) == Code.SUCCESS
            await client.say(element(0x77, text(START_TLS, 0x80)))
            assert await client.code() == Code.OPERATIONS_ERROR
        async with opened.client(tls=True) as client:
            assert await client.bind(DOCTOR, PASSWORD) == Code.SUCCESS


async def test_what_is_sent_behind_starttls_is_never_read(tmp_path: Path) -> None:
    async with an_open_ldap(tmp_path, require_tls=True) as opened, opened.client() as client:
        behind = element(0x30, integer(2), element(0x60, integer(3), text(DOCTOR), text(PASSWORD, 0x80)))
        client.writer.write(element(0x30, integer(1), element(0x77, text(START_TLS, 0x80))) + behind)
        assert await client.code() == Code.PROTOCOL_ERROR
        with pytest.raises(EOFError):
            await client.answer()


async def test_nothing_can_be_changed_and_the_rest_is_said_not_to_be_there(client: LdapClient) -> None:
    for request, response in ((0x66, 0x67), (0x68, 0x69), (0x4A, 0x6B), (0x6C, 0x6D), (0x6E, 0x6F)):
        await client.say(element(request, text("o=annuaire")))
        tag, inside = await client.answer()
        assert (tag, inside.integer(0x0A)) == (response, Code.UNWILLING_TO_PERFORM)
    await client.say(element(0x77, text("1.2.3.4", 0x80)))
    assert await client.code() == Code.PROTOCOL_ERROR
    await client.say(element(0x60, integer(2), text(DOCTOR), text(PASSWORD, 0x80)))
    assert await client.code() == Code.PROTOCOL_ERROR
    await client.say(element(0x60, integer(3), text(""), element(0xA3, text("PLAIN"))))
    assert await client.code() == Code.AUTH_METHOD_NOT_SUPPORTED
    critical = element(0xA0, element(0x30, text("1.2.840.113556.1.4.319"), element(0x01, b"\xff")))
    found = await client.search(typed("goff"), controls=critical)
    assert found == (Code.UNAVAILABLE_CRITICAL_EXTENSION, [])


@pytest.mark.parametrize("octets", [b"GET / HTTP/1.1\r\n", b"\x30\x84\x7f\xff\xff\xff", b"\x30\x02\x02\x00"])
async def test_what_is_not_ldap_is_told_so_and_hung_up_on(opened: OpenLdap, octets: bytes) -> None:
    async with opened.client() as client:
        client.writer.write(octets)
        assert await client.code() == Code.PROTOCOL_ERROR
        with pytest.raises(EOFError):
            await client.answer()


async def test_too_many_connections_are_told_and_the_door_closes_on_everybody(tmp_path: Path) -> None:
    async with an_open_ldap(tmp_path, most_each=1) as opened, opened.client() as first:
        assert await first.bind(DOCTOR, PASSWORD) == Code.SUCCESS
        async with opened.client() as second:
            assert await second.code() == Code.BUSY
        await opened.door.close()
        assert await first.code() == Code.UNAVAILABLE
        with pytest.raises(EOFError):
            await first.answer()


async def test_requests_may_come_all_at_once(client: LdapClient) -> None:
    for _ in range(3):
        client.writer.write(element(0x30, integer(1), element(0x4A, text("o=annuaire"))))
    client.writer.write(element(0x30, integer(1), element(0x50, b"\x01")))
    assert [await client.code() for _ in range(3)] == [Code.UNWILLING_TO_PERFORM] * 3
    await client.say(element(0x42))
    with pytest.raises(EOFError):
        await client.answer()


@pytest.mark.parametrize("way", ["starttls", "tls"])
async def test_openldap_searches_here(tmp_path: Path, way: str) -> None:
    ldapsearch = program("ldapsearch")
    async with an_open_ldap(tmp_path, require_tls=True) as opened:
        url = (
            f"ldap://127.0.0.1:{opened.port}" if way == "starttls" else f"ldaps://127.0.0.1:{opened.tls_port}"
        )
        command = [ldapsearch, "-LLL", "-x", "-H", url, "-D", DOCTOR, "-w", PASSWORD, "-b", BASE]
        command += ["-ZZ"] if way == "starttls" else []
        trust = {"LDAPTLS_CACERT": str(pki().authority)}
        ended = await run(*command, "(|(cn=*jean*)(sn=jean*))", "mail", "sn", **trust)
        assert ended.status == 0, ended.said
        assert "mail: jean.martin@medecin.mssante.example" in ended.said
        assert "sn: MARTIN" in ended.said
        ended = await run(*command, "(cn=dupont)", "mail", **trust)
        assert (ended.status, ended.said.count("mail: ")) == (4, MOST)
        wrong = [*command[: command.index("-w")], "-w", "wrong", *command[command.index("-w") + 2 :]]
        assert (await run(*wrong, "(cn=dupont)", **trust)).status == 49


async def test_who_searches_too_often_waits_on_every_connection_and_nobody_else_does(tmp_path: Path) -> None:
    seconds, other = [0.0], "paul.durand@cabinet.mssante.fr"
    async with an_open_ldap(tmp_path, pace=Pace(2, lambda: seconds[0])) as opened:
        await opened.world.bal(other, password=PASSWORD)
        async with opened.client() as first, opened.client() as second, opened.client() as third:
            for client, who in ((first, DOCTOR), (second, DOCTOR), (third, other)):
                assert await client.bind(who, PASSWORD) == Code.SUCCESS
            for client in (first, second):
                assert await names(client, begins("cn", "jean")) == ["Jean MARTIN"]
            seconds[0] = 59.0
            assert (await first.search(begins("cn", "jean"), "cn"))[0] == Code.BUSY
            assert (await second.search(begins("cn", "jean"), "cn"))[0] == Code.BUSY
            assert await names(third, begins("cn", "jean")) == ["Jean MARTIN"]
            seconds[0] = 60.0
            assert await names(first, begins("cn", "jean")) == ["Jean MARTIN"]
