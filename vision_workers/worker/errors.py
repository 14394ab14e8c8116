"""What can go wrong with a worker as a whole.

VisionError
└── WorkerError
    ├── CamerasFailed     some cameras could not be watched; the others were
    ├── RepeatedStore     two layouts of one store
    └── DrainFailed       the spool can no longer be emptied
"""

from collections.abc import Mapping

from event_store.errors import ShopfloorError
from vision_workers.errors import VisionError


class WorkerError(VisionError):
    """Something with a worker as a whole."""


class CamerasFailed(WorkerError):
    """Some cameras could not be watched; the others were."""

    exit_status = 2

    def __init__(self, problems: Mapping[str, ShopfloorError]) -> None:
        told = "; ".join(f"camera {camera}: {problem}" for camera, problem in problems.items())
        super().__init__(f"{told} (all other cameras were watched)")


class RepeatedStore(WorkerError):
    """Two layouts of one store."""

    exit_status = 2

    def __init__(self, key: str) -> None:
        super().__init__(f"two layouts describe store {key}; give one layout for each store")


class DrainFailed(WorkerError):
    """The spool can no longer be emptied."""

    def __init__(self, problem: Exception) -> None:
        super().__init__(f"facts can no longer be sent ({problem}); they are safe in the spool, start the worker again")
