"""What a worker tells Prometheus, as it is at the moment of asking."""

import time
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from vision_workers.pipeline import CameraState, Pipeline
from vision_workers.worker.outlet import SpoolOutlet

CAMERA = ("organisation", "store", "camera")


class WorkerMetrics(Collector):
    """Cameras, spool and broker. Cameras whose recordings are over are in it no more."""

    def __init__(self, pipeline: Pipeline, outlet: SpoolOutlet) -> None:
        self._pipeline, self._outlet = pipeline, outlet

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield from self._cameras()
        yield from self._spool()

    def describe(self) -> list[Metric]:
        """Return nothing: names are known once somebody asks."""
        return []

    def _cameras(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("shopfloor_camera_up", "1 while a camera delivers frames", labels=CAMERA)
        frames = CounterMetricFamily("shopfloor_camera_frames", "Frames of a camera that were watched", labels=CAMERA)
        shed = CounterMetricFamily(
            "shopfloor_camera_shed_frames", "Frames of a live camera that nobody had time for", labels=CAMERA
        )
        last = GaugeMetricFamily(
            "shopfloor_camera_last_frame_timestamp_seconds", "Time of a camera's last frame", labels=CAMERA
        )
        suspect = GaugeMetricFamily(
            "shopfloor_camera_model_suspect", "1 where a camera's model floods and is not believed", labels=CAMERA
        )
        for camera in self._pipeline.cameras:
            if camera.state != "ended":
                labels = _labels(camera)
                up.add_metric(labels, camera.state == "online")
                frames.add_metric(labels, camera.frames)
                shed.add_metric(labels, camera.reader.left_out)
                suspect.add_metric(labels, not camera.watch.believed)
                if camera.last_frame_at is not None:
                    last.add_metric(labels, camera.last_frame_at.timestamp())
        yield from (up, frames, shed, last, suspect)

    def _spool(self) -> Iterator[Metric]:
        spool, drain = self._outlet.spool, self._outlet.drain
        since, waiting = drain.sending_since, spool.waiting_records
        waited_s = 0.0 if since is None or not waiting else time.monotonic() - since
        yield GaugeMetricFamily("shopfloor_spool_records", "Records that wait for the broker", waiting)
        yield GaugeMetricFamily("shopfloor_spool_bytes", "Bytes that wait for the broker", spool.waiting_bytes)
        yield GaugeMetricFamily("shopfloor_spool_limit_bytes", "Bytes that may wait", spool.limit_bytes)
        yield GaugeMetricFamily(
            "shopfloor_spool_unacknowledged_seconds", "How long the broker owes an answer to what waits", waited_s
        )
        yield GaugeMetricFamily(
            "shopfloor_broker_up", "1 while the broker is known to take what it is given", drain.silence is None
        )


def _labels(camera: CameraState) -> tuple[str, str, str]:
    store = camera.store.plan.layout.store
    return store.organisation, store.id, camera.camera_id
