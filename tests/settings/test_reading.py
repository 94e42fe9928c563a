"""Settings are read from one file and the environment, and every mistake is named with its line."""

from pathlib import Path
from typing import get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from vaguemestre.mail.bal import BalKind
from vaguemestre.policy.limits import Allowance, Carriage, CitizenMayWrite
from vaguemestre.settings import Settings, SettingsError, read_settings
from vaguemestre.settings.lines import key_lines
from vaguemestre.settings.sample import sample
from vaguemestre.settings.section import Section, descriptions
from vaguemestre.settings.values import (
    Endpoint,
    FolderDelay,
    read_allowance,
    read_carriage,
    read_endpoint,
    read_folder_delays,
)


def written(folder: Path, text: str) -> Path:
    path = folder / "vaguemestre.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        read_settings(path)
    return [str(problem).removeprefix(str(path)) for problem in refused.value.problems]


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, ""))
    assert settings.citizen_may_write is CitizenMayWrite.REPLY
    assert settings.security.require_tls
    assert settings.retention.days == 90
    assert settings.listen.relay is None


def test_paths_and_sqlite_files_start_from_the_folder_of_the_file(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, '[database]\nurl = "sqlite:///data/mail.db"\n'))
    assert settings.database.url == f"sqlite:///{tmp_path}/data/mail.db"
    assert settings.keys.url == f"sqlite:///{tmp_path}/keys.db"
    assert settings.tls.certificate == tmp_path / "certs" / "server.pem"


def test_absolute_sqlite_files_and_servers_stay_as_they_are(tmp_path: Path) -> None:
    text = '[database]\nurl = "sqlite:////srv/mail.db"\n[keys]\nurl = "postgresql://keys@host/keys"\n'
    settings = read_settings(written(tmp_path, text))
    assert settings.database.url == "sqlite:////srv/mail.db"
    assert settings.keys.url == "postgresql://keys@host/keys"


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, '[listen]\nimaps = "127.0.0.1:1"\nimap = "127.0.0.1:2"\n')
    monkeypatch.setenv("VAGUEMESTRE_LISTEN__IMAPS", "[::1]:1993")
    monkeypatch.setenv("VAGUEMESTRE_DOMAINS__PROFESSIONAL", "Hopital.mssante.fr, cabinet.mssante.fr")
    monkeypatch.setenv("VAGUEMESTRE_CONFIG", str(path))
    settings = read_settings(path)
    assert settings.listen.imaps == Endpoint("::1", 1993)
    assert settings.listen.imap == Endpoint("127.0.0.1", 2)
    assert settings.domains.professional == ("hopital.mssante.fr", "cabinet.mssante.fr")


@pytest.mark.parametrize(
    ("variable", "text", "read"),
    [
        ("OPENID__CLIENTS", '["practice"]', ("practice",)),
        ("OPENID__CLIENTS", ' [ "one, with a comma", "two" ] ', ("one, with a comma", "two")),
        ("OPENID__CLIENTS", "one, two,", ("one", "two")),
        ("OPENID__CLIENTS", "[]", ()),
        ("OPENID__CLIENTS", "", ()),
        ("DOMAINS__PROFESSIONAL", '["Hopital.mssante.fr"]', ("hopital.mssante.fr",)),
        ("DOMAINS__CITIZEN", '["patient.mssante.fr"]', ("patient.mssante.fr",)),
        ("RETENTION__FOLDERS", '["Trash 7"]', (FolderDelay("Trash", 7),)),
        ("NOTIFY__KINDS", "citizen,PER,citizen", (BalKind.CITIZEN, BalKind.PER)),
    ],
)
def test_a_list_in_the_environment_is_written_with_commas_or_as_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, text: str, read: tuple[object, ...]
) -> None:
    monkeypatch.setenv(f"VAGUEMESTRE_{variable}", text)
    section, name = variable.lower().split("__")
    assert getattr(getattr(read_settings(written(tmp_path, "")), section), name) == read


LISTS = [
    (name, key)
    for name, section in Settings.model_fields.items()
    if isinstance(section.annotation, type) and issubclass(section.annotation, BaseModel)
    for key, field in section.annotation.model_fields.items()
    if get_origin(field.annotation) is tuple
]


