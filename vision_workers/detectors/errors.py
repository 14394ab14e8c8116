"""What can go wrong with a model once OpenVINO has it.

ModelError
├── UnloadableModel       OpenVINO cannot read or compile it
├── UnfitInput            it takes another picture than its description says
├── UnknownOutput         its outputs do not fit the head that it names, or none
├── DoubtfulOutput        its outputs have the right shape and the wrong values
├── UnknownClass          a class whose number it does not have
├── UndetectedClass       it does not detect what is asked of it
├── NoDetector            nothing finds what a watcher wants
├── UnknownDevice         no such OpenVINO device on this machine
├── NoAnswer              the device stopped answering
└── UnusableModels        models that did not pass the check
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from vision_workers.errors import ModelError


class UnloadableModel(ModelError):
    """OpenVINO cannot read or compile it."""

    def __init__(self, network: Path, why: str) -> None:
        super().__init__(f"OpenVINO cannot load {network}: {why}; fetch or export the model again")


class UnfitInput(ModelError):
    """A network that takes another picture than its description says."""

    def __init__(self, network: Path, takes: str, cure: str) -> None:
        super().__init__(f"{network} {takes}; {cure}")


class UnknownOutput(ModelError):
    """The outputs of a network do not fit the head that its description names, or no head at all."""

    def __init__(self, network: Path, outputs: str, head: str | None, wanted: str, likely: Sequence[str]) -> None:
        if head is None:
            super().__init__(
                f"{network} gives {outputs}, which no head reads; export it in one of these ways: {wanted}"
            )
        else:
            cure = _cure(likely) or "correct `head` in model.toml, or leave it out"
            super().__init__(f"{network} gives {outputs}, but head {head!r} needs {wanted}; {cure}")


class DoubtfulOutput(ModelError):
    """A network whose outputs have the shape of a head, but not its values."""

    def __init__(self, network: Path, head: str, doubt: str, wanted: str, likely: Sequence[str]) -> None:
        cure = _cure(likely) or f"head {head!r} needs {wanted}: export it so"
        super().__init__(f"{network} was tried on a picture as head {head!r}: {doubt}; {cure}")


def _cure(likely: Sequence[str]) -> str:
    return f'say head = "{likely[0]}" in model.toml, or leave it out' if likely else ""


class UnknownClass(ModelError):
    """A class whose number the network does not have."""

    def __init__(self, model: str, name: str, number: int, count: int) -> None:
        super().__init__(
            f"model {model} tells {count} classes apart, numbered from 0: {name} = {number} is none of them; "
            "correct its number in model.toml"
        )


class UndetectedClass(ModelError):
    """A model that does not detect what is asked of it."""

    def __init__(self, model: str, wanted: str) -> None:
        super().__init__(f'model {model} does not detect a {wanted}; say task = "detect" and its class in model.toml')


class NoDetector(ModelError):
    """Nothing finds what a watcher wants."""

    def __init__(self, target: str, found: Iterable[str]) -> None:
        known = ", ".join(found) or "nothing"
        super().__init__(
            f"no detector finds {target!r}, only {known}; add one in vision_workers/detectors/catalogue.py"
        )


class UnknownDevice(ModelError):
    """No such OpenVINO device on this machine."""

    def __init__(self, device: str, available: Iterable[str]) -> None:
        known = ", ".join(["AUTO", *available])
        super().__init__(f"there is no OpenVINO device {device!r} here; set SHOPFLOOR_DEVICE to one of {known}")


class NoAnswer(ModelError):
    """The device stopped answering."""

    exit_status = 1

    def __init__(self, model: str, seconds: float) -> None:
        super().__init__(
            f"the device gave no answer of {model} for {seconds:.0f} s; restart the worker, or use the CPU"
        )


class UnusableModels(ModelError):
    """Models that did not pass the check."""

    exit_status = 1

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(f"not to be used: {', '.join(names)}; fetch them again, or choose another model or precision")
