"""Programs that no wheel brings: Tesseract with its languages, and libGL."""

import subprocess
from pathlib import Path

SCRIPT = Path(__file__).with_name("system_programs.sh")


def install() -> None:
    """Install them where this user may; otherwise the script says the line to run. Its failure is none of ours."""
    subprocess.run(["/bin/sh", str(SCRIPT)], check=False)  # noqa: S603  # the script is ours
