import threading
from pathlib import Path

import pytest

from graphql_api.errors import TokenFileError
from graphql_api.tokens import ADMINISTRATOR, Tokens, local_token


def test_a_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "token"

    first, again = local_token(path), local_token(path)

    assert first == again
    assert first.startswith("shopfloor_")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["token"]


def test_processes_that_start_together_agree_on_one_token(tmp_path: Path) -> None:
    tokens: set[str] = set()
    starts = [threading.Thread(target=lambda: tokens.add(local_token(tmp_path / "token"))) for _ in range(8)]

    for start in starts:
        start.start()
    for start in starts:
        start.join()

    assert len(tokens) == 1


def test_an_empty_token_file_lets_nobody_in(tmp_path: Path) -> None:
    (tmp_path / "token").touch(mode=0o600)

    with pytest.raises(TokenFileError, match="it is empty; delete it"):
        local_token(tmp_path / "token")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic right", "right"])
def test_only_the_right_bearer_token_is_accepted(header: str | None) -> None:
    tokens = Tokens({"right": ADMINISTRATOR})

    assert tokens.find_bearer(header) is None
    assert tokens.find_bearer("bearer right") == ADMINISTRATOR


def test_a_server_keeps_no_token_in_its_memory() -> None:
    tokens = Tokens({"shopfloor_secret": ADMINISTRATOR})

    assert "shopfloor_secret" not in repr(vars(tokens))
