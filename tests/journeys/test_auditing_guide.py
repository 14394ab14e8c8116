"""docs/auditing.md, step by step as a new auditor would: every command as it is written there."""

import asyncio
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.builders.facts import came, went
from tests.builders.projected import Shop

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).parents[2]
SECTION = re.compile(r"^## As an auditor: step by step$(.*?)^## ", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^ {7}(\S.*?)(?: +# status (\d))?$", re.MULTILINE)


def commands() -> list[tuple[str, int]]:
    """Return the guide's commands with the status that each must end with."""
    section = SECTION.search((ROOT / "docs" / "auditing.md").read_text())
    assert section is not None
    return [(line, int(status or 0)) for line, status in COMMAND.findall(section[1])]


def script() -> str:
    """Return all of them as one script, which stops at the first that ends otherwise."""
    lines = ["set -u"]
    for command, status in commands():
        failed = shlex.quote(f"failed: {command}")
        lines += [command, f"test $? -eq {status} || {{ echo {failed} >&2; exit 9; }}"]
    return "\n".join(lines)


def run(lines: str, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    words = ["bash", "-c", f"PATH=$PROGRAMS:$PATH\n{lines}"]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


async def test_the_guide_for_auditors_works_as_it_is_written(
    shop: Shop, projected_database: str, tmp_path: Path
) -> None:
    people = [f"anna-{number}" for number in range(120)]
    await shop.happened(*(came(each) for each in people), *(went(each) for each in people))
    (tmp_path / "event_store").mkdir()
    (tmp_path / "event_store" / "verifier").symlink_to(ROOT / "event_store" / "verifier")
    environment = os.environ | {
        "PROGRAMS": str(Path(sys.executable).parent),
        "SHOPFLOOR_DATABASE": projected_database,
        "SHOPFLOOR_DATA": str(tmp_path / "data"),
    }

    await asyncio.to_thread(run, "shopfloor sealer --once", tmp_path, environment)
    ran = await asyncio.to_thread(run, script(), tmp_path, environment)

    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    assert ran.stdout.count("valid: ") == 5
    assert "refused at shopfloor.events/" in ran.stderr


def test_the_guide_has_commands_of_every_kind() -> None:
    text = "\n".join(command for command, _ in commands())

    for word in ("verify-export", "verify-proof", "verify-consistency", "verifier diff", "shopfloor proof", "dd of="):
        assert word in text
