"""What of a layout is published, and the digest that facts name it by."""

import hashlib

import msgspec

from event_store.layout.model import Layout


def published(layout: Layout) -> Layout:
    """Return the layout as facts may carry it: cameras by name, and nothing of where they are."""
    cameras = [msgspec.structs.replace(camera, source="") for camera in layout.camera]
    return msgspec.structs.replace(layout, camera=cameras)


def layout_digest(layout: Layout) -> str:
    """Return the SHA-256, in hexadecimal, of the published layout's canonical JSON (sorted keys, no spaces)."""
    return hashlib.sha256(msgspec.json.encode(published(layout), order="sorted")).hexdigest()
