"""Frames become facts: decoding, inference, tracking and watching side by side, each frame in its order."""

from vision_workers.pipeline.pipeline import CameraState, Outlet, Pipeline, PipelineSettings
from vision_workers.pipeline.plans import CameraPlan, StorePlan
from vision_workers.pipeline.steps import Step

__all__ = ["CameraPlan", "CameraState", "Outlet", "Pipeline", "PipelineSettings", "Step", "StorePlan"]
