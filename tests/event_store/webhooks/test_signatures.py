"""Signatures that the verifiers of others accept, and theirs that we refuse."""

import time
from typing import Any

import msgspec
import pytest
import standardwebhooks
import svix.webhooks

from event_store.webhooks import make_secret, read_secret, signed_headers
from event_store.webhooks.errors import InvalidMessage, InvalidSecret
from event_store.webhooks.signatures import demand_signed

VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105  # the specification's own example
BODY = '{"type":"shopfloor.ShopperEntered.v1","name":"銀座 3"}'.encode()


def verify_standard(secret: str, body: bytes, headers: dict[str, str]) -> Any:
    return standardwebhooks.Webhook(secret).verify(body, headers)


def verify_svix(secret: str, body: bytes, headers: dict[str, str]) -> Any:
    svix.webhooks.Webhook(secret).verify(body, headers)  # which reads nothing
    return msgspec.json.decode(body)


VERIFIERS = [pytest.param(verify_standard, id="standardwebhooks"), pytest.param(verify_svix, id="svix")]


def test_the_vector_of_the_specification_is_signed_as_it_says() -> None:
    body = b'{"test": 2432232314}'

    headers = signed_headers(read_secret(VECTOR_SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("verify", VERIFIERS)
def test_what_we_sign_is_verified_by_the_libraries_of_others(verify: Any) -> None:
    secret = make_secret()
    headers = signed_headers(read_secret(secret), "msg_1", int(time.time()), BODY)

    assert verify(secret, BODY, headers)["name"] == "銀座 3"
    for changed in (
        (make_secret(), BODY, headers),
        (secret, BODY + b" ", headers),
        (secret, BODY, {**headers, "webhook-id": "msg_2"}),
        (secret, BODY, signed_headers(read_secret(secret), "msg_1", int(time.time()) - 600, BODY)),
    ):
        with pytest.raises((standardwebhooks.WebhookVerificationError, svix.webhooks.WebhookVerificationError)):
            verify(*changed)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "nonsense"},
        {"webhook-signature": "v1,€"},
        {"webhook-timestamp": "yesterday"},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": str(int(time.time()) + 3_600)},
        {"webhook-id": ""},
    ],
)
def test_a_message_with_a_wrong_header_is_refused(change: dict[str, str]) -> None:
    secret = read_secret(make_secret())
    headers = signed_headers(secret, "msg_1", int(time.time()), BODY)
    demand_signed(secret, headers, BODY)

    with pytest.raises(InvalidMessage):
        demand_signed(secret, headers | change, BODY)


def test_secrets_are_long_random_and_read_strictly() -> None:
    assert len({make_secret() for _ in range(100)}) == 100
    assert len(read_secret(make_secret())) == 32
    for wrong in ("", "whsec_", "whsec_c2hvcnQ=", make_secret().removeprefix("whsec_"), make_secret() + "!"):
        with pytest.raises(InvalidSecret):
            read_secret(wrong)
