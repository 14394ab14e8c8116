"""What the environment says about watching: read once, at the entry of a command."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from event_store.layout.credentials import read_secrets
from vision_workers.errors import VisionError

PREFIX = "SHOPFLOOR_"


class InvalidVisionSettings(VisionError):
    """Settings that cannot be used."""

    exit_status = 2


class VisionSettings(BaseSettings):
    """How cameras are watched; `docs/operations.md` explains each."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    device: str = "CPU"
    """OpenVINO device: CPU, GPU, NPU, AUTO …"""
    worker: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] = "worker"
    """What this worker is called; two workers at once need two names."""
    silence_s: Annotated[float, Field(gt=0, le=3600)] = 10.0
    """A live camera without a frame for so long is dark."""
    spool_limit: Annotated[int, Field(ge=1_000_000)] = 1_000_000_000
    """Bytes of facts that may wait for the broker."""

    secrets_file: Path | None = None
    """NAME=value lines: credentials of cameras that a layout names as `${NAME}`."""

    @property
    def silence(self) -> timedelta:
        """The same as a duration."""
        return timedelta(seconds=self.silence_s)

    def secrets(self) -> dict[str, str]:
        """Return what a layout's sources may name: the environment, and the secrets file above it."""
        return {**os.environ, **(read_secrets(self.secrets_file) if self.secrets_file else {})}


def load_vision_settings() -> VisionSettings:
    """Read the environment; raises `InvalidVisionSettings` with every problem at once, without the values."""
    try:
        return VisionSettings()
    except ValidationError as problem:
        raise InvalidVisionSettings(
            "; ".join(
                f"{PREFIX}{str(each['loc'][0]).upper()}: {each['msg']}" for each in problem.errors(include_input=False)
            )
        ) from None