@pytest.mark.parametrize("text", ['["one"', '["one", 2]', "[one]", "['one']", '[["one"]]'])
@pytest.mark.parametrize(("section", "key"), LISTS)
def test_what_is_no_list_is_refused_with_how_to_write_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, section: str, key: str, text: str
) -> None:
    variable = f"VAGUEMESTRE_{section.upper()}__{key.upper()}"
    monkeypatch.setenv(variable, text)
    (problem,) = problems(written(tmp_path, ""))
    assert problem.startswith(f"environment {variable}: {section}.{key}: write it as a list of texts: [")


def test_kinds_of_mailboxes_are_named_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAGUEMESTRE_NOTIFY__KINDS", "CITIZEN,DOCTOR")
    (problem,) = problems(written(tmp_path, ""))
    assert problem.endswith("it names kinds of mailboxes: PER, ORG, APP, CAB, CITIZEN")


def test_there_are_lists_among_the_settings() -> None:
    assert {("openid", "clients"), ("domains", "citizen"), ("retention", "folders")} <= set(LISTS)


def test_an_empty_endpoint_disables_the_listener(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, '[listen]\nimap = ""\nsubmission = ""\n'))
    assert list(settings.listen.endpoints()) == ["submissions", "imaps"]


def test_a_secret_address_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "address").write_text("postgresql://u:secret@host/mail\n")
    settings = read_settings(written(tmp_path, '[database]\nurl_file = "address"\n'))
    assert settings.database.url == "postgresql://u:secret@host/mail"


def test_keys_are_never_kept_with_the_messages(tmp_path: Path) -> None:
    (problem,) = problems(written(tmp_path, '[keys]\nurl = "sqlite:///vaguemestre.db"\n'))
    assert "a backup of messages must hold no key" in problem


def test_another_kind_of_database_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(written(tmp_path, '[database]\nurl = "mysql://host/mail"\n'))
    assert problem.startswith(":2: database.url: write sqlite:///file.db")


def test_every_mistake_is_named_at_once_with_its_line(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'citizen_may_write = "never"\n'
        "[listen]\n"
        'imapz = "127.0.0.1:993"\n'
        'imaps = "127.0.0.1:99999"\n'
        "ldap = 389\n"
        "[limts]\n"
        "[limits]\n"
        'message_size = "25 fortnights"\n'
        "recipients = 0\n",
    )
    assert problems(path) == [
        ":1: citizen_may_write: 'never' is none of 'reply' or 'while-open'",
        ":3: listen.imapz: unknown setting; did you mean listen.imap?",
        ":4: listen.imaps: 99999 is not a port: they end at 65535",
        ':5: listen.ldap: write it as text: "host:port", or "" to disable',
        ":6: limts: unknown setting; did you mean limits?",
        ':8: limits.message_size: a size is expected: a number of octets, or text such as "25 MiB"',
        ":9: limits.recipients: at least 1 is expected",
    ]


def test_a_mistake_in_the_environment_names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAGUEMESTRE_SECURITY__REQUIRE_TLS", "perhaps")
    monkeypatch.setenv("VAGUEMESTRE_LISTN__IMAPS", "127.0.0.1:1")
    assert problems(written(tmp_path, "")) == [
        "environment VAGUEMESTRE_SECURITY__REQUIRE_TLS: security.require_tls: write true or false",
        "environment VAGUEMESTRE_LISTN__IMAPS: unknown setting; did you mean listen?",
    ]


def test_a_setting_in_the_wrong_section_is_shown_its_place(tmp_path: Path) -> None:
    assert problems(written(tmp_path, "[domains]\nrequire_tls = true\n")) == [
        ":2: domains.require_tls: unknown setting here; require_tls stands in [security]"
    ]


def test_two_listeners_on_one_port_are_refused(tmp_path: Path) -> None:
    text = '[listen]\nimap = "127.0.0.1:1"\nimaps = "127.0.0.1:1"\n'
    assert problems(written(tmp_path, text)) == [
        ":1: listen: imaps and imap cannot both listen on 127.0.0.1:1"
    ]


def test_a_domain_is_professional_or_citizen(tmp_path: Path) -> None:
    text = '[domains]\nprofessional = ["a.fr"]\ncitizen = ["A.fr"]\n'
    assert problems(written(tmp_path, text)) == [
        ":1: domains: a.fr cannot be professional and citizen at once"
    ]


def test_what_is_not_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    (problem,) = problems(written(tmp_path, "[listen]\nimaps = \n"))
    assert "line 2" in problem


