"""A browser that looks at the page of a server in the test's own process."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from graphql_api.app import make_app
from graphql_api.server import address_of, listen, serve
from tests.builders.asking import ACME, setup

NAMES = ("chromium", "chromium-browser", "google-chrome")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Open the system's Chromium; skips where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    args = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=args)
        yield browser
        await browser.close()


@asynccontextmanager
async def page_server(database: str, data: Path, port: int = 0) -> AsyncIterator[str]:
    """Serve a database; yields the address."""
    app = make_app(setup(database, data=data))
    stop = asyncio.Event()
    listener = listen("127.0.0.1", port)
    address = address_of(listener)
    async with asyncio.timeout(240):
        serving = asyncio.create_task(serve(app, listener, stop, app.state.services.sockets.close))
        await _until_it_answers(address)
        try:
            yield address
        finally:
            stop.set()
            await serving


async def _until_it_answers(address: str) -> None:
    host, _, port = address.rpartition("/")[2].rpartition(":")
    while True:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        await writer.wait_closed()
        return


def port_of(address: str) -> int:
    """Return the port of an address."""
    return int(address.rpartition(":")[2])


async def number(page: Page, label: str) -> str | None:
    """Return the number that a figure of the page shows."""
    shown: str | None = await page.get_by_role("region", name=label, exact=True).locator("strong").text_content()
    return shown


async def log_in(page: Page, address: str) -> None:
    """Log in with a token that may do everything, and wait for the first answer."""
    await page.goto(address)
    await page.get_by_label("Token").fill(ACME)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()
