import importlib
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from event_store.layout.model import Facing, Shelf
from infra.process_table import PROCESSES
from tests.builders.watching import NOON, RUN, layout
from vision_workers.frames import Observation
from vision_workers.observed import Found, ObservedFrame
from vision_workers.watchers import Provenance, ShopperWatcher, Site, wants_of

ROOT = Path(__file__).parents[2]
RECIPES = (ROOT / "docs/recipes.md").read_text()
WAYS_IN = RECIPES + (ROOT / "docs/architecture.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
NAMED = sorted(set(re.findall(r"`([A-Za-z_.]+)`\s+in\s+`([\w/]+)\.py`", WAYS_IN)))
PLACES = sorted(set(re.findall(r"`([\w/]+/(?:\w+\.(?:py|md))?)`", WAYS_IN)))
LINKED = sorted(set(re.findall(r"\]\((?:docs/)?([\w./-]+)\)", WAYS_IN)))
SQUARE = [(0.1, 0.1), (0.2, 0.1), (0.2, 0.2), (0.1, 0.2)]


@pytest.mark.parametrize(("name", "module"), NAMED)
def test_what_a_recipe_or_the_tour_of_the_architecture_names_is_there(name: str, module: str) -> None:
    found = importlib.import_module(module.replace("/", "."))
    for part in name.split("."):
        found = getattr(found, part)


@pytest.mark.parametrize("place", PLACES)
def test_the_files_and_folders_that_are_named_are_there(place: str) -> None:
    assert (ROOT / place).exists()


@pytest.mark.parametrize("page", LINKED)
def test_the_pages_that_are_linked_are_there(page: str) -> None:
    assert (ROOT / "docs" / page).exists()


def test_the_architecture_names_every_process() -> None:
    drawing = (ROOT / "docs/architecture.md").read_text().split("```")[1]

    assert [each.name for each in PROCESSES if each.name not in drawing] == []


def test_the_recipes_watcher_watches_a_camera_with_shelves() -> None:
    recipe: dict[str, Any] = {}
    (code,) = re.findall(r"```python\n(.*?)```", RECIPES, re.DOTALL)
    exec(code, recipe)  # noqa: S102 - the guide's own example
    target, watcher, look = recipe["FACINGS"], recipe["FacingWatcher"], recipe["FacingLook"]
    shelf = Shelf(id="A1", camera="aisle", facing=[Facing(slot=1, polygon=SQUARE)])
    shop = msgspec.structs.replace(layout("door", "aisle"), shelf=[shelf])
    by = Provenance(camera_id="aisle", model="look", model_digest="", layout_digest="")
    site = Site(layout=shop, camera_id="aisle", run=RUN, provenances={"person": by, "facing": by})
    seen = Observation(camera_id="aisle", frame=7, time=NOON, tracks=(), lost=(), input_digest=str)
    found = Found(target=target, observation=seen, things=(look("A1", SQUARE, 0.9),))
    frame = ObservedFrame(camera_id="aisle", frame=7, time=NOON, found=(found,))

    wants = {camera: wants_of(shop, camera, (watcher,))[1:] for camera in ("door", "aisle")}

    assert wants["door"] == ()
    assert [(each.target, each.every) for each in wants["aisle"]] == [(target, timedelta(seconds=0.5))]
    assert watcher(site, ShopperWatcher(site)).observe(frame) == []
