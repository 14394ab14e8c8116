import pytest

from tests.builders.asking import Client
from tests.builders.facts import came, picked, published, returned
from tests.builders.projected import Shop
from tests.builders.records import NOON, SECOND

pytestmark = pytest.mark.postgres

STORE = 'store(id: "acme/ginza-3")'


async def test_items_say_what_was_moved_when_and_by_whose_visit(shop: Shop, api: Client) -> None:
    await shop.happened(
        published(),
        came("ann"),
        picked(1, "ann", NOON + SECOND),
        returned(2, None, NOON + 2 * SECOND, misplaced=True),
    )

    store = (
        await api.ask(
            f"""{{ {STORE} {{
                items {{
                    totalCount
                    nodes {{ movement movedAt slot product {{ key }} visit {{ id }} misplaced staleSince }}
                }}
                ofAnn: items(where: {{visit: "acme/ginza-3/visit/ann"}}) {{ nodes {{ slot count }} }}
                put: items(where: {{movement: RETURNED}}) {{ nodes {{ slot }} }}
            }} }}"""
        )
    )["store"]

    assert store["items"] == {
        "totalCount": 2,
        "nodes": [
            {
                "movement": "PICKED",
                "movedAt": "2026-03-02T12:00:01.000Z",
                "slot": 1,
                "product": {"key": "sku-1"},
                "visit": {"id": "acme/ginza-3/visit/ann"},
                "misplaced": False,
                "staleSince": None,
            },
            {
                "movement": "RETURNED",
                "movedAt": "2026-03-02T12:00:02.000Z",
                "slot": 2,
                "product": {"key": "sku-2"},
                "visit": None,
                "misplaced": True,
                "staleSince": None,
            },
        ],
    }
    assert store["ofAnn"]["nodes"] == [{"slot": 1, "count": 0}]
    assert store["put"]["nodes"] == [{"slot": 2}]


async def test_items_come_page_by_page_while_others_are_moved(shop: Shop, api: Client) -> None:
    page = f"""query ($after: String) {{ {STORE} {{ items(first: 2, after: $after) {{
        nodes {{ slot }} pageInfo {{ endCursor }}
    }} }} }}"""
    await shop.happened(published(), *(picked(slot, "ann", NOON + slot * SECOND) for slot in (1, 2, 3)))

    first = (await api.ask(page))["store"]["items"]
    await shop.happened(picked(9, None, NOON))
    second = (await api.ask(page, after=first["pageInfo"]["endCursor"]))["store"]["items"]

    assert [item["slot"] for item in (*first["nodes"], *second["nodes"])] == [1, 2, 3]
