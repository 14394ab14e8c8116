"""Finds the head of a network: from what its description says, its outputs' shapes, and the values of a first try."""

from collections.abc import Sequence

import numpy as np

from vision_workers.detectors.errors import DoubtfulOutput, UnknownClass, UnknownOutput
from vision_workers.heads import HEADS, Head, InputSize, Outputs, Port, Values
from vision_workers.models import Model

Recognised = tuple[Head, tuple[str, ...]]
"""A head, and the outputs that it reads."""


def recognise(model: Model, ports: Sequence[Port], tried: Outputs) -> Recognised:
    """Return a network's head and the outputs that it reads; raises a `ModelError`."""
    size = InputSize(model.description.input.width, model.description.input.height)
    told = model.description.head
    fitting = {name: names for name, head in HEADS.items() if (names := head.fits(ports, size)) is not None}
    doubts = {name: _doubt(HEADS[name], [tried[each] for each in names], size) for name, names in fitting.items()}
    likely = [name for name, doubt in doubts.items() if doubt is None]
    if told is not None and told not in fitting:
        raise UnknownOutput(model.network, _told(ports), told, HEADS[told].wanted, likely)
    chosen = told or next(iter(likely), next(iter(fitting), None))
    if chosen is None:
        raise UnknownOutput(model.network, _told(ports), None, _all_wanted(), ())
    if (doubt := doubts[chosen]) is not None:
        raise DoubtfulOutput(model.network, chosen, doubt, HEADS[chosen].wanted, likely)
    _check_classes(model, HEADS[chosen], [tried[each] for each in fitting[chosen]])
    return HEADS[chosen], fitting[chosen]


def _check_classes(model: Model, head: Head, outputs: Sequence[Values]) -> None:
    count = head.classes(outputs)
    for name, number in model.description.classes.items():
        if count is not None and number >= count:
            raise UnknownClass(model.name, name, number, count)


def _doubt(head: Head, outputs: Sequence[Values], size: InputSize) -> str | None:
    if not all(np.isfinite(each).all() for each in outputs):
        return "it gives values that are no numbers"
    return head.doubt(outputs, size)


def _told(ports: Sequence[Port]) -> str:
    return ", ".join(f"`{port.name}` {list(port.shape)}".replace("None", "?") for port in ports) or "nothing"


def _all_wanted() -> str:
    return "; ".join(f"{name}: {head.wanted}" for name, head in HEADS.items())
