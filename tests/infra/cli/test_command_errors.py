"""How the command ends: one line on stderr and an exit status."""

import logging
import sys

import pytest
import typer

from event_store.errors import ShopfloorError, UndecodableRecord
from infra.cli import app as command_line


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    app = typer.Typer(pretty_exceptions_enable=False)
    app.callback()(command_line.shopfloor)
    monkeypatch.setattr(command_line, "app", app)

    @app.command()
    def refuse() -> None:
        raise ShopfloorError("the shop is closed; come back tomorrow")

    @app.command()
    def unusable() -> None:
        raise UndecodableRecord("no JSON")

    @app.command()
    def surprise() -> None:
        raise KeyError("milk")

    @app.command()
    def interrupted() -> None:
        raise KeyboardInterrupt

    return app


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize(
    ("command", "status", "line"),
    [
        ("refuse", 1, "shopfloor: the shop is closed; come back tomorrow\n"),
        ("unusable", 2, "shopfloor: not a readable CloudEvent: no JSON\n"),
        ("surprise", 1, "shopfloor: unexpected: KeyError: 'milk'; run with --debug to see where\n"),
        ("interrupted", 130, ""),
    ],
)
def test_an_error_is_one_line_and_a_status(
    command: str, status: int, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["shopfloor", command])

    with pytest.raises(SystemExit) as end:
        command_line.main()

    assert end.value.code == status
    assert capsys.readouterr().err.strip("\n") == line.strip("\n")


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize("words", [["--debug", "surprise"], ["surprise", "--debug"]])
def test_debug_anywhere_shows_the_traceback(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["shopfloor", *words])

    with pytest.raises(KeyError, match="milk"):
        command_line.main()
