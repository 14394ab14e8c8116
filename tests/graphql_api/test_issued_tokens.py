"""Tokens made for others, at a real server: whom they let in, where to, and until when."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from graphql_api import tokens
from graphql_api.errors import TokenFileError, UnusableToken
from graphql_api.issued_tokens import IssuedTokens, WantedToken
from graphql_api.roles import PERMISSIONS, TokenRole
from graphql_api.tokens import ADMINISTRATOR, Claims, Permission, Tokens, digest_of
from graphql_api.transport import Lifetime
from tests.builders.asking import ADMIN, Client
from tests.builders.facts import published
from tests.builders.projected import Shop
from tests.builders.websockets import answer, begun, close_code, opened, send, serving_websockets

SECOND = timedelta(seconds=1)
GINZA, OSLO = "acme/ginza-3", "acme/oslo-1"
STORES = "{ stores { nodes { id } } }"
WRONG = "shopfloor_wrong"
FOLLOW = 'subscription { events(store: "acme/ginza-3") { id } }'
HASTY = Lifetime(token_checked=0.05)


@pytest.fixture
def issued(tmp_path: Path) -> IssuedTokens:
    return IssuedTokens(tmp_path)


@asynccontextmanager
async def server_of(database: str, issued: IssuedTokens) -> AsyncIterator[tuple[Client, str]]:
    """Run a real server; yield a client over HTTP, and its address for websockets."""
    accepted = Tokens({ADMIN: ADMINISTRATOR}, owner=ADMIN, issued=IssuedTokens(issued.path.parent))
    async with serving_websockets(database, tokens=accepted, websockets=HASTY) as address:
        base = address.replace("ws://", "http://").removesuffix("/graphql")
        async with httpx.AsyncClient(base_url=base) as http:
            yield Client(http), address


@pytest.fixture
async def two_stores(shop: Shop) -> None:
    await shop.happened(published(GINZA))
    await shop.happened(published(OSLO), store=OSLO)


def token_of(issued: IssuedTokens, **wanted: object) -> str:
    return issued.create(WantedToken(role=TokenRole.ADMIN, **wanted))  # type: ignore[arg-type]


@pytest.mark.postgres
async def test_a_token_counts_from_the_moment_that_it_is_made_until_it_is_revoked(
    projected_database: str, issued: IssuedTokens
) -> None:
    async with server_of(projected_database, issued) as (api, _):
        before = await api.post(STORES, token=WRONG)
        token = issued.create(WantedToken(role=TokenRole.VIEWER, name="lobby"))
        viewer = await api.ask("{ viewer { name role permissions seesEverything } }", token)
        (made,) = issued.find_all()
        issued.revoke(made.id)
        after = await api.post(STORES, token=token)

    assert [before.status_code, after.status_code] == [401, 401]
    assert viewer["viewer"] == {"name": "lobby", "role": "viewer", "permissions": ["READ"], "seesEverything": True}


@pytest.mark.postgres
async def test_an_expired_token_is_refused_over_http_over_a_websocket_and_at_the_page(
    projected_database: str, issued: IssuedTokens
) -> None:
    past = token_of(issued, expires_at=datetime.now(UTC) - SECOND)
    future = token_of(issued, expires_at=datetime.now(UTC) + 1_000 * SECOND)
    async with server_of(projected_database, issued) as (api, address):
        asked = [(await api.post(STORES, token=each)).status_code for each in (past, future)]
        origin = {"origin": address.replace("ws://", "http://").removesuffix("/graphql")}
        logins = [await api.http.post("/session", json={"token": each}, headers=origin) for each in (past, future)]
        async with opened(address) as socket:
            await send(socket, type="connection_init", payload={"authorization": f"Bearer {past}"})
            code = await close_code(socket)

    assert asked == [401, 200]
    assert [each.status_code for each in logins] == [401, 200]
    assert code == 4403


@pytest.mark.postgres
@pytest.mark.usefixtures("two_stores")
async def test_an_open_websocket_ends_when_its_token_is_revoked_or_expires(
    projected_database: str, issued: IssuedTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    token_of(issued, name="kept", stores=frozenset({OSLO}))
    revoked, expiring = token_of(issued, name="r"), token_of(issued, expires_at=datetime.now(UTC) + 1_000 * SECOND)
    async with (
        server_of(projected_database, issued) as (_, address),
        begun(address, revoked) as following,
        begun(address, expiring) as silent,
        begun(address) as owner,
    ):
        await send(following, id="1", type="subscribe", payload={"query": FOLLOW})
        issued.revoke(next(each.id for each in issued.find_all() if each.name == "r"))
        codes = [await close_code(following)]
        monkeypatch.setattr(tokens, "has_expired", lambda claims: claims.expires_at is not None)
        codes.append(await close_code(silent))
        told = await answer(owner, STORES)

    assert codes == [4403, 4403]
    assert told["payload"]["data"]["stores"]["nodes"] == [{"id": GINZA}, {"id": OSLO}]


@pytest.mark.postgres
@pytest.mark.usefixtures("two_stores")
async def test_a_message_after_its_token_is_revoked_is_not_obeyed(
    projected_database: str, issued: IssuedTokens
) -> None:
    token, accepted = token_of(issued), Tokens({}, issued=issued)
    async with serving_websockets(projected_database, tokens=accepted) as address, begun(address, token) as socket:
        issued.revoke(issued.find_all()[0].id)
        await send(socket, id="1", type="subscribe", payload={"query": STORES})

        assert await close_code(socket) == 4403


@pytest.mark.postgres
@pytest.mark.usefixtures("two_stores")
async def test_a_token_of_one_store_sees_no_other_store_of_its_organisation(
    projected_database: str, issued: IssuedTokens
) -> None:
    token = token_of(issued, stores=frozenset({GINZA}))
    seen = """query ($store: ID!, $zone: ID!) {
      store(id: $store) { id } node(id: $zone) { id } nodes(ids: [$store]) { id }
      stores { nodes { id } }
      organisation: node(id: "acme") { ... on Organisation { stores { nodes { id } } } } }"""
    async with server_of(projected_database, issued) as (api, address):
        found = {each: await api.ask(seen, token, store=each, zone=f"{each}/zone/dairy") for each in (GINZA, OSLO)}
        refusal = await api.refusal(
            """mutation ($event: ID!) { correctEvent(input: {idempotencyKey: "12345678", event: $event, retract: true,
            reason: MISJUDGED}) { userErrors { code } } }""",
            token,
            event=f"{OSLO}/event/1",
        )
        async with begun(address, token) as socket:
            told = await answer(socket, FOLLOW.replace(GINZA, OSLO))

    own = {"nodes": [{"id": GINZA}]}
    assert found[GINZA]["store"] == {"id": GINZA}
    assert found[GINZA]["node"] == {"id": f"{GINZA}/zone/dairy"}
    assert [found[OSLO][each] for each in ("store", "node", "nodes")] == [None, None, [None]]
    assert [each["stores"] for each in found.values()] == [own, own]
    assert [each["organisation"]["stores"] for each in found.values()] == [own, own]
    assert refusal["extensions"]["code"] == "FORBIDDEN"
    assert "FORBIDDEN" in json.dumps(told)
    assert OSLO not in json.dumps(found[OSLO])


@pytest.mark.parametrize("name", ["acme,rival", ",rival", "rival,", ",", "acme/ginza-3", "", "*"])
def test_no_organisations_name_widens_a_token(issued: IssuedTokens, name: str) -> None:
    with pytest.raises(UnusableToken):
        token_of(issued, organisations=frozenset({name, "own"}))
    with pytest.raises(UnusableToken):
        token_of(issued, stores=frozenset({f"{name.replace('/', ',')}/ginza-3"}))
    assert issued.find_all() == []
    if name != "*":
        with pytest.raises(ValueError, match="cannot be an organisation"):
            Claims(name="a", organisations=frozenset({name}), permissions=frozenset())


def test_a_claim_names_a_store_of_an_organisation_and_no_other() -> None:
    claims = Claims(
        name="a", organisations=frozenset({"acme"}), permissions=frozenset(), stores=frozenset({"acme/a", "rival/b"})
    )

    seen = [claims.may_see(*each) for each in (("acme", "a"), ("acme", "b"), ("acme",), ("rival", "b"), ("acm", "e/a"))]
    assert seen == [True, False, False, False, False]


def test_the_file_holds_no_token_and_is_its_owners_alone(issued: IssuedTokens) -> None:
    token = token_of(issued, name="lobby")

    content = issued.path.read_text()
    assert token.startswith("shopfloor_")
    assert token not in content
    assert digest_of(token) in content
    assert issued.path.stat().st_mode & 0o777 == 0o600


def test_a_tokens_last_use_is_kept(issued: IssuedTokens) -> None:
    token, accepted = token_of(issued), Tokens({}, issued=issued)
    (made,) = issued.find_all()

    before, _, after = issued.used_at(made.id), accepted.find(token), issued.used_at(made.id)

    assert before is None
    assert after is not None
    assert abs(datetime.now(UTC) - after) < timedelta(minutes=1)


@pytest.mark.parametrize("name", ["local", "taken", "two words", "a/b", "", "x" * 65, "line\n"])
def test_a_name_stands_for_one_token(issued: IssuedTokens, name: str) -> None:
    token_of(issued, name="taken")

    with pytest.raises(UnusableToken, match="name"):
        issued.create(WantedToken(role=TokenRole.STAFF, name=name))


@pytest.mark.parametrize("content", ["", "{}", "[{}]", '[{"role": "owner"}]', "[\x00"])
def test_a_file_that_cannot_be_read_lets_none_of_its_tokens_in(issued: IssuedTokens, content: str) -> None:
    token, accepted = token_of(issued), Tokens({ADMIN: ADMINISTRATOR}, issued=issued)
    issued.path.write_text(content)

    with pytest.raises(TokenFileError, match="restore it"):
        accepted.find(token)
    with pytest.raises(TokenFileError):
        token_of(issued)
    assert issued.path.read_text() == content


def test_a_file_that_others_may_read_is_refused(issued: IssuedTokens) -> None:
    token_of(issued)
    issued.path.chmod(0o644)

    with pytest.raises(TokenFileError, match="chmod 600"):
        issued.find_all()


def test_the_guide_shows_what_each_role_may_do() -> None:
    names = sorted(each.name for each in Permission)
    guide = Path("docs/security.md").read_text()

    assert f"| role | {' | '.join(f'`{each}`' for each in names)} |" in guide
    for role in TokenRole:
        marks = ["yes" if Permission[each] in PERMISSIONS[role] else "no" for each in names]
        assert f"| `{role}` | {' | '.join(marks)} |" in guide
    rows = guide.partition("| role | `")[2].partition("\n\n")[0]
    assert rows.count("\n| `") == len(TokenRole)
