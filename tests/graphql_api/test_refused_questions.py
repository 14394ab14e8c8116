import pytest

from tests.builders.asking import ACME, Client
from tests.builders.facts import came, published
from tests.builders.projected import Shop

pytestmark = pytest.mark.postgres

STORE = 'store(id: "acme/ginza-3")'
REFUSED = (
    ("visits(first: 0) { nodes { id } }", "ask for 1 to 100 rows"),
    ("visits(first: 101) { nodes { id } }", "ask for 1 to 100 rows"),
    ('visits(after: "AAAA") { nodes { id } }', "no cursor of this list"),
    ('visits(after: "é") { nodes { id } }', "no cursor of this list"),
    ("traffic { periods(period: DAY) { entered } }", "periods need a range with both ends"),
    (
        'traffic(from: "2026-03-02T12:00:30Z") { entered }',
        "not one of whole minutes",
    ),
    (
        'traffic(from: "2026-03-02T12:00:00Z", to: "2026-03-02T11:00:00Z") { entered }',
        "`from` is not before `to`",
    ),
    (
        'occupancy(from: "2026-03-01T00:00:00Z", to: "2026-03-03T00:00:00Z") { peak }',
        "more than 1500 times one minute",
    ),
    (
        'occupancy(period: DAY, from: "2026-01-01T00:00:00Z", to: "2026-03-01T00:00:00Z") { peak }',
        "more than 31 times one day of occupancy",
    ),
)


async def test_a_question_without_an_answer_is_refused_with_what_to_do(shop: Shop, api: Client) -> None:
    await shop.happened(published())

    for field, message in REFUSED:
        refusal = await api.refusal(f"{{ {STORE} {{ {field} }} }}")

        assert refusal["extensions"]["code"] == "BAD_USER_INPUT"
        assert message in refusal["message"]


async def test_another_organisations_store_is_not_there(shop: Shop, api: Client) -> None:
    await shop.happened(published("rival/oslo-1"), came("eve"), store="rival/oslo-1")
    await shop.happened(published())

    seen = await api.ask('{ stores { nodes { id } } store(id: "rival/oslo-1") { id } }', token=ACME)

    assert seen == {"stores": {"nodes": [{"id": "acme/ginza-3"}]}, "store": None}
