"""What can go wrong with a simulation.

ShopfloorError
└── SimulatorError
    ├── InvalidScenario    a scenario or store file with one or more problems
    ├── ClipUnwritable     a clip that cannot be written
    └── RendererMissing    Panda3D, a development extra, is not installed
"""

from collections.abc import Sequence
from pathlib import Path

from event_store.errors import ShopfloorError


class SimulatorError(ShopfloorError):
    """Something about a simulation."""


class InvalidScenario(SimulatorError):
    """A scenario or store file with one or more problems, all of them told at once."""

    exit_status = 2

    def __init__(self, path: Path, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))


class RendererMissing(SimulatorError):
    """Panda3D, a development extra, is not installed."""

    def __init__(self) -> None:
        super().__init__("the simulator draws with Panda3D, which is not installed; run: pip install 'shopfloor[dev]'")


class ClipUnwritable(SimulatorError):
    """A clip that cannot be written."""

    def __init__(self, clip: Path) -> None:
        super().__init__(f"{clip} cannot be written; choose a folder that may be written to with --out")
