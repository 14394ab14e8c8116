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
    ("visits(last: 0) { nodes { id } }", "ask for 1 to 100 rows"),
    ('visits(after: "x", last: 3) { nodes { id } }', "ask in one direction"),
    (
        'figures(range: {moments: {start: "2026-03-02T12:00:00Z", end: "2026-03-02T11:00:00Z"}}) { start }',
        "`start` is not before `end`",
    ),
    ('figures(range: {dates: {start: "2026-03-02", end: "2026-03-01"}}) { start }', "`start` is after `end`"),
    ('figures(range: {dates: {start: "2025-01-01", end: "2026-03-01"}}) { start }', "longer than 400 days"),
    ('figures(range: {dates: {start: "2026-02-30", end: "2026-03-01"}}) { start }', "no day of the calendar"),
    ('figures(range: {dates: {start: "2026-3-1", end: "2026-03-01"}}) { start }', "no day such as"),
    ("figures(range: {}) { start }", "exactly one"),
    (
        'figures(range: {preset: TODAY, dates: {start: "2026-03-01", end: "2026-03-01"}}) { start }',
        "exactly one",
    ),
    (
        """figures(range: {dates: {start: "2026-03-01", end: "2026-03-02"}}) {
            traffic { series(every: MINUTE) { start } }
        }""",
        "more than 1500 times one minute",
    ),
    (
        'figures(range: {dates: {start: "2026-01-01", end: "2026-03-01"}}) { occupancy { peak } }',
        "more than 31 times one day of occupancy",
    ),
)


async def test_a_question_without_an_answer_is_refused_with_what_to_do(shop: Shop, api: Client) -> None:
    await shop.happened(published())

    for field, message in REFUSED:
        refusal = await api.refusal(f"{{ {STORE} {{ {field} }} }}")

        assert refusal["extensions"]["code"] in {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}
        assert message in refusal["message"]


async def test_another_organisations_store_is_not_there(shop: Shop, api: Client) -> None:
    await shop.happened(published("rival/oslo-1"), came("eve"), store="rival/oslo-1")
    await shop.happened(published())

    seen = await api.ask('{ stores { nodes { id } } store(id: "rival/oslo-1") { id } }', token=ACME)

    assert seen == {"stores": {"nodes": [{"id": "acme/ginza-3"}]}, "store": None}


async def test_what_a_client_sent_is_not_sent_back_whole(api: Client) -> None:
    for query in (
        f'{{ store(id: "{"x" * 200_000}") {{ id }} }}',
        f"{{ {'x' * 200_000} }}",
        f'{{ events(store: "acme/ginza-3", after: "{"x" * 9_000}") {{ nodes {{ id }} }} }}',
    ):
        answer = await api.post(query)

        assert "errors" in answer.json()
        assert len(answer.content) < 10_000
