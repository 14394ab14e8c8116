"""What pages of other sites may do: those that are named ask as anybody does, others nothing."""

from collections.abc import AsyncIterator

import httpx
import pytest

from graphql_api.errors import UnusableOrigin
from graphql_api.origins import read_origins
from tests.builders.asking import ADMIN
from tests.builders.websockets import serving_websockets

NAMED = "https://dashboard.example"
QUESTION = {"query": "{ __typename }"}


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    """Asks a real server without a database."""
    async with (
        serving_websockets("postgresql://nobody@127.0.0.1:1/nothing") as address,
        httpx.AsyncClient(base_url=address.replace("ws://", "http://").removesuffix("/graphql")) as http,
    ):
        yield http


async def preflight(browser: httpx.AsyncClient, origin: str, header: str = "authorization") -> httpx.Response:
    wanted = {"access-control-request-method": "POST", "access-control-request-headers": f"content-type,{header}"}
    return await browser.options("/graphql", headers={"origin": origin, **wanted})


async def test_a_page_of_a_named_site_is_given_leave_and_asks_with_a_token(browser: httpx.AsyncClient) -> None:
    leave = await preflight(browser, NAMED)
    asked = await browser.post(
        "/graphql",
        json=QUESTION,
        headers={"origin": NAMED, "authorization": f"Bearer {ADMIN}", "content-type": "application/json"},
    )
    refused = await browser.post("/graphql", json=QUESTION, headers={"origin": NAMED})

    assert leave.status_code == 200
    assert {"authorization", "content-type"} <= set(leave.headers["access-control-allow-headers"].lower().split(", "))
    assert [asked.status_code, refused.status_code] == [200, 401]
    for each in (leave, asked, refused):
        assert each.headers["access-control-allow-origin"] == NAMED
        assert "access-control-allow-credentials" not in each.headers
        assert "origin" in each.headers["vary"].lower()


@pytest.mark.parametrize(
    "origin",
    ["https://elsewhere.example", "null", "http://dashboard.example", f"{NAMED}.evil.example", f"{NAMED}:8443"],
)
async def test_a_page_of_another_site_is_given_no_leave(browser: httpx.AsyncClient, origin: str) -> None:
    leave = await preflight(browser, origin)
    asked = await browser.post(
        "/graphql", json=QUESTION, headers={"origin": origin, "authorization": f"Bearer {ADMIN}"}
    )

    assert leave.status_code == 400
    for each in (leave, asked):
        assert "access-control-allow-origin" not in each.headers


async def test_no_page_of_another_site_may_speak_as_the_page_of_this_server(browser: httpx.AsyncClient) -> None:
    assert (await preflight(browser, NAMED, "x-shopfloor-page")).status_code == 400
    for path in ("/session", "/"):
        answer = await browser.options(path, headers={"origin": NAMED, "access-control-request-method": "POST"})
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_origins_are_read_as_browsers_write_them() -> None:
    names = ["https://Shop.example/", "https://shop.example:443", "http://localhost:5173", "http://[::1]:80"]

    assert read_origins(names) == ("https://shop.example", "http://localhost:5173", "http://[::1]")


@pytest.mark.parametrize(
    "name",
    ["*", "https://*", "https://*.shop.example", "null", "", "shop.example", "https://a.example/path", "ftp://a"],
)
def test_what_is_no_sites_origin_is_refused(name: str) -> None:
    with pytest.raises(UnusableOrigin, match="no site's origin"):
        read_origins([name])
