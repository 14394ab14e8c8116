"""What can be wrong with what is asked of a model.

VisionError
├── NoModelToServe          nothing in the store can be used
└── RequestRefused          told to the client as it is, with its HTTP status
    ├── NotAllowed          no valid token
    ├── UnknownServedModel  no such model, or no such version of it
    ├── ModelNotReady       it is in the store and cannot be used
    ├── UnusableTensor      what the model does not take, or cannot give
    ├── UnusablePicture     no picture that can be decoded safely
    ├── UnusableQuestion    a part of the address that cannot be used
    ├── BodyTooLarge
    ├── BodyTooSlow
    ├── UnsupportedMedia    a body in a form that is not taken
    ├── QueueFull           as many wait as may
    └── NoAnswerInTime      the device does not answer
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from vision_workers.errors import VisionError


class NoModelToServe(VisionError):
    """Nothing in the store can be used."""

    exit_status = 2

    def __init__(self, problems: Iterable[str]) -> None:
        said = "; ".join(problems) or "there is none"
        super().__init__(f"no model can be served: {said}; run `shopfloor models check`")


class RequestRefused(VisionError):
    """An answer of another status than 200."""

    status: ClassVar[int] = 400

    @property
    def headers(self) -> Mapping[str, str]:
        """What the answer says besides."""
        return {}


class NotAllowed(RequestRefused):
    """The request carries no token that stands for anybody."""

    status = 401

    def __init__(self) -> None:
        super().__init__("no valid token; send the header `Authorization: Bearer …` with a token of this installation")

    @property
    def headers(self) -> Mapping[str, str]:
        """Name the scheme."""
        return {"WWW-Authenticate": "Bearer"}


class UnknownServedModel(RequestRefused):
    """No such model, or no such version of it."""

    status = 404

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"there is no model {name[:100]!r}; ask for one of: {', '.join(known)}")


class UnknownVersion(UnknownServedModel):
    """No such version of a model."""

    def __init__(self, name: str, version: str, known: str) -> None:
        RequestRefused.__init__(self, f"model {name!r} has version {known!r} and no {version[:100]!r}")


class ModelNotReady(RequestRefused):
    """A model of the store that cannot be used."""

    status = 503

    def __init__(self, name: str) -> None:
        super().__init__(f"model {name!r} cannot be used; `shopfloor models check {name}` on the server says why")


class UnusableTensor(RequestRefused):
    """What the model does not take, or cannot give."""


class UnusablePicture(RequestRefused):
    """No picture that can be decoded safely."""


class UnusableQuestion(RequestRefused):
    """A part of the address that cannot be used."""


class BodyTooLarge(RequestRefused):
    """More bytes than such a request can need."""

    status = 413

    def __init__(self, most: int) -> None:
        super().__init__(f"the body has more than {most:,} bytes, the most that is taken here; send less")


class BodyTooSlow(RequestRefused):
    """A body that does not end."""

    status = 408

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the body was not there after {seconds:.0f} s; send it faster")


class UnsupportedMedia(RequestRefused):
    """A body in a form that is not taken."""

    status = 415


class QueueFull(RequestRefused):
    """As many requests wait as may."""

    status = 429

    def __init__(self, name: str, seconds: int) -> None:
        super().__init__(f"too many requests for {name!r} wait already; ask again in {seconds} s")
        self.seconds = seconds

    @property
    def headers(self) -> Mapping[str, str]:
        """Say when to come back."""
        return {"Retry-After": str(self.seconds)}


class NoAnswerInTime(RequestRefused):
    """The device does not answer."""

    status = 504

    def __init__(self, name: str, seconds: float) -> None:
        super().__init__(f"the device gave no answer of {name!r} for {seconds:.0f} s; the server must be started again")
