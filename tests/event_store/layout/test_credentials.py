from pathlib import Path

import pytest

from event_store.errors import UnknownSecrets, UnreadableSecrets
from event_store.layout.addresses import hide_credentials, shown_source
from event_store.layout.credentials import credential_warnings, read_secrets, with_credentials
from event_store.layout.reading import parse_layout

SHOP = """[store]
id = "corner"
name = "Corner shop"
time_zone = "Europe/Oslo"

[[camera]]
id = "aisle-1"
source = '{source}'
"""
WRITTEN_OUT = [
    "rtsp://viewer:TULIP@10.0.0.5:8554/stream",
    "rtsp://viewer:ROSE@TULIP@10.0.0.5/stream",
    "rtsp://viewer:ROSE TULIP@10.0.0.5/stream",
    "rtsp://viewer:ROSE%3ATULIP@10.0.0.5/stream",
    "rtsp://viewer:ROSE#TULIP@10.0.0.5/stream",
    "rtsp://viewer:ROSE/TULIP@10.0.0.5/stream",
    "rtsp://viewer:ROSE?TULIP@10.0.0.5/stream",
    "rtsp://viewer:12/TULIP@10.0.0.5/stream",
    "rtsp://viewer:ROSE@TULIP/TULIP@10.0.0.5/stream",
    "rtsp://TULIP@10.0.0.5/stream",
    "rtsp://10.0.0.5:554/user=viewer_password=TULIP_channel=1_stream=0.sdp",
    "rtsp://10.0.0.5/h264?channel=1&pwd=TULIP",
    "http://10.0.0.5/videostream.cgi?loginuse=viewer&loginpas=TULIP",
    "http://10.0.0.5/snapshot.cgi;token=TULIP",
]


def sources_of(source: str, **known: str) -> str:
    layout = parse_layout(SHOP.format(source=source).encode(), Path("shop.toml"))
    return with_credentials(layout, known).camera[0].source


@pytest.mark.parametrize("address", WRITTEN_OUT)
def test_nothing_that_is_shown_of_an_address_is_a_password(address: str) -> None:
    said = hide_credentials(f"cannot open {address}: refused; see rtsp://viewer:TULIP@10.0.0.6/x")

    assert "TULIP" not in shown_source(address)
    assert "ROSE" not in said
    assert "TULIP" not in said
    assert said.endswith("rtsp://10.0.0.6/…")


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("rtsp://viewer:TULIP@10.0.0.5:8554/stream", "rtsp://10.0.0.5:8554"),
        ("rtsp://[fe80::1]:8554/stream", "rtsp://[fe80::1]:8554"),
        ("rtsp://viewer:ROSE/TULIP@10.0.0.5/stream", "rtsp://…"),
        ("clips/entrance 2.mp4", "clips/entrance 2.mp4"),
        ("/dev/video0", "/dev/video0"),
        ("rtsp:/viewer:TULIP@10.0.0.5/stream", "…"),
        ("viewer:TULIP@10.0.0.5", "…"),
    ],
)
def test_of_a_source_its_path_or_scheme_host_and_port_are_shown(source: str, shown: str) -> None:
    assert shown_source(source) == shown


@pytest.mark.parametrize("address", WRITTEN_OUT)
def test_a_password_that_is_written_out_is_told_with_its_line_and_what_to_write(address: str) -> None:
    (warning,) = credential_warnings(SHOP.format(source=address))

    assert warning.line == 8
    assert "TULIP" not in f"{warning.what} {warning.cure}"
    assert "${AISLE_1_PASSWORD}" in warning.cure


@pytest.mark.parametrize(
    "source",
    [
        "clips/entrance.mp4",
        "0",
        "${ENTRANCE}",
        "rtsp://10.0.0.5/stream@2?channel=1".replace("@", "-"),
        "rtsp://${LOGIN}@10.0.0.5/stream",
        "rtsp://viewer:${PASSWORD}@10.0.0.5/stream",
        "http://10.0.0.5/videostream.cgi?loginuse=viewer&loginpas=${PASSWORD}",
        "rtsp://10.0.0.5/user=viewer_password=${PASSWORD}_channel=1",
    ],
)
def test_a_layout_that_names_its_passwords_is_not_warned_of(source: str) -> None:
    assert list(credential_warnings(SHOP.format(source=source))) == []


@pytest.mark.parametrize(
    ("source", "filled_in"),
    [
        ("rtsp://viewer:${PASSWORD}@10.0.0.5/stream", "rtsp://viewer:a%2Fb%23c%40%3F%20%25@10.0.0.5/stream"),
        ("rtsp://${LOGIN}@10.0.0.5/stream", "rtsp://viewer:a%2Fb@10.0.0.5/stream"),
        ("http://10.0.0.5/v.cgi?pwd=${PASSWORD}&x=1", "http://10.0.0.5/v.cgi?pwd=a%2Fb%23c%40%3F%20%25&x=1"),
        ("rtsp://10.0.0.5/user=v_password=${PASSWORD}_x", "rtsp://10.0.0.5/user=v_password=a/b#c@?%20%_x"),
        ("${WHOLE}", "rtsp://10.0.0.5/x"),
        ("rtsp://${HOST}/x", "rtsp://[::1]:554/x"),
    ],
)
def test_a_password_is_filled_in_so_that_it_cannot_end_the_address(source: str, filled_in: str) -> None:
    known = {"PASSWORD": "a/b#c@? %", "LOGIN": "viewer:a/b", "WHOLE": "rtsp://10.0.0.5/x", "HOST": "[::1]:554"}

    assert sources_of(source, **known) == filled_in


def test_a_name_that_nobody_gave_is_told_with_all_others() -> None:
    with pytest.raises(UnknownSecrets, match="PASSWORD, USER, which nobody gave"):
        sources_of("rtsp://${USER}:${PASSWORD}@10.0.0.5/")


def test_a_secrets_file_holds_values_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    file.write_text('# of the entrance\n\nLOGIN=viewer:a b="c"#d\n')

    assert read_secrets(file) == {"LOGIN": 'viewer:a b="c"#d'}


@pytest.mark.parametrize(
    ("text", "why"), [(None, "No such file"), ("abracadabra", "line 1 is not"), ("\nabra cadabra=1", "line 2 is not")]
)
def test_a_secrets_file_that_is_none_is_told_without_its_text(tmp_path: Path, text: str | None, why: str) -> None:
    if text is not None:
        (tmp_path / "login").write_text(text)

    with pytest.raises(UnreadableSecrets, match=why) as refusal:
        read_secrets(tmp_path / "login")

    assert "abra" not in str(refusal.value)
