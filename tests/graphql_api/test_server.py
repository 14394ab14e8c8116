import json
import socket
from pathlib import Path
from typing import Any

import psycopg
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from graphql_api.errors import token
from tests.builders.facts import came, crossed, published, went
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON
from tests.builders.serving import Server, command, running_api

pytestmark = pytest.mark.postgres

EVENTS = """subscription ($after: Position, $types: [String!]) {
    events(store: "acme/ginza-3", after: $after, types: $types) { position type subject data }
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


async def test_a_real_server_answers_follows_resumes_and_stops_cleanly(
    shop: Shop, projected_database: str, tmp_path: Path
) -> None:
    layout = await shop.happened(published())
    await shop.happened(came("ann"))
    with running_api(projected_database, tmp_path) as server:
        async with server.client() as client:
            answer = await client.ask('{ store(id: "acme/ginza-3") { traffic { entered } } }', token=server.token)
        assert answer == {"store": {"traffic": {"entered": 1}}}

        live = await subscribed(server, after=token(layout))
        (ann,) = await events(live, 1)
        await shop.happened(came("bob"), crossed("gate", at=NOON + MINUTE))
        bob, crossing = await events(live, 2)
        assert [each["subject"] for each in (ann, bob, crossing)] == ["visit/ann", "visit/bob", "track/track-None"]
        assert ann["data"]["door_id"] == "main"
        await live.close()

        await shop.happened(came("cid"), went("cid", NOON + MINUTE))
        again = await subscribed(server, after=crossing["position"], types=["shopfloor.ShopperExited.v1"])
        (resumed,) = await events(again, 1)
        assert resumed["subject"] == "visit/cid"

        status, stderr = server.stop()
        with pytest.raises(ConnectionClosed):
            await again.recv()
    assert (status, stderr) == (0, "")


async def test_a_websocket_without_the_token_is_closed(projected_database: str, tmp_path: Path) -> None:
    with running_api(projected_database, tmp_path) as server:
        stranger = await opened(server, sent="shopfloor_guessed")
        with pytest.raises(ConnectionClosed) as closed:
            await stranger.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


def test_the_token_is_for_its_owner_alone_and_stays_the_same(projected_database: str, tmp_path: Path) -> None:
    with running_api(projected_database, tmp_path) as server:
        first = server.token
    with running_api(projected_database, tmp_path) as server:
        second = server.token

    assert first == second
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600


def failed(*words: str, data: Path, **environment: str) -> tuple[int, str]:
    process = command(*words, data=data, **environment)
    _, stderr = process.communicate(timeout=60)
    return process.returncode, stderr


def test_a_port_in_use_is_refused_in_one_line(projected_database: str, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        status, stderr = failed("--port", port, data=tmp_path, SHOPFLOOR_DATABASE=projected_database)

    assert status == 1
    assert stderr == (
        f"shopfloor: cannot listen on 127.0.0.1:{port} (Address already in use); "
        "choose another --port, or 0 for any free one\n"
    )


def test_an_unreachable_database_is_refused_in_one_line(tmp_path: Path) -> None:
    address = "postgresql://nobody@127.0.0.1:1/nothing"

    status, stderr = failed("--patience", "0", data=tmp_path, SHOPFLOOR_DATABASE=address)

    assert status == 1
    assert len(stderr.splitlines()) == 1
    assert "PostgreSQL cannot be used" in stderr


def test_a_schema_from_a_newer_version_is_refused_in_one_line(projected_database: str, tmp_path: Path) -> None:
    with psycopg.connect(projected_database, autocommit=True) as connection:
        connection.execute("UPDATE record.alembic_version SET version_num = '9999'")

    status, stderr = failed(data=tmp_path, SHOPFLOOR_DATABASE=projected_database)

    assert status == 1
    assert len(stderr.splitlines()) == 1
    assert "upgrade Shopfloor" in stderr


def test_a_token_file_that_others_may_read_is_refused(projected_database: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("shopfloor_known-to-all")
    (tmp_path / "token").chmod(0o644)

    status, stderr = failed(data=tmp_path, SHOPFLOOR_DATABASE=projected_database)

    assert status == 1
    assert "chmod 600" in stderr
