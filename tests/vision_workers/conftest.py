from pathlib import Path

import pytest

from tests.builders.networks import blob_finder, save_model
from vision_workers.detectors import Device, ObjectDetector
from vision_workers.models import read_model_folder


@pytest.fixture(scope="session")
def blobs_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder of the detector of coloured people."""
    return save_model(blob_finder(), tmp_path_factory.mktemp("models") / "blobs")


@pytest.fixture(scope="session")
def blobs(blobs_folder: Path) -> ObjectDetector:
    """The detector of coloured people."""
    return Device("CPU").detector(read_model_folder(blobs_folder))
