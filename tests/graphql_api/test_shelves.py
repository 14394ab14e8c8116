import pytest

from graphql_api import labels, shelves
from tests.builders.asking import Client
from tests.builders.facts import counted, emptied, label_read, published, restocked
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


async def test_an_answer_has_no_more_facings_and_labels_than_it_says(
    shop: Shop, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "MOST_FACINGS", 2)
    monkeypatch.setattr(labels, "MOST_LABELS", 2)
    await shop.happened(published(), *(counted(slot, "full") for slot in (3, 1, 2)))
    await shop.happened(*(label_read(slot, "198") for slot in (3, 1, 2)))

    answer = await api.ask(f"{{ {STORE} {{ shelfStates {{ slot }} labels {{ slot }} }} }}")

    assert answer["store"] == {name: [{"slot": 1}, {"slot": 2}] for name in ("shelfStates", "labels")}


async def test_labels_say_what_is_written_on_them_and_null_where_that_is_not_sure(shop: Shop, api: Client) -> None:
    await shop.happened(
        published(), label_read(1, "198"), label_read(1, "178", NOON + MINUTE), label_read(1, None), label_read(2, None)
    )

    answer = await api.ask(f"{{ {STORE} {{ labels {{ slot price currency readable product {{ key }} }} }} }}")

    assert answer["store"]["labels"] == [
        {"slot": 1, "price": "178", "currency": "JPY", "readable": True, "product": {"key": "sku-1"}},
        {"slot": 2, "price": None, "currency": "JPY", "readable": False, "product": {"key": "sku-2"}},
    ]