def test_a_missing_file_is_told_how_to_make_one(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "absent.toml")
    assert "vaguemestre init" in problem


def test_the_sample_is_read_back_as_what_was_chosen(tmp_path: Path) -> None:
    chosen = {("domains", "citizen"): ["patient.mssante.fr"], ("listen", "imap"): None}
    settings = read_settings(written(tmp_path, sample(chosen)))
    assert settings.domains.citizen == ("patient.mssante.fr",)
    assert settings.listen.imap is None


def test_the_sample_shows_every_setting_with_its_description(tmp_path: Path) -> None:
    text = sample({})
    read_settings(written(tmp_path, text))
    for name, field in Settings.model_fields.items():
        annotation = field.annotation
        section = annotation if isinstance(annotation, type) and issubclass(annotation, Section) else None
        for key in [name] if section is None else section.model_fields:
            assert f"# {key} = " in text
            assert descriptions(section or Settings).get(key), f"{name}.{key} is not described"


def test_a_key_inside_a_long_text_is_not_a_key() -> None:
    text = '[a]\nx = """\ny = 1\n[b]\n"""\nz.w = 2\n'
    assert key_lines(text) == {("a",): 1, ("a", "x"): 2, ("a", "z"): 6, ("a", "z", "w"): 6}


@given(st.from_regex(r"[a-z0-9.-]{1,20}|[0-9a-f:]{2,20}", fullmatch=True), st.integers(0, 65535))
def test_an_endpoint_is_printed_as_it_is_read(host: str, port: int) -> None:
    endpoint = Endpoint(host, port)
    assert read_endpoint(str(endpoint)) == endpoint


def test_what_a_kind_may_send_is_five_numbers_in_any_order(tmp_path: Path) -> None:
    text = "7 connections, 3 recipients/message, 1 messages/minute, 2 messages/day, 4 recipients/day"
    settings = read_settings(written(tmp_path, f'[sending]\napp = "{text}"\n'))
    assert settings.sending.app == Allowance(1, 2, 3, 4, 7)
    assert read_allowance(str(settings.sending.per)) == settings.sending.per


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("many", "'many' is not a number and once one of"),
        ("1 connections, 2 connections", "'2 connections' is not a number and once one of"),
        ("0 connections", "'0 connections' is not a number and once one of"),
        ("1 connections", "messages/minute, messages/day, recipients/message, recipients/day not said"),
    ],
)
def test_what_a_kind_may_send_is_said_in_full(tmp_path: Path, text: str, sentence: str) -> None:
    (problem,) = problems(written(tmp_path, f'[sending]\napp = "{text}"\n'))
    assert sentence in problem


def test_folders_have_delays_by_name_or_special_use_and_each_once() -> None:
    wanted = (FolderDelay("Trash", 30), FolderDelay("Historique d'accès", 365))
    assert read_folder_delays(["\\Trash 30", "Historique d'accès 365"]) == wanted
    assert read_folder_delays("Trash 30, Historique d'accès 365,") == wanted
    assert read_folder_delays([str(delay) for delay in wanted]) == wanted
    assert read_folder_delays("") == ()
    for wrong, why in (
        (["Trash"], "not a mailbox and"),
        (["Trash 0"], "not a mailbox and"),
        (["Trash 3651"], "not a mailbox and"),
        ("30", "not a mailbox and"),
        (["Archive/2025 30"], "first level"),
        (["Inbox 30"], "delay of its own"),
        (["Trash 30", "\\Trash 60"], "twice"),
        (30, "as a list"),
    ):
        with pytest.raises(ValueError, match=why):
            read_folder_delays(wrong)


def test_what_a_message_may_be_is_read_as_it_is_printed() -> None:
    assert read_carriage(str(Carriage())) == Carriage()
    assert read_carriage("2 MiB message, 500 kB in 1 attachment") == Carriage(2_097_152, 500_000, 1)
    for wrong in ("25 MB", "25 MB message, 10 MB in 0 attachments", "", "25 message, 10 in 3 attachments"):
        with pytest.raises(ValueError, match="is not written like: 25 MB message"):
            read_carriage(wrong)


def test_the_name_in_notifications_is_one_that_both_languages_can_say(tmp_path: Path) -> None:
    assert "/" not in read_settings(written(tmp_path, "")).notify.service
