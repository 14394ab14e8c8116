"""The scenarios that are filmed: drawn by the simulator, with the exact truth beside the clips."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import msgspec

from vision_workers.simulator import Simulation, simulate
from vision_workers.simulator.truth import CameraTruth, StoreTruth

SCENARIOS = Path(__file__).parent / "scenarios"
SEED = 1
IN_SIGHT = 0.35
"""Somebody of whom less can be seen need not be found; the model card counts people by the same share."""
AT_ONCE = 2
"""Films are drawn by so many processes."""


class Filmed(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario with its clips."""

    name: str
    simulation: Simulation

    @property
    def truth(self) -> StoreTruth:
        """What happened in the store."""
        return msgspec.json.decode(self.simulation.truth.read_bytes(), type=StoreTruth)

    def in_sight(self, camera_id: str, shopper: int) -> list[float]:
        """Return the seconds at which a camera sees enough of a shopper."""
        path = self.simulation.camera_truths[camera_id]
        seen = msgspec.json.decode(path.read_bytes(), type=CameraTruth)
        return [
            frame.time_s
            for frame in seen.frames
            if any(each.number == shopper and each.visible >= IN_SIGHT for each in frame.people)
        ]


def film_all(folder: Path, tell: Callable[[str], None]) -> list[Filmed]:
    """Film every scenario; the same seed gives the same films."""
    paths = sorted(SCENARIOS.glob("*.toml"))
    # Panda3D's window belongs to the process that opened it
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as processes:
        filming = {processes.submit(simulate, path, folder / path.stem, SEED): path.stem for path in paths}
        for done, finished in enumerate(as_completed(filming), 1):
            tell(f"filmed {filming[finished]} ({done} of {len(paths)})")
    return [Filmed(name=name, simulation=film.result()) for film, name in filming.items()]
