"""Kafka's jars: fetched once for each user by the lock file, and checked by their digests at every start."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import platformdirs
from filelock import FileLock

from infra.errors import JarsMissing, WrongDigest

SPECIFICATION = Path(__file__).with_name("jgo.toml")
LOCK_FILE = Path(__file__).with_name("jgo.lock.toml")
CACHE_SETTING = "SHOPFLOOR_CACHE"


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


def fetch() -> Path:
    """Return the folder of verified jars, after fetching them if they are absent."""
    folder = jar_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
                jars = _resolve(Path(temporary))
                verify(jars, locked_digests())
                jars.rename(folder)
        verify(folder, locked_digests())
    return folder


def _resolve(temporary: Path) -> Path:
    shutil.copy(SPECIFICATION, temporary / "jgo.toml")
    shutil.copy(LOCK_FILE, temporary / "jgo.lock.toml")
    places = ["--repo-cache", str(temporary / "repository"), "--cache-dir", str(temporary / "environment")]
    options = ["--ignore-config", "--resolver", "python", "--links", "copy", "--timeout", "60"]
    outcome = subprocess.run(  # noqa: S603  # every word is ours
        [sys.executable, "-m", "jgo", *options, *places, "-f", "jgo.toml", "sync"],
        cwd=temporary,
        capture_output=True,
        text=True,
        check=False,
    )
    if outcome.returncode:
        last = (outcome.stderr or outcome.stdout).strip().rpartition("\n")[2]
        raise JarsMissing(jar_folder(), f"fetching failed: {last}")
    jars = temporary / "jars"
    jars.mkdir()
    for jar in (temporary / "environment").rglob("*.jar"):
        jar.rename(jars / jar.name)
    return jars


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
