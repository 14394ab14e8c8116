"""Cameras work, go dark and come back."""

from event_store.events.event import Event, Moment


class CameraEvent(Event, frozen=True, kw_only=True):
    """A fact about a camera itself."""

    camera_id: str

    @property
    def subject(self) -> str:
        """The camera."""
        return f"camera/{self.camera_id}"


class CameraOnline(CameraEvent, frozen=True, kw_only=True):
    """A camera delivered its first frame to this worker; `time` is that frame's."""

    width_px: int
    height_px: int
    model: str
    layout_digest: str


class CameraDark(CameraEvent, frozen=True, kw_only=True):
    """A camera has delivered no frame for the configured silence; `time` is its last frame's.

    Where the machine's clock was set back, `time` is what it says then. Where its model was found to flood and is not
    believed, `time` is that of the first frame of which nothing is told, and `silence_ms` is 0.
    """

    silence_ms: int
    """The configured silence that has passed."""
    delivered: bool = True
    """False for a camera without a frame since its worker started: `time` is then when that began to wait for one."""
    cause: str
    """What the source reported, in words for an operator; holds no address and no password."""


class CameraRestored(CameraEvent, frozen=True, kw_only=True):
    """A dark camera delivers frames that are believed again; `time` is the first frame's."""

    dark_since: Moment


FACTS = (CameraOnline, CameraDark, CameraRestored)
