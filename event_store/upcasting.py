"""Old versions of facts read as the current one: pure steps, one major version each, on reading; the log stays."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

Data = dict[str, Any]


class Upcaster(msgspec.Struct, frozen=True):
    """The step from one version of a fact to the next."""

    to: str
    """The type that the data has afterwards."""
    change: Callable[[Data], Data]
    """Takes the data of the older version and returns that of the next; changes nothing in place."""


def _without_words(data: Data) -> Data:
    """Leave words in the bytes: nobody is shown what somebody may have been named in."""
    return {**data, "reason": "other"}


def _without_sources(data: Data) -> Data:
    """Leave where cameras are in the bytes: nobody is shown what may hold a password."""
    match data:
        case {"layout": {"camera": [*cameras]} as layout}:
            return {**data, "layout": {**layout, "camera": [_without_source(camera) for camera in cameras]}}
    return data  # no layout: it is refused as the version that it becomes


def _without_source(camera: Any) -> Any:
    return {name: each for name, each in camera.items() if name != "source"} if isinstance(camera, dict) else camera


UPCASTERS: Mapping[str, Upcaster] = {
    "shopfloor.EventCorrected.v1": Upcaster(
        "shopfloor.EventCorrected.v2", lambda data: _without_words(data) | {"fields": None}
    ),
    "shopfloor.LayoutPublished.v1": Upcaster("shopfloor.LayoutPublished.v2", _without_sources),
    "shopfloor.RecordSkipped.v1": Upcaster("shopfloor.RecordSkipped.v2", _without_words),
}
"""By the type that a record says; a fact that gets version 2 gets its step from version 1 here, for ever."""


def upcast(type_name: str, data: Data, steps: Mapping[str, Upcaster] = UPCASTERS) -> tuple[str, Data]:
    """Return the newest type that the steps lead to, and the data in its shape."""
    while (step := steps.get(type_name)) is not None:
        type_name, data = step.to, step.change(data)
    return type_name, data


def newest_type(type_name: str, steps: Mapping[str, Upcaster] = UPCASTERS) -> str:
    """Return the type that a record's type is read as."""
    while (step := steps.get(type_name)) is not None:
        type_name = step.to
    return type_name
