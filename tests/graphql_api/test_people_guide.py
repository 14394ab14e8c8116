"""The examples of docs/people.md."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.builders.asking import Client
from tests.builders.facts import floor_counted, minute_passed
from tests.builders.floors import calibrated
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON

pytestmark = pytest.mark.postgres

GUIDE = (Path(__file__).parents[2] / "docs" / "people.md").read_text()
EXAMPLES = re.findall(r"```graphql\n(.*?)```", GUIDE, re.DOTALL)
(UNPACK,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


async def test_every_question_of_the_guide_is_answered_and_its_grid_is_unpacked_as_it_says(
    shop: Shop, api: Client
) -> None:
    counted = floor_counted(NOON, {32: (2, 60_000, 3)}, columns=8)
    await shop.happened(calibrated(), minute_passed(NOON + 15 * MINUTE, "entrance"), counted)
    namespace: dict[str, Any] = {}
    exec(UNPACK, namespace)  # noqa: S102  # the guide's own words

    floor, queues, alerts = [await api.ask(example, store="acme/ginza-3") for example in EXAMPLES]
    told = floor["store"]["figures"]["heatMap"]
    values = namespace["values"](told)

    assert values[32] == pytest.approx(60.0)
    assert values[7] is None
    assert sum(each or 0 for each in values) == pytest.approx(60.0)
    assert told["hotspots"][0]["words"] == "Dairy has 8.8 times the time of the store's mean."
    assert queues["store"]["queues"] == []
    assert alerts["store"]["alerts"]["totalCount"] == 0
