"""A worker process: the cameras of one or more stores, watched until told to stop."""

from vision_workers.worker.assignment import Assignment
from vision_workers.worker.worker import Worker, WorkerSettings

__all__ = ["Assignment", "Worker", "WorkerSettings"]
