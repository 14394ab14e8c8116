"""What the page does when its websocket is closed, by the code that it is closed with."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from graphql_api.open_sockets import RESTARTING
from graphql_api.transport import REVOKED, WORN
from tests.builders.facts import came, minute_passed, published
from tests.builders.pages import log_in, page_server
from tests.builders.projected import Shop

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def now(shop: Shop) -> datetime:
    """Tell of a store that is watched; return now."""
    now = datetime.now(UTC).replace(microsecond=0)
    await shop.happened(published(at=now - timedelta(days=1)), minute_passed(now - MINUTE, "entrance"))
    return now


async def sockets_of(page: Page) -> list[WebSocketRoute]:
    """Return the websockets that the page opens from now on, which a test may close."""
    opened: list[WebSocketRoute] = []

    def passed_on(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        opened.append(socket)

    await page.route_web_socket("**/graphql", passed_on)
    return opened


@pytest.mark.parametrize("code", [RESTARTING, WORN])
async def test_a_websocket_that_is_closed_comes_back_by_itself_and_loses_nothing(
    page: Page, shop: Shop, now: datetime, projected_database: str, tmp_path: Path, code: int
) -> None:
    opened = await sockets_of(page)
    async with page_server(projected_database, tmp_path) as address:
        await log_in(page, address)
        await opened[-1].close(code=code, reason="a test")
        await shop.happened(came("kim", now))

        await expect(page.locator(".happened li[data-position*='events/']")).to_have_count(1)
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        assert len(opened) > 1


async def test_a_websocket_whose_session_was_revoked_leads_to_the_log_in_at_once(
    page: Page, now: datetime, projected_database: str, tmp_path: Path
) -> None:
    del now
    opened = await sockets_of(page)
    async with page_server(projected_database, tmp_path) as address:
        await log_in(page, address)
        await page.context.clear_cookies()
        await opened[-1].close(code=REVOKED, reason="a test")

        await expect(page.get_by_label("Token")).to_be_visible()
        await log_in(page, address)
