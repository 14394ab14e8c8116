"""How far the figures of a report can be trusted: which places were watched all the time."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from event_store.layout.model import Layout

WHOLE = 0.95
"""From this share of the time on, a camera counts as having watched all of it."""
NOTHING = 0.0


class PlacesWatched(msgspec.Struct, frozen=True):
    """The cameras of each place of a layout, and the share of the time that each watched."""

    layout: Layout
    watched: Mapping[str, float]

    def of(self, cameras: Iterable[str]) -> float:
        """Return the share that was watched for certain: that of the camera that watched least; 0 without any."""
        return min((self.watched.get(camera, NOTHING) for camera in cameras), default=NOTHING)

    def of_doors(self) -> float:
        """Return the share that the doors were watched."""
        return self.of(door.camera for door in self.layout.door)

    def of_zone(self, zone: str) -> float:
        """Return the share that a zone was watched; one that the layout has dropped was not."""
        return self.of(self.cameras_of(zone))

    def of_line(self, line: str) -> float:
        """Return the share that a line was watched."""
        return self.of(each.camera for each in self.layout.line if each.id == line)

    def cameras_of(self, zone: str) -> Sequence[str]:
        """Return the cameras that see a zone; one on the floor is seen by every camera that knows the floor."""
        for each in self.layout.zone:
            if each.id == zone:
                if each.camera is not None:
                    return [each.camera, *(view.camera for view in each.view)]
                if each.view:
                    return [view.camera for view in each.view]
                return [camera.id for camera in self.layout.camera if camera.floor_points is not None]
        return []


def is_whole(share: float) -> bool:
    """Tell whether a share counts as all of the time."""
    return share >= WHOLE


def is_blind(share: float) -> bool:
    """Tell whether nothing was watched."""
    return share <= NOTHING
