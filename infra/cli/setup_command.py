"""`shopfloor setup`: what an installation needs besides its packages."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from infra.local.jars import Fetched


def setup(
    programs: Annotated[
        bool, typer.Option("--programs/--no-programs", help="Install Tesseract and libGL where this user may.")
    ] = True,
) -> None:
    """Fetch Kafka's jars for `demo` and `up`, check their digests, and install what labels are read with.

    Needs the network once. A second time it checks what is there. Whoever has a Kafka and a PostgreSQL needs no jars.
    """
    from infra.local import jars
    from infra.local.quick_start import archive_quick_start
    from infra.local.system_programs import install

    folder, digests = jars.jar_folder(), jars.locked_digests()
    known = folder.is_dir()
    if not known:
        sys.stderr.write(f"Getting {len(digests)} jars of Kafka\n")
    jars.fetch(_Progress().show)
    if not known:
        _list(folder, digests)
    total = sum(jar.stat().st_size for jar in folder.glob("*.jar"))
    sys.stdout.write(f"{len(digests)} jars, {total / 1e6:.1f} MB, as locked, in {folder}\n")
    archive_quick_start()
    if programs:
        install()


class _Progress:
    """Writes a line for each further jar."""

    def __init__(self) -> None:
        self._jars = 0

    def show(self, fetched: "Fetched") -> None:
        if fetched.jars > self._jars:
            self._jars = fetched.jars
            sys.stderr.write(f"  {fetched.jars} of {fetched.of} jars, {fetched.size / 1e6:.1f} MB\n")
            sys.stderr.flush()


def _list(folder: "Path", digests: dict[str, str]) -> None:
    for name, digest in sorted(digests.items()):
        sys.stdout.write(f"  {(folder / name).stat().st_size / 1e3:8.0f} kB  sha256 {digest}  {name}\n")
