import pytest

from event_store.events.cameras import CameraDark
from event_store.serialization import encode
from graphql_api import staleness
from graphql_api.errors import token
from tests.builders.amending import skipped
from tests.builders.asking import ACME, Client
from tests.builders.facts import came, published, stepped_in, stepped_out, went
from tests.builders.projected import Shop
from tests.builders.records import NOON, SECOND, envelope, recorded

pytestmark = pytest.mark.postgres

LATE = """{
    store(id: "acme/ginza-3") {
        staleSubjects { subject since records reason }
        deadLetters { nodes { position subject type reason error behind waiting } }
        everything: deadLetters(parked: true, first: 100) { nodes { reason behind } }
        visits { nodes { id staleSince } }
        cameras { id staleSince }
        stays { nodes { visit { id } staleSince } }
        figures(range: {dates: {start: "2026-03-02", end: "2026-03-02"}}) {
            traffic { quality { staleSince } }
            occupancy { quality { staleSince } }
            zones { quality { staleSince } }
            lines { quality { staleSince } }
        }
    }
}"""
ANN, BOB = "acme/ginza-3/visit/ann", "acme/ginza-3/visit/bob"
DARK = CameraDark(time=NOON, camera_id="entrance", silence_ms=10, cause="gone")


async def a_day(shop: Shop) -> str:
    """Ann's and the camera's records wait, Bob's do not."""
    await shop.happened(published(), came("ann"), came("bob"))
    await shop.happened(stepped_in("bob", "dairy"), stepped_in("ann", "dairy"))
    dead = await shop.unreadable(went("ann"))
    await shop.happened(stepped_out("ann", "dairy", NOON, NOON + SECOND))
    await shop.unreadable(DARK)
    return token(dead)


async def test_answers_about_what_waits_say_since_when_they_are_stale(api: Client, shop: Shop) -> None:
    dead = await a_day(shop)

    told = (await api.ask(LATE, token=ACME))["store"]

    ann, camera = told["staleSubjects"]
    since = ann["since"]
    assert ann == {"subject": "visit/ann", "since": since, "records": 2, "reason": "UNKNOWN_TYPE"}
    assert (camera["subject"], camera["records"]) == ("camera/entrance", 1)
    assert told["visits"]["nodes"] == [{"id": ANN, "staleSince": since}, {"id": BOB, "staleSince": None}]
    assert told["stays"]["nodes"] == [
        {"visit": {"id": ANN}, "staleSince": since}, {"visit": {"id": BOB}, "staleSince": None}
    ]  # fmt: skip
    assert told["cameras"] == [{"id": "acme/ginza-3/camera/entrance", "staleSince": camera["since"]}]
    figures = told["figures"]
    for counted in (figures["traffic"], figures["occupancy"], *figures["zones"], *figures["lines"]):
        assert counted["quality"]["staleSince"] == since
    letter = told["deadLetters"]["nodes"][0]
    assert (letter["position"], letter["type"], letter["waiting"]) == (dead, "shopfloor.ShopperExited.v9", 1)
    assert [each["behind"] for each in told["everything"]["nodes"]] == [None, dead, None]


async def test_once_the_dead_letter_is_given_up_answers_are_fresh_again(api: Client, shop: Shop) -> None:
    await shop.happened(published(), came("ann"))
    dead = await shop.unreadable(went("ann"))
    assert (await api.ask(LATE))["store"]["staleSubjects"] != []

    given_up = skipped(recorded(went("ann"), dead.offset, partition=dead.partition))
    await shop.told("acme/ginza-3", encode(envelope(given_up, 1, camera="office")))

    told = (await api.ask(LATE))["store"]
    assert (told["staleSubjects"], told["deadLetters"]["nodes"]) == ([], [])
    assert told["visits"]["nodes"] == [{"id": ANN, "staleSince": None}]
    assert told["figures"]["traffic"]["quality"]["staleSince"] is None


async def test_the_list_of_stale_subjects_is_bounded(api: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await shop.happened(published())
    for visit in range(4):
        await shop.unreadable(came(f"v{visit}"))
    monkeypatch.setattr(staleness, "MOST_STALE", 3)

    told = await api.ask('{ store(id: "acme/ginza-3") { staleSubjects { subject } } }')

    assert [each["subject"] for each in told["store"]["staleSubjects"]] == ["visit/v0", "visit/v1", "visit/v2"]


async def test_nobody_sees_what_waits_of_another_organisation(api: Client, shop: Shop) -> None:
    await shop.happened(published("rival/oslo-1"), store="rival/oslo-1")
    await shop.unreadable(came("eve"), store="rival/oslo-1")

    assert (await api.ask(LATE.replace("acme/ginza-3", "rival/oslo-1"), token=ACME))["store"] is None
