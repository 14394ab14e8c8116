"""Metrics are served where the settings say, and `doctor` knows who serves them."""

import socket

import pytest

from event_store.monitoring.metrics import Metrics as OfMonitor
from infra.errors import PortInUse
from infra.health.metrics import check_metrics
from infra.local.ports import LOOPBACK, free_port
from infra.metrics import serve
from infra.settings import Settings
from projections.taking.metrics import Metrics as OfProjector


def test_doctor_says_which_process_serves_its_metrics_where() -> None:
    where = Settings(metrics_port=free_port())
    first = where.metrics_port or 0
    assert check_metrics(where).state == "warn"
    assert (
        f"ports {first} and {first + 1} and {first + 2} and {first + 3} and {first + 4}" in check_metrics(where).detail
    )

    with serve(OfProjector().registry, where, None), serve(OfMonitor().registry, where, first + 1):
        finding = check_metrics(where)

    assert (finding.state, finding.detail) == ("ok", f"projector on {first}, monitor on {first + 1}")


def test_without_a_port_nothing_is_served() -> None:
    with serve(OfProjector().registry, Settings(metrics_port=None), None):
        assert "SHOPFLOOR_METRICS_PORT" in check_metrics(Settings(metrics_port=None)).detail


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with (
        socket.create_server((LOOPBACK, 0)) as taken,
        pytest.raises(PortInUse, match=r"for metrics on 127\.0\.0\.1"),
        serve(OfProjector().registry, Settings(), taken.getsockname()[1]),
    ):
        pass
