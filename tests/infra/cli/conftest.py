from pathlib import Path

import pytest

from tests.builders.commands import CommandLine
from tests.builders.networks import blob_finder, save_model


@pytest.fixture
def shopfloor(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> CommandLine:
    """The command with a data folder of this test alone."""
    monkeypatch.setenv("SHOPFLOOR_DATA", str(tmp_path / "data"))
    return CommandLine(monkeypatch, capfdbinary)


@pytest.fixture(scope="session")
def blob_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of a detector of coloured people."""
    return save_model(blob_finder(), tmp_path_factory.mktemp("models") / "blobs")
