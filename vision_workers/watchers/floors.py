"""How far inside the store somebody stands; through an open or glass door a camera sees the street as well."""

from collections.abc import Sequence

from event_store.events.event import Box
from event_store.layout.geometry import XY
from event_store.layout.homography import Homography, fit
from event_store.layout.model import Door, Layout
from vision_workers.frames import foot


class StoreFloor:
    """The store's rectangle as one camera sees it.

    It tells nothing where the camera or the floor was not measured, or where no corner of the camera's doors lies on
    the floor: then one of the two is wrong.
    """

    def __init__(self, layout: Layout, camera_id: str, doors: Sequence[Door]) -> None:
        camera = next(each for each in layout.camera if each.id == camera_id)
        self._size = layout.store.floor
        self._view: Homography | None = fit(camera.floor_points) if camera.floor_points and self._size else None
        corners = [self._depth_at(corner) for door in doors for corner in door.polygon]
        if not any(depth is not None and depth > 0 for depth in corners):
            self._view = None

    def depth_m(self, box: Box) -> float | None:
        """Return how far a person's feet are inside of the nearest wall, negative outside; None where nobody knows."""
        feet = foot(box)
        return self._depth_at((feet.x, feet.y))

    def _depth_at(self, point: XY) -> float | None:
        place = self._view.floor(point) if self._view is not None else None
        if place is None or self._size is None:
            return None
        (x, y), (wide, deep) = place, self._size
        return min(x, wide - x, y, deep - y)
