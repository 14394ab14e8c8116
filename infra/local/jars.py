"""Kafka's jars: fetched once for each user by the lock file, and checked by their digests at every start."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import msgspec
import platformdirs
from filelock import FileLock

from infra.errors import JarsMissing, WrongDigest

SPECIFICATION = Path(__file__).with_name("jgo.toml")
LOCK_FILE = Path(__file__).with_name("jgo.lock.toml")
CACHE_SETTING = "SHOPFLOOR_CACHE"
EVERY_S = 0.5


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the jars has been fetched."""

    jars: int
    of: int
    """Jars that the lock file names."""
    size: int
    """Bytes, of unfinished jars too."""


Tell = Callable[[Fetched], None]
"""Told again and again while jars are fetched."""


def cache_folder() -> Path:
    """Return where fetched files live: the setting SHOPFLOOR_CACHE, or the user's own cache folder."""
    return Path(os.environ.get(CACHE_SETTING) or platformdirs.user_cache_path("shopfloor"))


def locked_digests(lock_file: Path = LOCK_FILE) -> dict[str, str]:
    """Return the sha256 of each jar by its file name."""
    dependencies = tomllib.loads(lock_file.read_text())["dependencies"]
    return {f"{each['artifactId']}-{each['version']}.jar": each["sha256"] for each in dependencies}


def jar_folder() -> Path:
    """Return the folder of this lock file's jars; another version of the lock gets another folder."""
    return cache_folder() / f"kafka-jars-{_digest(LOCK_FILE)[:16]}"


def verify(folder: Path, digests: dict[str, str]) -> None:
    """Compare every jar with the lock; raises `JarsMissing` or `WrongDigest`."""
    if not folder.is_dir():
        raise JarsMissing(folder)
    present = {jar.name for jar in folder.glob("*.jar")}
    if absent := sorted(digests.keys() - present):
        raise JarsMissing(folder, f"{absent[0]} is absent")
    if unknown := sorted(present - digests.keys()):
        raise JarsMissing(folder, f"{unknown[0]} is not in the lock file")
    for name, expected in digests.items():
        if (actual := _digest(folder / name)) != expected:
            raise WrongDigest(folder / name, expected, actual)


def fetch(tell: Tell = lambda _: None) -> Path:
    """Return the folder of verified jars, after fetching them if they are absent."""
    folder = jar_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
                jars = _resolve(Path(temporary), tell)
                verify(jars, locked_digests())
                jars.rename(folder)
        verify(folder, locked_digests())
    return folder


def _resolve(temporary: Path, tell: Tell) -> Path:
    shutil.copy(SPECIFICATION, temporary / "jgo.toml")
    shutil.copy(LOCK_FILE, temporary / "jgo.lock.toml")
    places = ["--repo-cache", str(temporary / "repository"), "--cache-dir", str(temporary / "environment")]
    options = ["--ignore-config", "--resolver", "python", "--links", "copy", "--timeout", "60"]
    words = [sys.executable, "-m", "jgo", *options, *places, "-f", "jgo.toml", "sync"]
    said = temporary / "said"
    with (
        said.open("wb") as out,
        subprocess.Popen(words, cwd=temporary, stdout=out, stderr=out) as fetching,  # noqa: S603  # every word is ours
    ):
        while not _has_ended(fetching):
            tell(_fetched(temporary / "repository"))
    if fetching.returncode:
        last = said.read_text(errors="backslashreplace").strip().rpartition("\n")[2]
        raise JarsMissing(jar_folder(), f"fetching failed: {last}")
    tell(_fetched(temporary / "repository"))
    jars = temporary / "jars"
    jars.mkdir()
    for jar in (temporary / "environment").rglob("*.jar"):
        jar.rename(jars / jar.name)
    return jars


def _has_ended(fetching: "subprocess.Popen[bytes]") -> bool:
    try:
        fetching.wait(EVERY_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _fetched(repository: Path) -> Fetched:
    sizes = {path.name: path.stat().st_size for path in repository.rglob("*.jar*") if path.is_file()}
    digests = locked_digests()
    return Fetched(jars=len(sizes.keys() & digests.keys()), of=len(digests), size=sum(sizes.values()))


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
