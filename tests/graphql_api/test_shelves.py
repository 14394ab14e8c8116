import pytest

from graphql_api import shelves
from tests.builders.asking import Client
from tests.builders.facts import counted, emptied, published, restocked
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON

pytestmark = pytest.mark.postgres

STORE = 'store(id: "acme/ginza-3")'


async def test_facings_say_what_is_in_them_and_which_are_empty_since_when(shop: Shop, api: Client) -> None:
    await shop.happened(
        published(),
        counted(1, "full", count=1),
        emptied(2, NOON, NOON + MINUTE),
        emptied(3, NOON, NOON + MINUTE),
        restocked(3, NOON, NOON + 2 * MINUTE),
    )

    store = (
        await api.ask(
            f"""{{ {STORE} {{
                all: shelfStates {{ slot state count }}
                empty: shelfStates(state: EMPTY) {{ shelf {{ key }} slot product {{ key }} emptySince staleSince }}
            }} }}"""
        )
    )["store"]

    assert store["all"] == [
        {"slot": 1, "state": "FULL", "count": 1},
        {"slot": 2, "state": "EMPTY", "count": 0},
        {"slot": 3, "state": "FULL", "count": None},
    ]
    assert store["empty"] == [
        {
            "shelf": {"key": "A1"},
            "slot": 2,
            "product": {"key": "sku-2"},
            "emptySince": "2026-03-02T12:00:00.000Z",
            "staleSince": None,
        }
    ]


async def test_an_answer_has_no_more_facings_than_it_says(
    shop: Shop, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "MOST_FACINGS", 2)
    await shop.happened(published(), *(counted(slot, "full") for slot in (3, 1, 2)))

    answer = await api.ask(f"{{ {STORE} {{ shelfStates {{ slot }} }} }}")

    assert answer["store"]["shelfStates"] == [{"slot": 1}, {"slot": 2}]
