import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from graphql_api.app import make_app
from graphql_api.dashboard.codes import FILE, make_code, take_code
from graphql_api.dashboard.sessions import Session, Sessions
from graphql_api.tokens import ADMINISTRATOR, Tokens
from tests.builders.asking import ACME, ADMIN, setup

NOBODYS_DATABASE = "postgresql://nobody@127.0.0.1:1/none"
OURS = {"origin": "http://shop", "x-shopfloor-page": "1"}
WHO = {"query": "{ __typename }"}
OK, NO_CONTENT, BAD_REQUEST, UNAUTHORIZED, FORBIDDEN = 200, 204, 400, 401, 403


@asynccontextmanager
async def browser(data: Path, tokens: Tokens | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """Open what keeps cookies and asks a server without a database."""
    given = {} if tokens is None else {"tokens": tokens}
    app = make_app(setup(NOBODYS_DATABASE, data=data, **given))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as http:
        yield http


async def log_in(http: httpx.AsyncClient, **given: str) -> httpx.Response:
    return await http.post("/session", json=given, headers=OURS)


async def test_a_token_once_and_then_a_cookie_that_scripts_cannot_read(tmp_path: Path) -> None:
    async with browser(tmp_path) as http:
        assert (await http.post("/graphql", json=WHO, headers=OURS)).status_code == UNAUTHORIZED
        answer = await log_in(http, token=ACME)

        assert answer.json()["name"] == "acme"
        cookie = answer.headers["set-cookie"].lower()
        assert all(word in cookie for word in ("httponly", "samesite=strict", "max-age=43200"))
        assert "secure" not in cookie
        assert (await http.post("/graphql", json=WHO, headers=OURS)).json() == {"data": {"__typename": "Query"}}
        assert (await http.get("/session", headers=OURS)).json()["name"] == "acme"


async def test_behind_https_the_cookie_travels_encrypted_only(tmp_path: Path) -> None:
    async with browser(tmp_path) as http:
        headers = OURS | {"x-forwarded-proto": "https"}
        answer = await http.post("/session", json={"token": ADMIN}, headers=headers)

        assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-shopfloor-page": "1", "origin": "https://evil.example"},
        {"x-shopfloor-page": "1", "origin": "null"},
        {"x-shopfloor-page": "1", "origin": "http://shop:8001"},
        {"origin": "http://shop"},
    ],
)
async def test_a_cookie_counts_only_for_what_our_own_page_asks(tmp_path: Path, headers: dict[str, str]) -> None:
    async with browser(tmp_path) as http:
        await log_in(http, token=ADMIN)

        assert (await http.post("/graphql", json=WHO, headers=headers)).status_code == UNAUTHORIZED
        assert (await http.request("DELETE", "/session", headers=headers)).status_code == NO_CONTENT
        assert (await http.get("/session", headers=OURS)).status_code == OK


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://shop:8001"])
async def test_another_sites_page_logs_nobody_in(tmp_path: Path, origin: str) -> None:
    async with browser(tmp_path) as http:
        answer = await http.post("/session", json={"token": ADMIN}, headers={"origin": origin})

        assert answer.status_code == FORBIDDEN
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"token": 1}', b'{"token": ""}', b'{"user": "x"}', b"x" * 5_000])
async def test_what_is_no_log_in_is_told_so(tmp_path: Path, body: bytes) -> None:
    async with browser(tmp_path) as http:
        answer = await http.post("/session", content=body, headers=OURS)

        assert answer.status_code == BAD_REQUEST
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("given", [{}, {"token": "shopfloor_wrong"}, {"code": "wrong"}, {"token": "\ud800"}])
async def test_a_wrong_token_or_code_is_refused(tmp_path: Path, given: dict[str, str]) -> None:
    make_code(tmp_path)
    async with browser(tmp_path) as http:
        body = str(given).replace("'", '"').encode(errors="surrogatepass")
        answer = await http.post("/session", content=body, headers=OURS)

        assert answer.status_code in {UNAUTHORIZED, BAD_REQUEST}
        assert "set-cookie" not in answer.headers


async def test_who_logs_out_is_nobody_whatever_was_kept_of_the_cookie(tmp_path: Path) -> None:
    async with browser(tmp_path) as http:
        await log_in(http, token=ADMIN)
        kept = dict(http.cookies)
        await http.request("DELETE", "/session", headers=OURS)
        http.cookies.update(kept)

        assert (await http.post("/graphql", json=WHO, headers=OURS)).status_code == UNAUTHORIZED
        assert (await http.get("/session", headers=OURS)).status_code == NO_CONTENT


async def test_a_restart_logs_nobody_out_and_a_token_that_is_taken_back_ends_its_sessions(tmp_path: Path) -> None:
    async with browser(tmp_path) as http:
        await log_in(http, token=ADMIN)
        kept = dict(http.cookies)
    async with browser(tmp_path) as again:
        again.cookies.update(kept)
        assert (await again.get("/session", headers=OURS)).status_code == OK
    async with browser(tmp_path, Tokens({ACME: ADMINISTRATOR})) as without_it:
        without_it.cookies.update(kept)
        assert (await without_it.get("/session", headers=OURS)).status_code == NO_CONTENT


async def test_the_printed_code_stands_for_the_owners_token_and_logs_in_once(tmp_path: Path) -> None:
    code = make_code(tmp_path)
    async with browser(tmp_path, Tokens({ADMIN: ADMINISTRATOR}, owner=ADMIN)) as http:
        assert (await log_in(http, code=code)).json()["name"] == "local"
        assert (await log_in(http, code=code)).status_code == UNAUTHORIZED


def test_a_new_code_replaces_the_one_before_and_an_old_one_is_worth_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, code = make_code(tmp_path), make_code(tmp_path)

    assert not take_code(tmp_path, before)
    with monkeypatch.context() as later:
        later.setattr("graphql_api.dashboard.codes.LASTS_S", -1.0)
        assert not take_code(tmp_path, code)
    assert take_code(tmp_path, code)


def test_files_hold_digests_and_are_the_owners_alone(tmp_path: Path) -> None:
    code, secret = make_code(tmp_path), Sessions(tmp_path / "sessions").open("digest")

    for file, word in ((tmp_path / FILE, code), (tmp_path / "sessions", secret)):
        assert word not in file.read_text()
        assert file.stat().st_mode & 0o077 == 0


def test_a_session_ends_by_itself_and_a_damaged_file_means_logging_in_again(tmp_path: Path) -> None:
    path = tmp_path / "sessions"
    over = Session("digest", datetime.now(UTC) - timedelta(seconds=1))
    path.write_bytes(msgspec.json.encode({hashlib.sha256(b"old").hexdigest(): over}))

    assert Sessions(path).find("old") is None
    path.write_bytes(b"{damaged")
    assert Sessions(path).find("old") is None


def test_of_very_many_sessions_the_oldest_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphql_api.dashboard.sessions.MOST_SESSIONS", 3)
    sessions = Sessions(None)
    secrets = [sessions.open("digest") for _ in range(5)]

    assert [sessions.find(secret) is not None for secret in secrets] == [False, False, True, True, True]
