"""What a detector is, in the wide sense: a network on a device, or a plain function of pixels."""

import hashlib
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from vision_workers.frames import Picture
from vision_workers.targets import Target


class Finding(Protocol):
    """What one picture shows of one target; there when `ready`."""

    @property
    def target(self) -> Target[Any]:
        """What was looked for."""

    @property
    def late(self) -> bool:
        """Whether a live camera goes on without the answer, which then comes with a later frame."""

    @property
    def ready(self) -> bool:
        """Whether the answer is there."""

    def things(self) -> tuple[Any, ...]:
        """Wait for the answer and return it, of the target's type."""

    def input_digest(self) -> str:
        """Return the SHA-256 of the pixels that were looked at; made when first asked for."""


class Identity(Protocol):
    """Names what finds, in the evidence of facts."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def digest(self) -> str:
        """SHA-256 of all that its answers follow from."""


class Detector(Protocol):
    """Finds one target in the pictures of one camera; asked by the camera's own thread, in the order of frames."""

    @property
    def target(self) -> Target[Any]:
        """What it finds."""

    @property
    def model(self) -> Identity:
        """The model, or the method of a plain function."""

    @property
    def threshold(self) -> float:
        """Confidence from which what it finds counts; 0 where all of it does."""

    def detect(self, picture: Picture, then: Callable[[], None], /) -> Finding:
        """Begin with a picture; `then` is called when the answer is there."""


class Method(msgspec.Struct, frozen=True):
    """The identity of a plain function; whoever changes what it answers counts its version up."""

    name: str
    version: int
    settings: str = ""
    """All that it answers by besides pixels: regions, limits."""

    @property
    def digest(self) -> str:
        """SHA-256 of name, version and settings."""
        return hashlib.sha256(f"{self.name}\x00{self.version}\x00{self.settings}".encode()).hexdigest()
