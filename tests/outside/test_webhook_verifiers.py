"""Our signatures in the hands of the libraries of Standard Webhooks for other languages."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from event_store.webhooks import make_secret, read_secret, signed_headers
from tests.builders.go_programs import go_program
from tests.builders.node_programs import node_program

HERE = Path(__file__).parent
BODY = '{"type":"shopfloor.SaleRecorded.v1","name":"銀座 3"}'
Command = Sequence[str | Path]

pytestmark = pytest.mark.outside


def in_node(folder: Path) -> Command:
    program = node_program(HERE / "webhooks_node", folder / "node", "no library for JavaScript verifies our webhooks")
    return [shutil.which("node") or "node", program / "verify.js"]


def in_go(folder: Path) -> Command:
    return [go_program(HERE / "webhooks_go", folder / "verify", "no library for Go verifies our webhooks")]


@pytest.mark.parametrize("build", [in_node, in_go], ids=["npm", "go"])
def test_what_we_sign_is_verified_and_what_was_changed_is_refused(
    build: Callable[[Path], Command], tmp_path: Path
) -> None:
    secret, now = make_secret(), int(time.time())
    headers = signed_headers(read_secret(secret), "msg_1", now, BODY.encode())
    stale = signed_headers(read_secret(secret), "msg_1", now - 600, BODY.encode())
    early = signed_headers(read_secret(secret), "msg_1", now + 600, BODY.encode())
    messages = [
        (secret, headers, BODY),
        (make_secret(), headers, BODY),
        (secret, headers, f"{BODY} "),
        (secret, {**headers, "webhook-id": "msg_2"}, BODY),
        (secret, stale, BODY),
        (secret, early, BODY),
        (secret, headers, BODY),
    ]
    told = [dict(zip(("secret", "headers", "body"), each, strict=True)) for each in messages]

    run = subprocess.run(
        build(tmp_path), input="\n".join(map(json.dumps, told)), capture_output=True, text=True, check=True
    )

    verdicts = [line.partition(":")[0] for line in run.stdout.splitlines()]
    assert verdicts == ["verified", *["refused"] * 5, "verified"], run.stdout
