"""A camera that does not open says why, in words for an operator and without its password."""

import socket

import pytest

from tests.builders.cameras_on_a_network import SILENCE, scripted_camera
from vision_workers.cameras.captures import open_live
from vision_workers.cameras.errors import LiveSourceDown

PATIENCE_MS = 700
DIGEST = '401 Unauthorized\r\nWWW-Authenticate: Digest realm="shop", nonce="5ca1ab1e"'
BASIC = '401 Unauthorized\r\nWWW-Authenticate: Basic realm="shop"'


def why(source: str) -> str:
    """Return what is said of a source that does not open."""
    with pytest.raises(LiveSourceDown) as down:
        open_live(source, PATIENCE_MS)
    assert "\n" not in str(down.value)
    assert "abracadabra" not in str(down.value)
    assert "127.0.0.1" not in down.value.cause
    return down.value.cause


@pytest.mark.parametrize(
    ("answer", "to_strangers", "expected"),
    [
        (DIGEST, None, "refuses the user or the password"),
        (BASIC, None, "refuses the user or the password"),
        ("404 Not Found", DIGEST, "has no such stream"),
        ("404 Not Found", BASIC, "has no such stream"),
        ("453 Not Enough Bandwidth", None, "answers with status 453"),
        ("200 OK", None, "sends no picture that can be shown"),
        (SILENCE, None, "does not answer"),
        (SILENCE, DIGEST, "does not answer"),
    ],
)
def test_a_camera_that_says_no_is_quoted(answer: str, to_strangers: str | None, expected: str) -> None:
    with scripted_camera(answer, to_strangers) as camera:
        assert expected in why(f"rtsp://till:abracadabra@127.0.0.1:{camera.port}/door?channel=1")


def test_a_camera_that_asks_who_is_there_is_told_apart_from_one_that_refuses() -> None:
    with scripted_camera(DIGEST) as camera:
        assert "asks for a user and a password" in why(f"rtsp://127.0.0.1:{camera.port}/door")


def test_a_challenge_is_answered_as_its_specification_says() -> None:
    with scripted_camera("200 OK", DIGEST) as camera:
        why(f"rtsp://till:abra%2Fcadabra@127.0.0.1:{camera.port}/door")

    address = f"rtsp://127.0.0.1:{camera.port}/door"
    (ours,) = [each for each in camera.asked if "User-Agent: shopfloor" in each and "Authorization" in each]
    assert ours.startswith(f"DESCRIBE {address} RTSP/1.0\r\n")
    (theirs,) = {each for each in camera.asked if "Lavf" in each and each.startswith("DESCRIBE") and "Digest" in each}
    assert _response(ours) == _response(theirs)


def test_nobody_at_an_address_is_told_as_that() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        assert "refuses the connection" in why(f"rtsp://till:abracadabra@127.0.0.1:{port}/door")


def test_an_address_of_no_known_kind_says_what_kinds_there_are() -> None:
    assert "cameras have rtsp:// or http://" in why("rstp://127.0.0.1/door")


def test_a_webcam_that_is_not_there_is_named_with_those_that_are() -> None:
    assert "no device 63" in why("63")
    assert "devices here:" in why("/dev/video63")


def _response(request: str) -> str:
    return request.partition('response="')[2].partition('"')[0]
