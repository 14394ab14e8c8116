"""A browser that looks at the page of a server in the test's own process."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from graphql_api.app import make_app
from graphql_api.server import address_of, listen, serve
from tests.builders.asking import setup

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
