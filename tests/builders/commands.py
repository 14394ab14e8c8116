"""The command line in this process, as a user types it."""

import sys

import pytest

from infra.cli.app import main


class CommandLine:
    """Runs `shopfloor` with words; what it says is captured."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        self._monkeypatch, self._captured = monkeypatch, capfdbinary
        self.out = b""
        self.err = ""

    def set(self, setting: str, value: str) -> None:
        """Give it a setting."""
        self._monkeypatch.setenv(setting, value)

    def run(self, *words: object) -> int:
        """Return the exit status; `out` and `err` are what was said."""
        self._monkeypatch.setattr(sys, "argv", ["shopfloor", *map(str, words)])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        said = self._captured.readouterr()
        self.out, self.err = said.out, said.err.decode()
        return status
