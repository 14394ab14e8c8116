"""The guide's receiver takes what we send, and nothing else."""

import re
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from standardwebhooks import WebhookVerificationError

from event_store.webhooks import make_secret, read_secret, signed_headers
from infra.webhooks.examples import example_of
from projections.webhooks.messages import Due, body_of, new_challenge
from projections.webhooks.outcomes import PAUSES
from tests.builders.records import NOON

GUIDE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()


def test_the_receiver_of_the_guide_answers_challenges_and_takes_each_fact_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names: dict[str, Any] = {}
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    exec(code, names)  # noqa: S102  # the guide's own
    secret = make_secret()
    due = Due(
        subscription="sub_1", sequence=7, topic="t", partition=0, offset=3, event_id="e", previous="d", resent=False,
        attempts=0, failures=0, value=None,
    )  # fmt: skip
    body = body_of(due, example_of("ZoneEntered"))
    challenge = new_challenge("sub_1")

    def take(message_id: str, said: bytes, by: str = secret) -> Any:
        return names["take"](secret, signed_headers(read_secret(by), message_id, int(time.time()), said), said)

    assert challenge.is_answered_by(take(challenge.message_id, challenge.body(NOON))[1].encode())
    assert [take(due.message_id, body)[0] for _ in range(2)] == [204, 204]
    with pytest.raises(WebhookVerificationError):
        take(due.message_id, body, make_secret())
    assert capsys.readouterr().out.splitlines() == [
        f"7 shopfloor.ZoneEntered.v1 {msgspec.json.decode(body)['subject']}"
    ]


def test_the_guide_tells_every_attribute_of_a_delivery_and_every_pause() -> None:
    due = Due(
        subscription="sub_1", sequence=7, topic="t", partition=0, offset=3, event_id="e", previous="d", resent=True,
        attempts=0, failures=0, value=None,
    )  # fmt: skip
    plain = example_of("ZoneEntered")
    added = msgspec.json.decode(body_of(due, plain)).keys() - msgspec.json.decode(plain).keys()

    assert {f"| `{each}` |" in GUIDE for each in added} == {True}
    assert len(added) == 4
    words = "after 5 seconds, 5 and 30 minutes, 2, 5, 10, 14, 20 and 24\nhours"
    assert words in GUIDE
    assert [each.total_seconds() for each in PAUSES] == [
        5, 300, 1_800, *(hours * 3_600 for hours in (2, 5, 10, 14, 20, 24)),
    ]  # fmt: skip
