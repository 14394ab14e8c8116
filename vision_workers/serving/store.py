"""Every model of the store that works, loaded once and ready to be asked."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import structlog

from vision_workers.detectors import Device
from vision_workers.detectors.network import Network
from vision_workers.errors import ModelError
from vision_workers.models import DEFAULT_MODEL, Model, Models, read_model_folder
from vision_workers.serving.errors import ModelNotReady, NoModelToServe, UnknownServedModel, UnknownVersion
from vision_workers.serving.protocol import ModelMetadata, TensorMetadata
from vision_workers.serving.queue import ModelQueue

log = structlog.get_logger(__name__)

VERSION_DIGITS = 12
PLATFORM = "openvino"


class ServedModel(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One model and its queue."""

    model: Model
    network: Network
    queue: ModelQueue

    @property
    def version(self) -> str:
        """The beginning of its digest: other weights are another version."""
        return self.model.digest[:VERSION_DIGITS]

    @property
    def entrance(self) -> TensorMetadata:
        """The picture that it takes: raw bytes, in the order of colours that `model.toml` says."""
        taken = self.model.description.input
        shape = [1, taken.height, taken.width, 3]
        return TensorMetadata(name=self.network.entrance, datatype="UINT8", shape=shape)

    @property
    def metadata(self) -> ModelMetadata:
        """What it takes and gives."""
        return ModelMetadata(
            name=self.model.name,
            versions=[self.version],
            platform=PLATFORM,
            inputs=[self.entrance],
            outputs=[
                TensorMetadata(
                    name=port.name, datatype="FP32", shape=[-1 if each is None else each for each in port.shape]
                )
                for port in self.network.ports
            ],
        )


class ServedModels:
    """The models of a store by name; one that cannot be used is known, with no network."""

    def __init__(self, models: Models, device: Device, waiting: int, only: Sequence[str] = ()) -> None:
        """Load them; raises `NoModelToServe`, and a `ModelError` for one that was named and cannot be used."""
        self._served: dict[str, ServedModel | None] = {}
        problems: list[str] = []
        for name, found in _named(models, only) if only else _all(models):
            try:
                model = read_model_folder(found) if isinstance(found, Path) else found
                network = device.network(model)
            except ModelError as problem:
                if only:
                    raise
                log.warning("a model is not served", model=name, problem=str(problem))
                problems.append(str(problem))
                self._served.setdefault(name, None)
            else:
                queue = ModelQueue(model.name, network, waiting)
                self._served.setdefault(model.name, ServedModel(model=model, network=network, queue=queue))
        if not any(self._served.values()):
            raise NoModelToServe(problems)

    @property
    def usable(self) -> list[ServedModel]:
        """Those that can be asked, by name."""
        return [each for _, each in sorted(self._served.items()) if each is not None]

    def find(self, name: str | None, version: str | None = None) -> ServedModel:
        """Return a model, the default one without a name; raises a `RequestRefused`."""
        wanted = name or (DEFAULT_MODEL if DEFAULT_MODEL in self._served else self.usable[0].model.name)
        if wanted not in self._served:
            raise UnknownServedModel(wanted, sorted(self._served))
        served = self._served[wanted]
        if served is None:
            raise ModelNotReady(wanted)
        if version not in {None, served.version}:
            raise UnknownVersion(wanted, str(version), served.version)
        return served

    async def close(self) -> None:
        """Return when nothing is in flight."""
        for each in self.usable:
            await each.queue.close()


def _all(models: Models) -> Iterator[tuple[str, Path | Model]]:
    for folder in models.folders():
        yield folder.name, folder


def _named(models: Models, only: Sequence[str]) -> Iterator[tuple[str, Path | Model]]:
    for name in only:
        yield name, models.find(name)
