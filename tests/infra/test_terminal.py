import json
import sys
import unicodedata
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from rich.console import Console

from infra.supervision.view import Escaped
from infra.terminal import escaped, escaping, one_line

HOSTILE = "\x1b]0;x\x07 \x1b[31m \x00 \x7f \x85 \x9b31m \u202e \u2066 \u200f \u2028 \ufeff \u00ad \U000e0041 \ud800 \r"


def test_no_character_that_moves_hides_or_turns_a_text_gets_through() -> None:
    every = "".join(map(chr, (*range(0x3100), *range(0xD7F0, 0x10000), *range(0xE0000, 0xE0200))))

    left = {unicodedata.category(sign) for sign in escaped(every) if sign not in "\n\t"}

    assert not left & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@pytest.mark.parametrize("text", ["牛乳　1 l", "Ærø «fisk» 12 €", "two\nlines\tand a tab", "🥛"])
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert escaped(text) == text


def test_json_means_the_same_afterwards() -> None:
    said = json.dumps({HOSTILE: [HOSTILE]}, ensure_ascii=False)

    assert json.loads(escaped(said)) == json.loads(said)


def test_a_part_of_a_line_makes_no_line_of_its_own() -> None:
    assert one_line("lost\nok: all\tis well\r") == r"lost\nok: all\tis well\u000d"


def test_all_that_a_command_writes_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = [TextIOWrapper(BytesIO(), "utf-8", errors="surrogatepass", newline="") for _ in range(2)]
    monkeypatch.setattr(sys, "stdout", streams[0])
    monkeypatch.setattr(sys, "stderr", streams[1])
    with escaping():
        sys.stdout.write(HOSTILE)
        sys.stdout.writelines([HOSTILE])
        print(HOSTILE, file=sys.stderr)  # noqa: T201  # as a library may
        sys.stdout.flush()
        sys.stdout.buffer.writelines([HOSTILE.encode(errors="surrogatepass") + b"\xff\n"])
        sys.stdout.buffer.write(b"{}\n")

    assert sys.stdout is streams[0]
    for stream in streams:
        stream.flush()
        written = stream.buffer.getvalue().decode()
        assert written == escaped(written)
        assert r"\u202e" in written


def test_what_is_drawn_in_place_is_escaped_too() -> None:
    paper = StringIO()
    console = Console(file=paper, force_terminal=True, color_system="standard")

    console.print(Escaped("[bold]title[/bold] \x1b[31m \u202e"))

    assert r"\u001b" in paper.getvalue()
    assert r"\u202e" in paper.getvalue()
    assert "\x1b[31m" not in paper.getvalue()
    assert "\x1b[1m" in paper.getvalue()


def test_a_bar_still_moves_the_cursor_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    paper = StringIO()
    monkeypatch.setattr(sys, "stderr", paper)
    with escaping():
        Console(stderr=True, force_terminal=True, color_system="standard").print("[bold]done")

    assert paper.getvalue() == "\x1b[1mdone\x1b[0m\n"
