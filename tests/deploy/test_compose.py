"""docker-compose.yml describes something that can start: checked without an engine, and by one if there is.

What an engine would find out late is looked at here: settings that do not exist, ports that do not match,
volumes and secrets nobody declared.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from tests.support.tree import ROOT

from vaguemestre.settings import Settings, read_settings

COMPOSE_FILE = ROOT / "docker-compose.yml"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
DOORS = {"submission": 587, "submissions": 465, "imap": 143, "imaps": 993}


class Service:
    """One service of the file, read strictly: a key that is not listed here fails the test."""

    KEYS = frozenset(
        [
            "build",
            "cap_drop",
            "command",
            "depends_on",
            "entrypoint",
            "environment",
            "healthcheck",
            "image",
            "networks",
            "ports",
            "read_only",
            "restart",
            "secrets",
            "security_opt",
            "shm_size",
            "stop_grace_period",
            "tmpfs",
            "volumes",
        ]
    )

    def __init__(self, name: str, description: dict[str, object]) -> None:
        self.name = name
        self.description = description

    def mapping(self, key: str) -> dict[str, object]:
        """A key that holds a mapping; empty when absent."""
        value = self.description.get(key, {})
        assert isinstance(value, dict), f"{self.name}: {key}"
        return value

    def texts(self, key: str) -> list[str]:
        """A key that holds a list of texts; empty when absent."""
        value = self.description.get(key, [])
        assert isinstance(value, list), f"{self.name}: {key}"
        assert all(isinstance(item, str) for item in value), f"{self.name}: {key}"
        return value


def _section(name: str) -> dict[str, dict[str, object]]:
    compose = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))
    return {key: value or {} for key, value in compose[name].items()}


@pytest.fixture(name="services")
def _services() -> dict[str, Service]:
    return {name: Service(name, description) for name, description in _section("services").items()}


@pytest.fixture(name="environment")
def _environment(services: dict[str, Service]) -> dict[str, str]:
    """What the gateway finds in its environment: the image's variables, then the file's."""
    image = dict(re.findall(r"\b(VAGUEMESTRE_\w+)=(\S+)", DOCKERFILE))
    return image | {key: str(value) for key, value in services["gateway"].mapping("environment").items()}


@pytest.fixture(name="settings")
def _settings(
    environment: dict[str, str], secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """The settings as the gateway reads them in its container, its secrets lying in a folder of ours."""
    for name, value in environment.items():
        if "__" in name:
            monkeypatch.setenv(name, value.replace("/run/secrets", str(secrets)))
    file = tmp_path / "vaguemestre.toml"
    file.write_text(
        '[domains]\nprofessional = ["hopital.mssante.example"]\ncitizen = ["patient.mssante.fr"]\n'
    )
    return read_settings(file)


@pytest.fixture(name="secrets")
def _secrets(tmp_path: Path) -> Path:
    """The folder that deploy/secrets.sh makes, each file under the name it has in a container."""
    made = tmp_path / "secrets"
    subprocess.run(
        ["/bin/sh", str(ROOT / "deploy" / "secrets.sh"), str(made)], check=True, capture_output=True
    )
    for name, secret in _section("secrets").items():
        source = made / Path(str(secret["file"])).name
        assert source.is_file(), f"deploy/secrets.sh does not make {source.name}"
        source.rename(made / name)
    return made


def test_a_gateway_a_postgresql_18_and_an_object_store(services: dict[str, Service]) -> None:
    assert services.keys() == {"gateway", "database", "objects"}
    assert services["database"].description["image"] == "postgres:18"


def test_every_key_of_a_service_is_known(services: dict[str, Service]) -> None:
    assert not {key for service in services.values() for key in service.description.keys() - Service.KEYS}


def test_every_image_says_its_version(services: dict[str, Service]) -> None:
    images = [str(service.description["image"]) for service in services.values() if service.name != "gateway"]
    assert all(re.fullmatch(r"[\w./-]+:\d[\w.-]*", image) for image in images)


def test_every_variable_is_a_setting_and_its_value_is_taken(settings: Settings) -> None:
    assert settings.database.url.startswith("postgresql://vaguemestre:")
    assert settings.objects.bucket == "messages"


def test_the_database_and_its_address_agree(
    settings: Settings, services: dict[str, Service], secrets: Path
) -> None:
    variables = services["database"].mapping("environment")
    password = (secrets / "database_password").read_text(encoding="ascii").strip()
    assert settings.database.url == (
        f"postgresql://{variables['POSTGRES_USER']}:{password}@database/{variables['POSTGRES_DB']}"
    )


def test_the_object_store_and_its_address_agree(
    environment: dict[str, str], services: dict[str, Service], secrets: Path
) -> None:
    port = next(text for text in services["objects"].texts("command") if text.startswith("-s3.port="))
    assert environment["VAGUEMESTRE_OBJECTS__ENDPOINT"] == f"http://objects:{port.partition('=')[2]}"
    access = yaml.safe_load((secrets / "objects_access").read_text(encoding="ascii"))
    secret = (secrets / "objects_secret").read_text(encoding="ascii").strip()
    assert access["identities"][0]["credentials"] == [{"accessKey": "vaguemestre", "secretKey": secret}]


def test_published_ports_lead_to_the_doors(settings: Settings, services: dict[str, Service]) -> None:
    published = dict(text.split(":") for text in services["gateway"].texts("ports"))
    doors = {name: settings.listen.endpoints()[name] for name in DOORS}
    assert published == {str(DOORS[name]): str(door.port) for name, door in doors.items()}
    assert {door.host for door in doors.values()} == {"0.0.0.0"}  # noqa: S104 (inside a container of its own)


def test_only_the_gateway_can_be_reached(services: dict[str, Service]) -> None:
    assert [service.name for service in services.values() if service.texts("ports")] == ["gateway"]
    assert _section("networks")["inside"] == {"internal": True}
    assert all(
        service.texts("networks") == ["inside"] for service in services.values() if service.name != "gateway"
    )


@pytest.mark.parametrize("kind", ["networks", "secrets"])
def test_what_is_used_is_declared_and_what_is_declared_is_used(
    kind: str, services: dict[str, Service]
) -> None:
    assert {name for service in services.values() for name in service.texts(kind)} == _section(kind).keys()


def test_volumes_are_declared_and_none_is_shared(services: dict[str, Service]) -> None:
    used = [text.partition(":")[0] for service in services.values() for text in service.texts("volumes")]
    assert sorted(used) == sorted(_section("volumes"))


def test_what_the_gateway_waits_for_says_when_it_is_healthy(services: dict[str, Service]) -> None:
    for name, condition in services["gateway"].mapping("depends_on").items():
        assert condition == {"condition": "service_healthy"}
        assert services[name].mapping("healthcheck")["test"]
    assert "HEALTHCHECK" in DOCKERFILE


def test_secrets_are_made_once_and_never_replaced(tmp_path: Path) -> None:
    command = ["/bin/sh", str(ROOT / "deploy" / "secrets.sh"), str(tmp_path / "made")]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}
    assert subprocess.run(command, check=False, capture_output=True).returncode == 1
    assert {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()} == before
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o700


def test_secrets_stay_out_of_version_control() -> None:
    assert "secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_engine_itself_reads_the_file() -> None:
    docker = shutil.which("docker")
    plugin = [docker, "compose", "version"] if docker else []
    if docker is None or subprocess.run(plugin, check=False, capture_output=True).returncode:
        pytest.skip("docker compose: not on this machine")
    subprocess.run([docker, "compose", "-f", str(COMPOSE_FILE), "config", "--quiet"], check=True, cwd=ROOT)
