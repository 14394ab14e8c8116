import asyncio
from pathlib import Path

import httpx

from graphql_api.server import address_of, listen
from infra.supervision.page import Page
from tests.builders.pages import page_server


async def test_the_address_is_printed_once_the_page_is_there_and_stays_the_same(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as nobody:
        free = address_of(nobody)
    assert Page(free, tmp_path).find_address() is None

    async with page_server("postgresql://nobody@127.0.0.1:1/none", tmp_path) as server:
        page = Page(server, tmp_path)
        found = await asyncio.to_thread(page.find_address)
        assert found is not None
        assert page.find_address() == found
        address, _, code = found.partition("/#code=")
        assert address == server

        async with httpx.AsyncClient(base_url=server) as http:
            headers = {"origin": server, "x-shopfloor-page": "1"}
            answer = await http.post("/session", json={"code": code}, headers=headers)
        assert answer.json()["name"] == "local"
