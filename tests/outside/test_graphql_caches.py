"""What the caches of Apollo, urql and Relay show, beside what the server said."""

import json
import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.builders.facts import came, crossed, published, stepped_in, stepped_out, went
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON
from tests.builders.serving import Server, running_api

pytestmark = [pytest.mark.outside, pytest.mark.postgres, pytest.mark.slow]

DAY = timedelta(days=1)
OSLO, TOKYO = "acme/oslo", "acme/tokyo"
DOCUMENTS = Path(__file__).parent / "graphql_clients" / "documents" / "questions.js"
TEXTS = dict(re.findall(r"const (\w+) = graphql`(.*?)`;", DOCUMENTS.read_text(), re.DOTALL))

MONDAY = {"dates": {"start": "2026-03-02", "end": "2026-03-02"}}
TUESDAY = {"dates": {"start": "2026-03-03", "end": "2026-03-03"}}
BOTH = {"dates": {"start": "2026-03-02", "end": "2026-03-03"}}
QUESTIONS: list[dict[str, Any]] = [
    {"name": "ranges", "variables": {"store": OSLO, "first": MONDAY, "second": TUESDAY}},
    {"name": "range", "variables": {"store": OSLO, "range": MONDAY}},
    {"name": "range", "variables": {"store": OSLO, "range": BOTH}},
    {"name": "range", "variables": {"store": TOKYO, "range": MONDAY}},
    {"name": "ranges", "variables": {"store": TOKYO, "first": BOTH, "second": MONDAY}},
    {"name": "stores", "variables": {"range": MONDAY}},
]


@pytest.fixture(scope="module")
def asked(clients: Path) -> Path:
    """The clients' folder with what Relay's compiler makes of the documents."""
    compiled = subprocess.run(
        ["node", "node_modules/relay-compiler/cli.js", "relay.config.json"],
        cwd=clients,
        capture_output=True,
        text=True,
        check=False,
    )
    assert compiled.returncode == 0, compiled.stdout + compiled.stderr
    return clients


async def two_stores_with_equal_places(shop: Shop) -> None:
    """Tell of two stores whose camera, door, line, zones and visits have equal keys; one zone's is the camera's too."""
    for store, zone, of_each_day in ((OSLO, "Till in Oslo", (3, 7)), (TOKYO, "Till in Tokyo", (1, 5))):
        await shop.happened(published(store, time_zone="Europe/Oslo", tills=zone), store=store)
        for day, shoppers in zip((NOON, NOON + DAY), of_each_day, strict=True):
            for n in range(shoppers):
                visit = f"{day:%a}-{n}"
                await shop.happened(
                    came(visit, day + n * MINUTE, role="employee" if store == OSLO else "unknown"),
                    crossed("gate", at=day + n * MINUTE),
                    stepped_in(visit, "tills", day + n * MINUTE),
                    stepped_out(visit, "tills", day + n * MINUTE, day + (n + shoppers) * MINUTE),
                    stepped_in(visit, "entrance", day + (n + 20) * MINUTE),
                    went(visit, day + (n + 30) * MINUTE),
                    store=store,
                )


def said_by(server: Server) -> list[Any]:
    """Return what the server says to each question."""
    headers = {"authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.address, headers=headers) as http:
        bodies = [{"query": TEXTS[each["name"]], "variables": each["variables"]} for each in QUESTIONS]
        answers = [http.post("/graphql", json=body).json() for body in bodies]
    assert [each["errors"] for each in answers if "errors" in each] == []
    return [each["data"] for each in answers]


def shown_by(client: str, folder: Path, server: Server) -> tuple[list[Any], str]:
    """Return what a client's cache shows of each question, once all were asked, and what the client warns of."""
    run = subprocess.run(
        ["node", "caches.js", client, f"{server.address}/graphql", server.token],
        input=json.dumps(QUESTIONS),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return [without_added(each) for each in json.loads(run.stdout)], run.stderr


def without_added(value: Any) -> Any:
    """Leave out the names of types, which caches ask for beside."""
    match value:
        case dict():
            return {name: without_added(each) for name, each in value.items() if name != "__typename"}
        case list():
            return [without_added(each) for each in value]
    return value


@pytest.fixture
async def told(shop: Shop) -> None:
    await two_stores_with_equal_places(shop)


@pytest.mark.usefixtures("told")
def test_a_cache_shows_what_the_server_said_for_two_ranges_and_for_two_stores_with_equal_local_ids(
    asked: Path, projected_database: str, tmp_path: Path
) -> None:
    with running_api(projected_database, tmp_path / "data") as server:
        said = said_by(server)
        shown = {client: shown_by(client, asked, server) for client in ("apollo", "urql", "relay")}
        bare, _ = shown_by("bare", asked, server)

    assert shown == dict.fromkeys(shown, (said, ""))
    wrong = [of_cache for of_server, of_cache in zip(said, bare, strict=True) if of_cache not in (None, of_server)]
    assert wrong == []  # what is missing is asked again
    monday, tuesday, tokyo = said[0]["store"]["first"], said[0]["store"]["second"], said[3]["store"]["figures"]
    visitors = [each["zones"][-1]["visitors"] for each in (monday, tuesday, tokyo)]
    assert visitors == [3, 7, 1]


def test_relays_compiler_takes_what_pages_through_lists_and_what_asks_for_one_thing_again(asked: Path) -> None:
    made = {path.name.removesuffix(".graphql.js") for path in (asked / "documents" / "__generated__").iterdir()}

    pages = {"fragmentsVisitsPageQuery", "fragmentsStaysPageQuery"}
    again = {"fragmentsStoreAgainQuery", "fragmentsZoneAgainQuery", "fragmentsCameraAgainQuery"}
    assert made > pages | again
