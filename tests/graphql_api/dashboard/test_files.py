import gzip
import re
from pathlib import Path

import cramjam
import httpx
import pytest

from graphql_api.app import make_app
from graphql_api.dashboard.files import read_files
from tests.builders.asking import setup

MOST_SCRIPT_BYTES = 160_000
OK, NOT_MODIFIED, NOT_FOUND = 200, 304, 404


@pytest.fixture
def http(tmp_path: Path) -> httpx.AsyncClient:
    app = make_app(setup("postgresql://nobody@127.0.0.1:1/none", data=tmp_path))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop")


async def test_the_page_is_served_to_a_browser_without_a_token_and_asks_nothing_from_elsewhere(
    http: httpx.AsyncClient,
) -> None:
    page = await http.get("/")

    assert page.status_code == OK
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers.get_list("content-security-policy") == [
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ]
    assert page.headers["cache-control"] == "no-cache"
    assert "//" not in page.text.replace("<!--", "")
    again = await http.get("/", headers={"if-none-match": page.headers["etag"]})
    assert again.status_code == NOT_MODIFIED
    await http.aclose()


async def test_files_with_a_hash_in_their_name_are_kept_for_ever_and_come_compressed(http: httpx.AsyncClient) -> None:
    (script,) = re.findall(r'src="\./(assets/[^"]+\.js)"', (await http.get("/")).text)
    plain = await http.get(f"/{script}", headers={"accept-encoding": "identity"})
    small = await http.get(f"/{script}", headers={"accept-encoding": "gzip, br"})

    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
    assert small.headers["content-encoding"] == "br"
    assert (await http.get("/assets/../../tokens.py")).status_code == NOT_FOUND
    await http.aclose()


def test_what_lies_compressed_beside_a_file_is_that_file() -> None:
    page = read_files()

    assert page
    for file in page.values():
        assert gzip.decompress(file.compressed["gzip"]) == file.body
        assert bytes(cramjam.brotli.decompress(file.compressed["br"])) == file.body


def test_the_first_script_is_small() -> None:
    page = read_files()
    scripts = re.findall(r'(?:src|href)="\./(assets/[^"]+\.js)"', page["index.html"].body.decode())

    assert sum(len(page[name].compressed["gzip"]) for name in scripts) <= MOST_SCRIPT_BYTES
