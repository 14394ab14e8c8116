import json
from pathlib import Path

import pytest

from tests.builders.commands import CommandLine


def test_a_token_is_printed_once_listed_without_itself_and_revoked(shopfloor: CommandLine) -> None:
    assert shopfloor.run("token", "create", "--role", "viewer", "--store", "acme/ginza-3", "--expires", 30) == 0
    token = shopfloor.out.decode().strip()
    assert shopfloor.run("token", "list", "--json") == 0
    (listed,) = [json.loads(line) for line in shopfloor.out.splitlines()]
    assert shopfloor.run("token", "list") == 0
    line = shopfloor.out.decode()
    assert shopfloor.run("token", "revoke", listed["id"]) == 0
    assert shopfloor.run("token", "list") == 0

    assert shopfloor.out == b""
    assert token.startswith("shopfloor_")
    assert token not in line
    assert token not in json.dumps(listed)
    assert "digest" not in listed
    assert (listed["role"], listed["stores"], listed["last_used_at"]) == ("viewer", ["acme/ginza-3"], None)
    assert "viewer  acme/ginza-3  until" in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--role", "owner"), "is none of viewer, staff"),
        (("--role", "staff", "--store", "ginza-3"), "is not ORGANISATION/STORE"),
        (("--role", "staff", "--store", "a/b", "--organisation", "a"), "do not go together"),
        (("--role", "staff", "--organisation", "acme,rival"), "cannot be an organisation"),
        (("--role", "staff", "--organisation", "*"), "no organisation"),
        (("--role", "staff", "--expires", "0"), "--expires"),
        (("--role", "staff", "--name", "two words"), "a token's name"),
    ],
)
def test_what_no_token_can_be_is_refused_with_what_to_do(
    shopfloor: CommandLine, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    assert shopfloor.run("token", "create", *words) != 0

    assert said in " ".join(shopfloor.err.split())
    assert shopfloor.out == b""
    assert not list(tmp_path.rglob("tokens.json"))


def test_a_token_that_is_not_there_cannot_be_revoked(shopfloor: CommandLine) -> None:
    assert shopfloor.run("token", "revoke", "tok_none") == 1

    assert "token list" in shopfloor.err


@pytest.mark.parametrize("command", ["api", "up", "demo"])
def test_a_wildcard_is_no_site(shopfloor: CommandLine, command: str) -> None:
    shopfloor.set("SHOPFLOOR_DATABASE", "postgresql://nobody@127.0.0.1:1/nothing")

    assert shopfloor.run(command, "--origin", "*") == 1
    assert "no site's origin" in shopfloor.err
