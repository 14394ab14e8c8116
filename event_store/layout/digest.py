"""What of a layout is published, and the digest that facts name it by."""

import hashlib
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

import msgspec

from event_store.layout.model import Camera, Layout

SECRETS = frozenset({"user", "username", "usr", "password", "passwd", "pass", "pwd", "token", "key", "auth"})
"""Query parameters by which cameras take credentials."""


def published(layout: Layout) -> Layout:
    """Return the layout as facts may carry it: without the cameras' user names and passwords."""
    return msgspec.structs.replace(layout, camera=[_without_credentials(camera) for camera in layout.camera])


def layout_digest(layout: Layout) -> str:
    """Return the SHA-256, in hexadecimal, of the published layout's canonical JSON (sorted keys, no spaces)."""
    return hashlib.sha256(msgspec.json.encode(published(layout), order="sorted")).hexdigest()


def _without_credentials(camera: Camera) -> Camera:
    if "://" not in camera.source:
        return camera
    address = urlsplit(camera.source)
    query = [(name, value) for name, value in parse_qsl(address.query) if name.lower() not in SECRETS]
    open_part = SplitResult(
        address.scheme, address.netloc.rpartition("@")[2], address.path, urlencode(query), address.fragment
    )
    return msgspec.structs.replace(camera, source=open_part.geturl())
