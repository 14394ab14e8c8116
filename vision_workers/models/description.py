"""What `model.toml` says about a model."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Pixels = Annotated[int, Meta(ge=16, le=8192)]
PerChannel = tuple[float, float, float]


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A table of `model.toml`."""


class InputDescription(Part, frozen=True, kw_only=True):
    """The picture that the network takes, one at a time."""

    width: Pixels
    height: Pixels
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    colour: Literal["BGR", "RGB"] = "BGR"
    resize: Literal["stretch", "letterbox"] = "stretch"
    """`letterbox` keeps the proportions and fills the right and bottom with grey 114."""
    mean: float | PerChannel | None = None
    """Taken from each value, 0 to 255, before it goes in. None for what the network's own file says, or nothing."""
    scale: float | PerChannel | None = None
    """Divides each value after that: 255 for a network that takes 0 to 1. None as for `mean`."""


class Download(Part, frozen=True, kw_only=True):
    """One file of a published model."""

    file: FileName
    address: str
    size: Annotated[int, Meta(ge=1)]
    sha256: Digest


class ModelDescription(Part, frozen=True, kw_only=True):
    """A model: its network's file, how pictures go in, how detections come out, and where it is from."""

    name: FileName
    task: str
    """What it does. `detect` is all that is done now; the word is open."""
    file: FileName
    """OpenVINO IR (`.xml` with its `.bin` beside it) or `.onnx`."""
    head: str | None = None
    """How the outputs are read: see vision_workers.heads. None to find out from the outputs."""
    input: InputDescription
    classes: dict[str, Annotated[int, Meta(ge=0)]]
    """The network's own number for each class that is used, `person` among them."""
    threshold: Annotated[float, Meta(gt=0.0, lt=1.0)]
    """Confidence from which a detection counts."""
    licence: str
    origin: str
    digest: Digest | None = None
    """SHA-256 of the network's file followed by its weights, where it is pinned."""
    download: list[Download] = []
