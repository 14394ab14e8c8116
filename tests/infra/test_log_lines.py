import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from infra.errors import InvalidSettings
from infra.logs import configure, hide_secrets


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The logger that is configured, which afterwards is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield root
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_an_empty_level_is_the_usual_one(monkeypatch: pytest.MonkeyPatch, root: logging.Logger) -> None:
    monkeypatch.setenv("SHOPFLOOR_LOG_LEVEL", "")
    configure()

    assert root.level == logging.WARNING


@pytest.mark.usefixtures("root")
def test_a_level_that_there_is_not_is_told_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPFLOOR_LOG_LEVEL", "loud")

    with pytest.raises(InvalidSettings, match="SHOPFLOOR_LOG_LEVEL is 'LOUD'; set it to one of DEBUG, INFO"):
        configure()


@pytest.mark.usefixtures("root")
def test_a_logger_that_has_written_follows_what_is_configured_later(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    log = structlog.get_logger("worker")
    log.warning("before")
    structlog.reset_defaults()

    with structlog.testing.capture_logs() as lines:
        log.warning("after")

    assert [line["event"] for line in lines] == ["after"]
    assert "after" not in capsys.readouterr().err


def test_a_log_line_holds_no_password() -> None:
    line = hide_secrets(
        None, "info", {"event": "no answer from postgresql://shop:abracadabra@db/shop", "kafka_password": "x", "n": 1}
    )

    assert line == {"event": "no answer from postgresql://shop:…@db/shop", "kafka_password": "…", "n": 1}


@pytest.mark.parametrize(
    "wrap", [str, lambda text: [text], lambda text: {"camera": text}, OSError], ids=["text", "list", "table", "error"]
)
def test_a_log_line_holds_no_password_of_a_camera_in_any_kind_of_value(wrap: Any) -> None:
    address = "rtsp://10.0.0.5/user=admin_password=SECRET_channel=1.sdp"

    line = hide_secrets(None, "info", {"event": "camera", "about": wrap(address)})

    assert "SECRET" not in str(line)
    assert "rtsp://10.0.0.5" in str(line)
