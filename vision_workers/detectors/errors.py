"""What can go wrong with a model once OpenVINO has it.

ModelError
├── UnloadableModel       OpenVINO cannot read or compile it
├── UnknownOutput         its outputs do not fit the head that it names
├── UndetectedClass       it does not detect what is asked of it
├── UnknownDevice         no such OpenVINO device on this machine
├── NoAnswer              the device stopped answering
└── UnusableModels        models that did not pass the check
"""

from collections.abc import Iterable
from pathlib import Path

from vision_workers.errors import ModelError


class UnloadableModel(ModelError):
    """OpenVINO cannot read or compile it."""

    def __init__(self, network: Path, why: str) -> None:
        super().__init__(f"OpenVINO cannot load {network}: {why}; fetch or export the model again")


class UnknownOutput(ModelError):
    """The outputs of a network do not fit the head that its description names."""

    def __init__(self, network: Path, outputs: str, head: str, wanted: str) -> None:
        super().__init__(f"{network} gives {outputs}, but head {head!r} needs {wanted}; correct `head` in model.toml")


class UndetectedClass(ModelError):
    """A model that does not detect what is asked of it."""

    def __init__(self, model: str, wanted: str) -> None:
        super().__init__(f'model {model} does not detect a {wanted}; say task = "detect" and its class in model.toml')


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
