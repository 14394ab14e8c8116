"""Every model of the store that works is served; one that was named must work."""

from pathlib import Path

import pytest

from tests.builders.networks import blob_finder, save_model, unheard_of
from vision_workers.detectors import Device
from vision_workers.errors import ModelError
from vision_workers.models import Models
from vision_workers.serving.errors import ModelNotReady, UnknownServedModel
from vision_workers.serving.store import ServedModels


@pytest.fixture
def store(tmp_path: Path) -> Models:
    save_model(blob_finder(), tmp_path / "blobs")
    save_model(unheard_of(), tmp_path / "broken")
    return Models(tmp_path)


def test_a_broken_model_does_not_keep_the_others_from_being_served(store: Models) -> None:
    served = ServedModels(store, Device("CPU"), waiting=4)

    assert [each.model.name for each in served.usable] == ["blobs", "shopfloor-person"]
    assert served.find(None).model.name == "shopfloor-person"
    with pytest.raises(ModelNotReady, match="shopfloor models check broken"):
        served.find("broken")
    with pytest.raises(UnknownServedModel, match="ask for one of: blobs, broken, shopfloor-person"):
        served.find("cats")


@pytest.mark.parametrize("name", ["broken", "cats"])
def test_a_model_that_was_named_must_work(store: Models, name: str) -> None:
    with pytest.raises(ModelError, match=name):
        ServedModels(store, Device("CPU"), waiting=4, only=["blobs", name])


def test_a_model_may_be_named_by_its_folder(store: Models) -> None:
    served = ServedModels(store, Device("CPU"), waiting=4, only=[str(store.user_folder / "blobs")])

    assert [each.model.name for each in served.usable] == ["blobs"]
