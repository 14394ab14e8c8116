"""Whatever has an id can be asked for again by it, by who may see it."""

from typing import Any

import pytest

from tests.builders.asking import ACME, Client
from tests.builders.facts import came, published, stepped_in
from tests.builders.projected import Shop
from tests.builders.records import NOON, SECOND

pytestmark = pytest.mark.postgres

EVERY_ID = """{
    stores { nodes {
        id organisation { id } cameras { id }
        layout { doors { id camera { id } } lines { id camera { id } } zones { id views { camera { id } } } }
        visits { nodes { id entryDoor { id } stays { id zone { id } visit { id } } } }
        stays { nodes { id zone { id store { id } } visit { id } } }
    } }
}"""


def ids(told: Any) -> set[str]:
    match told:
        case dict():
            own = {told["id"]} if "id" in told else set()
            return own | {each for value in told.values() for each in ids(value)}
        case list():
            return {each for value in told for each in ids(value)}
    return set()


async def test_every_id_of_an_answer_leads_back_to_the_thing(shop: Shop, api: Client) -> None:
    await shop.happened(published(), came("ann/ü %"), stepped_in("ann/ü %", "dairy", NOON + SECOND))
    found = sorted(ids(await api.ask(EVERY_ID)))

    nodes = (await api.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=found))["nodes"]

    assert [node["id"] for node in nodes] == found
    assert {node["__typename"] for node in nodes} == {
        "Organisation", "Store", "Camera", "Door", "Line", "Zone", "Visit", "Stay"
    }  # fmt: skip


async def test_two_stores_with_equal_names_of_places_have_ids_of_their_own(shop: Shop, api: Client) -> None:
    await shop.happened(published())
    await shop.happened(published("acme/oslo-1"), store="acme/oslo-1")

    told = await api.ask("{ stores { nodes { cameras { id } layout { zones { id } lines { id } doors { id } } } } }")

    one, other = (ids(store) for store in told["stores"]["nodes"])
    assert len(one) == len(other) == 5
    assert not one & other


async def test_a_foreign_stores_id_and_a_thing_that_is_not_there_are_null(shop: Shop, api: Client) -> None:
    await shop.happened(published("rival/oslo-1"), came("eve"), store="rival/oslo-1")
    await shop.happened(published())
    theirs = [
        "rival", "rival/oslo-1", "rival/oslo-1/zone/dairy", "rival/oslo-1/visit/eve", "rival/oslo-1/camera/entrance"
    ]  # fmt: skip
    absent = [
        "acme/nowhere", "acme/ginza-3/zone/nope", "acme/ginza-3/visit/nope", "acme/ginza-3/stay/a/b/c",
        "acme/ginza-3/stay/dairy/99999999999999/t", "acme/ginza-3/nothing/x", "acme/ginza-3/zone/a/b",
    ]  # fmt: skip

    told = await api.ask(
        'query ($ids: [ID!]!) { nodes(ids: $ids) { id } node(id: "rival/oslo-1") { id } }',
        token=ACME,
        ids=[*theirs, *absent],
    )

    assert told == {"nodes": [None] * (len(theirs) + len(absent)), "node": None}


@pytest.mark.parametrize("wrong", ["", "/", "acme/", "acme/ginza-3/zone", "acme//zone/x", "a" * 5000 + "/"])
async def test_what_is_no_id_is_refused(api: Client, wrong: str) -> None:
    refusal = await api.refusal("query ($id: ID!) { node(id: $id) { id } }", id=wrong)

    assert refusal["extensions"]["code"] == "BAD_USER_INPUT"
    assert "is no id" in refusal["message"]


async def test_a_place_that_never_was_and_an_id_of_something_else_are_refused_as_filters(
    shop: Shop, api: Client
) -> None:
    await shop.happened(published())
    for zone, why in (
        ("acme/ginza-3/zone/nope", "there is no zone"),
        ("dairy", "is no zone of acme/ginza-3"),
        ("acme/ginza-3/door/main", "is no zone of acme/ginza-3"),
        ("acme/other/zone/dairy", "is no zone of acme/ginza-3"),
    ):
        refusal = await api.refusal(
            'query ($zone: ID!) { store(id: "acme/ginza-3") { stays(where: {zone: $zone}) { nodes { id } } } }',
            zone=zone,
        )

        assert refusal["extensions"]["code"] == "BAD_USER_INPUT"
        assert why in refusal["message"]


async def test_at_most_a_hundred_are_asked_for_at_once(api: Client) -> None:
    refusal = await api.refusal("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["acme"] * 101)

    assert "ask for at most 100" in refusal["message"]
