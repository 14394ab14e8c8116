"""The layout of a store as a floor plan needs it."""

from typing import Any

import msgspec
import pytest

from event_store.events.layouts import LayoutPublished
from event_store.layout.digest import layout_digest
from event_store.layout.model import Facing, Fixture, Label, Product, Shelf, View, Zone
from tests.builders.asking import Client
from tests.builders.facts import CORNER, published
from tests.builders.floors import calibrated
from tests.builders.projected import Shop
from tests.builders.records import NOON

pytestmark = pytest.mark.postgres

FLOOR: Any = [(0.0, 0.0), (4.0, 0.0), (4.0, 3.0)]
CORNERS = [{"x": 0.0, "y": 0.8}, {"x": 1.0, "y": 0.8}, {"x": 1.0, "y": 1.0}]


def furnished() -> LayoutPublished:
    bare: LayoutPublished = published()
    points: Any = [((0.1, 0.1), (0.0, 0.0))] * 4
    layout = msgspec.structs.replace(
        bare.layout,
        store=msgspec.structs.replace(bare.layout.store, floor=(12.0, 8.0), checkout="self"),
        camera=[msgspec.structs.replace(bare.layout.camera[0], floor_points=points)],
        zone=[
            *bare.layout.zone,
            Zone(id="floor", name="Floor", kind="promotion", floor_polygon=FLOOR, min_dwell_s=1.5),
            Zone(id="seen-twice", name="Seen twice", view=[View(camera="entrance", polygon=CORNER)]),
        ],
        fixture=[Fixture(id="gondola", kind="gondola", floor_polygon=FLOOR, height_m=1.8)],
        shelf=[
            Shelf(
                id="A1",
                camera="entrance",
                fixture="gondola",
                level=2,
                facing=[Facing(slot=1, polygon=CORNER, sku="490", capacity=6)],
                label=[Label(slot=1, polygon=CORNER)],
            )
        ],
        product=[Product(sku="490", name="Milk", price="198")],
    )
    return LayoutPublished(time=NOON, layout=layout, layout_digest=layout_digest(layout), valid_from=NOON)


async def test_everything_that_a_floor_plan_shows_is_in_the_layout(shop: Shop, api: Client) -> None:
    await shop.happened(furnished())

    layout = (
        await api.ask(
            """{ store(id: "acme/ginza-3") { layout {
                floor { widthM depthM } checkout publishedAt
                cameras { key floorPoints { picture { x } floor { y } } }
                doors { key name polygon { x y } camera { key } }
                lines { key start { x y } end { x y } inside camera { key } }
                zones { key kind minDwellMs floorPolygon { x y } views { camera { key } polygon { x y } } }
                fixtures { key kind heightM floorPolygon { x y } }
                shelves { key level fixture { key } camera { key } labels { slot }
                          facings { slot capacity patienceMs product { key name price } polygon { x y } } }
                products { key name price }
            } } }"""
        )
    )["store"]["layout"]

    floor = [{"x": x, "y": y} for x, y in FLOOR]
    assert (layout["floor"], layout["checkout"]) == ({"widthM": 12.0, "depthM": 8.0}, "SELF")
    assert len(layout["cameras"][0]["floorPoints"]) == 4
    assert layout["doors"] == [{"key": "main", "name": "main", "polygon": CORNERS, "camera": {"key": "entrance"}}]
    assert layout["lines"] == [
        {
            "key": "gate",
            "start": {"x": 0.1, "y": 0.5},
            "end": {"x": 0.9, "y": 0.5},
            "inside": "RIGHT",
            "camera": {"key": "entrance"},
        }
    ]
    zones = {zone["key"]: zone for zone in layout["zones"]}
    assert zones["dairy"]["views"] == zones["seen-twice"]["views"]
    assert zones["dairy"]["views"] == [{"camera": {"key": "entrance"}, "polygon": CORNERS}]
    assert (zones["floor"]["floorPolygon"], zones["floor"]["minDwellMs"], zones["floor"]["kind"]) == (
        floor, 1500, "PROMOTION"
    )  # fmt: skip
    assert layout["fixtures"] == [{"key": "gondola", "kind": "gondola", "heightM": 1.8, "floorPolygon": floor}]
    product = {"key": "490", "name": "Milk", "price": "198"}
    assert layout["products"] == [product]
    (shelf,) = layout["shelves"]
    assert (shelf["fixture"], shelf["level"], shelf["labels"]) == ({"key": "gondola"}, 2, [{"slot": 1}])
    assert shelf["facings"] == [
        {"slot": 1, "capacity": 6, "patienceMs": 20_000, "product": product, "polygon": CORNERS}
    ]


async def test_a_zone_of_the_floor_is_watched_by_every_calibrated_camera(shop: Shop, api: Client) -> None:
    await shop.happened(furnished())

    zones = (
        await api.ask(
            """{ store(id: "acme/ginza-3") {
                figures(range: {dates: {start: "2026-03-02", end: "2026-03-02"}}) {
                    zones { zone { key } quality { coverage } }
                }
            } }"""
        )
    )["store"]["figures"]["zones"]

    assert {zone["zone"]["key"]: zone["quality"]["coverage"] for zone in zones}["floor"] == 0.0


async def test_a_zone_that_is_drawn_in_a_picture_has_its_place_on_the_floor(shop: Shop, api: Client) -> None:
    await shop.happened(calibrated())
    await shop.happened(published("acme/other"), store="acme/other")
    question = """{ %s: store(id: "acme/%s") { layout { zones { key views { floorPolygon { x y } } } } } }"""

    drawn = (await api.ask(question % ("known", "ginza-3")))["known"]["layout"]["zones"][0]["views"][0]
    corners = [(round(each["x"], 6), round(each["y"], 6)) for each in drawn["floorPolygon"]]
    assert corners == [(0.0, 3.0), (1.02, 3.0), (1.02, 1.98), (0.0, 1.98)]
    unknown = (await api.ask(question % ("unknown", "other")))["unknown"]["layout"]["zones"]
    assert [each["views"] for each in unknown] == [[{"floorPolygon": None}]] * 2
