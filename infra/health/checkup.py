"""Every check, in the order in which one would look."""

from collections.abc import Iterator

from infra import settings
from infra.demo.place import find_demo
from infra.health import edge, installation, metrics, privacy, record, sealing, storage, watching
from infra.health.finding import Finding, well
from vision_workers.settings import load_vision_settings


def examine() -> Iterator[Finding]:
    """Yield what each check finds; raises `InvalidSettings`.

    Where nothing runs but the demo, that is what is looked at.
    """
    here, vision = settings.load(), load_vision_settings()
    if here.kafka is None and here.database is None and (demo := find_demo(here)):
        here = demo
        yield well("demo", f"it runs in {here.data}, and what follows is about it")
    yield installation.check_versions()
    if settings.read_environment().kafka is None:
        yield installation.check_embedded_kafka()
        yield installation.check_embedded_postgresql()
    yield installation.check_opencv()
    yield installation.check_device(vision.device)
    yield installation.check_models(here.data / "models")
    yield installation.check_tesseract()
    yield storage.check_folder(here.data)
    yield storage.check_disk(here.data)
    yield storage.check_ports()
    yield storage.check_spools(here.data)
    yield edge.check_edge(here)
    yield record.check_kafka(here)
    yield record.check_postgresql(here)
    yield record.check_lag(here)
    yield record.check_dead_letters(here)
    yield watching.check_workers(here)
    yield watching.check_processes(here)
    yield sealing.check_exposure(here)
    yield sealing.check_monitor(here)
    yield privacy.check_erasures(here)
    yield metrics.check_metrics(here)
