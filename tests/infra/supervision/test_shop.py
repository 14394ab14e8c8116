"""What an installation runs, and where it tells its processes to go."""

import socket
from pathlib import Path

import pytest
from pydantic import SecretStr

from infra.errors import InvalidSettings, PortInUse
from infra.local.ports import LOOPBACK, free_port
from infra.settings import Settings
from infra.supervision.shop import OF_ONE_RECORD, Shop, Wish, roles_of


def test_one_worker_watches_every_layout() -> None:
    wish = Wish(layouts=[Path("a.toml"), Path("b.toml")], real_time=True, take=2, once=True)

    roles = {role.name: role for role in roles_of(wish, 8000)}

    words = ("worker", "--layout", "a.toml", "--layout", "b.toml", "--real-time", "--take", "2", "--once")
    assert roles["worker"].words == words
    assert roles["worker"].may_end
    assert not roles["projector"].may_end


def test_the_api_is_told_the_sites_whose_pages_may_ask_it() -> None:
    roles = {role.name: role for role in roles_of(Wish(origins=("https://a.example", "http://b.example:5173")), 8000)}

    said = ("api", "--port", "8000", "--origin", "https://a.example", "--origin", "http://b.example:5173")
    assert roles["api"].words == said


def test_without_a_layout_there_is_no_worker() -> None:
    assert [role.name for role in roles_of(Wish(), 8000)] == ["projector", "api", "monitor", "sealer", "dispatcher"]


def test_models_are_served_where_somebody_said_a_port() -> None:
    roles = {role.name: role for role in roles_of(Wish(serve_port=8001), 8000)}

    assert roles["serve"].words == ("serve", "--port", "8001")


def test_processes_serve_their_metrics_on_ports_that_follow_the_settings(tmp_path: Path) -> None:
    first = free_port()
    settings = Settings(data=tmp_path, kafka=None, database=None, metrics_port=first)

    words = {role.name: role.words for role in roles_of(Wish(), 8000, Shop(settings, Wish())._metrics_ports)}

    assert words["projector"] == ("projector", "--metrics-port", str(first))
    assert words["monitor"] == ("monitor", "--metrics-port", str(first + 1))
    with (
        socket.create_server((LOOPBACK, first + 1)),
        pytest.raises(PortInUse, match=f"port {first + 1} for metrics of the monitor"),
    ):
        Shop(settings, Wish())


def test_one_address_without_the_other_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="set both"):
        Shop(Settings(data=tmp_path, kafka="kafka:9092", database=None), Wish())


def test_embedded_services_are_reached_without_what_a_cluster_asks_for(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, kafka=None, database=None, kafka_user="till", kafka_password=SecretStr("x"))

    shop = Shop(settings, Wish())

    environment = shop._environment()
    assert shop.settings.kafka_user is None
    assert environment["SHOPFLOOR_KAFKA_USER"] == environment["SHOPFLOOR_DATABASE_CA_FILE"] == ""


def test_an_installation_signs_and_publishes_by_its_own_settings_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPFLOOR_KEYS", "/keys/of/another/record")
    monkeypatch.setenv("SHOPFLOOR_PUBLISH", "/where/another/record/is/published")

    monkeypatch.setenv("SHOPFLOOR_PUBLISH_SECRET", "whsec_of_another_record")

    nothing = Settings(data=tmp_path, kafka=None, database=None).model_copy(update=dict.fromkeys(OF_ONE_RECORD))
    own = Shop(nothing, Wish())._environment()
    asked = Shop(Settings(data=tmp_path, keys=Path("keys"), kafka=None, database=None), Wish())._environment()

    assert {own[f"SHOPFLOOR_{name.upper()}"] for name in OF_ONE_RECORD} == {""}
    assert (asked["SHOPFLOOR_KEYS"], asked["SHOPFLOOR_PUBLISH_SECRET"]) == ("keys", "whsec_of_another_record")


def test_a_taken_port_of_the_api_is_refused(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortInUse, match=f"port {port} for the API"):
            Shop(Settings(data=tmp_path, kafka=None, database=None), Wish(api_port=port))
