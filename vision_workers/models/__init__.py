"""Models: what a model folder says, where models are found, and how published ones are fetched."""

from vision_workers.models.description import Download, InputDescription, ModelDescription
from vision_workers.models.folder import Model, read_model_folder
from vision_workers.models.registry import DEFAULT_MODEL, Models

__all__ = [
    "DEFAULT_MODEL",
    "Download",
    "InputDescription",
    "Model",
    "ModelDescription",
    "Models",
    "read_model_folder",
]
