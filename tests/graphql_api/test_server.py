import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from graphql_api.errors import token
from infra.cli.app import main
from tests.builders.facts import came, crossed, published, went
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON
from tests.builders.serving import Server, running_api

pytestmark = pytest.mark.postgres

Refusal = Callable[..., str]

EVENTS = """subscription ($after: Position, $types: [EventType!]) {
    events(store: "acme/ginza-3", after: $after, types: $types) {
        position type subject ... on ShopperEntered { door { name } visit { id } }
    }
}"""


async def opened(server: Server, sent: str | None = None) -> ClientConnection:
    socket = await connect(
        server.address.replace("http", "ws") + "/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]
    )
    params = {"authorization": f"Bearer {sent or server.token}"}
    await socket.send(json.dumps({"type": "connection_init", "payload": params}))
    return socket


async def subscribed(server: Server, **variables: Any) -> ClientConnection:
    socket = await opened(server)
    assert json.loads(await socket.recv())["type"] == "connection_ack"
    payload = {"query": EVENTS, "variables": variables}
    await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
    return socket


async def events(socket: ClientConnection, count: int) -> list[Any]:
    messages = [json.loads(await socket.recv()) for _ in range(count)]
    assert {message["type"] for message in messages} <= {"next"}, messages
    return [message["payload"]["data"]["events"] for message in messages]


async def test_a_real_server_answers_follows_resumes_and_stops_with_a_code_that_clients_come_back_after(
    shop: Shop, projected_database: str, tmp_path: Path
) -> None:
    layout = await shop.happened(published())
    await shop.happened(came("ann"))
    with running_api(projected_database, tmp_path) as server:
        async with server.client() as client:
            answer = await client.ask('{ store(id: "acme/ginza-3") { visits { totalCount } } }', token=server.token)
        assert answer == {"store": {"visits": {"totalCount": 1}}}

        live = await subscribed(server, after=token(layout))
        (ann,) = await events(live, 1)
        await shop.happened(came("bob"), crossed("gate", at=NOON + MINUTE))
        bob, crossing = await events(live, 2)
        assert [each["subject"] for each in (ann, bob, crossing)] == ["visit/ann", "visit/bob", "track/track-None"]
        assert (ann["type"], ann["door"]) == ("SHOPPER_ENTERED", {"name": "main"})
        assert ann["visit"] == {"id": "acme/ginza-3/visit/ann"}
        await live.close()

        await shop.happened(came("cid"), went("cid", NOON + MINUTE))
        again = await subscribed(server, after=crossing["position"], types=["SHOPPER_EXITED"])
        (resumed,) = await events(again, 1)
        assert resumed["subject"] == "visit/cid"

        stranger = await opened(server, sent="shopfloor_guessed")
        with pytest.raises(ConnectionClosed) as closed:
            await stranger.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403

        status, stderr = server.stop()
        with pytest.raises(ConnectionClosed) as restarting:
            await again.recv()  # and not that it was completed, after which clients would not come back
        assert restarting.value.rcvd is not None
        assert (restarting.value.rcvd.code, "resume" in restarting.value.rcvd.reason) == (1012, True)
    assert stderr == ""
    assert status == 0


SILENT = """
import asyncio
from fastapi import FastAPI
from graphql_api.server import listen, serve

SAID = [b"", b"GET / HT", b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n", b"GET /docs HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n"]

async def connected(port, said):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    await writer.drain()
    while await reader.read(1000):
        pass
    writer.close()

async def nothing():
    pass

async def main():
    listener, stop = listen("127.0.0.1", 0), asyncio.Event()
    port = listener.getsockname()[1]
    serving = asyncio.create_task(serve(FastAPI(), listener, stop, nothing, silence_s=0.5))
    async with asyncio.timeout(30):
        await asyncio.gather(*(connected(port, said) for said in SAID))
    print("all closed", flush=True)
    stop.set()
    await serving

asyncio.run(main())
"""


def test_a_connection_that_asks_nothing_is_closed() -> None:
    done = subprocess.run([sys.executable, "-c", SILENT], capture_output=True, text=True, timeout=60, check=False)

    assert done.stdout == "all closed\n", done.stderr


@pytest.fixture
def refusal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Refusal:
    def run(*words: str, database: str) -> str:
        monkeypatch.setenv("SHOPFLOOR_DATA", str(tmp_path))
        monkeypatch.setenv("SHOPFLOOR_DATABASE", database)
        monkeypatch.setattr(sys, "argv", ["shopfloor", "api", "--port", "0", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 1
        (line,) = capsys.readouterr().err.splitlines()
        return line

    return run


def test_a_port_in_use_is_refused_in_one_line(refusal: Refusal, projected_database: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        line = refusal("--port", port, database=projected_database)

    assert line == (
        f"shopfloor: cannot listen on 127.0.0.1:{port} (Address already in use); "
        "choose another --port, or 0 for any free one"
    )


def test_an_unreachable_database_is_refused_in_one_line(refusal: Refusal) -> None:
    line = refusal("--patience", "0", database="postgresql://nobody@127.0.0.1:1/nothing")

    assert "PostgreSQL cannot be used" in line


def test_a_schema_from_a_newer_version_is_refused_in_one_line(refusal: Refusal, projected_database: str) -> None:
    with psycopg.connect(projected_database, autocommit=True) as connection:
        connection.execute("UPDATE record.alembic_version SET version_num = '9999'")

    assert "upgrade Shopfloor" in refusal(database=projected_database)


def test_a_token_file_that_others_may_read_is_refused(
    refusal: Refusal, projected_database: str, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("shopfloor_known-to-all")
    (tmp_path / "token").chmod(0o644)

    assert "chmod 600" in refusal(database=projected_database)
