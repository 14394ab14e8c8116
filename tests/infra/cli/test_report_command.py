"""`shopfloor report`: the text, then what each sentence rests on; or one JSON object."""

import json
from datetime import UTC, datetime

import pytest

from tests.builders.commands import CommandLine
from tests.builders.facts import came, minute_passed, published, went
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON

pytestmark = pytest.mark.postgres

STORE = "acme/ginza-3"
MIDNIGHT = datetime(2026, 3, 1, 15, tzinfo=UTC)
DAY = ("report", "--store", STORE, "--day", "2026-03-02")


@pytest.fixture(autouse=True)
async def day(shop: Shop, projected_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Monday of which the camera watched the first quarter-hour: one came and left."""
    await shop.happened(
        published(at=MIDNIGHT),
        *(minute_passed(MIDNIGHT + n * MINUTE, "entrance") for n in range(1, 16)),
        came("ann", NOON),
        went("ann", NOON + MINUTE),
    )
    monkeypatch.setenv("SHOPFLOOR_DATABASE", projected_database)


def test_the_text_comes_first_and_then_each_sentences_citation(shopfloor: CommandLine) -> None:
    assert shopfloor.run(*DAY, "--by-rules") == 0, shopfloor.err

    head, empty, text, *rest = shopfloor.out.decode().splitlines()
    assert head == "acme/ginza-3, 2026-03-02, by rules"
    assert not empty
    assert text.startswith("At least 1 person came in on Monday 2 March 2026, with nothing earlier to compare it with.")
    assert text.endswith("Not all cameras watched the whole time: Entrance (1% of the time).")
    assert rest[1].startswith("[1] At least 1 person came in")
    assert rest[2].startswith(
        "    store: entered 1 people, 1% watched; "
        "find_passages(store=acme/ginza-3, from=2026-03-01T15:00:00Z, to=2026-03-02T15:00:00Z), events "
    )


def test_json_is_one_object_with_sentences_that_cite_facts_and_query(shopfloor: CommandLine) -> None:
    assert shopfloor.run(*DAY, "--json") == 0, shopfloor.err

    (line,) = shopfloor.out.decode().splitlines()
    told = json.loads(line)
    assert told["writer"].startswith("shopfloor-reports-en ")
    assert told["text"] == " ".join(each["text"] for each in told["sentences"])
    for each in told["sentences"]:
        assert each["query"].startswith("find_")
        assert {"subject", "measure", "value", "unit", "coverage", "query", "events"} == set(each["facts"][0])


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((*DAY, "--week", "2026-W02"), 2, "give one of --day, --week and --month"),
        (("report", "--store", STORE, "--month", "2026-13"), 2, "'2026-13' is no month; write it as 2026-01"),
        (("report", "--store", STORE, "--day", "2999-01-01"), 2, "2999-01-01 has not begun"),
        (("report", "--store", STORE, "--language", "fr"), 2, "no report is written in 'fr'; ask for one of: en"),
        (("report", "--store", "acme/nowhere"), 2, "there is no store acme/nowhere"),
        (("report", "--store", "acme"), 2, "'acme' is not ORGANISATION/STORE"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(
    shopfloor: CommandLine, words: tuple[str, ...], status: int, said: str
) -> None:
    assert shopfloor.run(*words) == status
    assert said in " ".join(shopfloor.err.replace("│", " ").split())
