"""`shopfloor doctor`: what is wrong here, and what to do about it."""

import sys
from typing import TYPE_CHECKING

from infra.cli.options import JsonLines

if TYPE_CHECKING:
    from infra.health.finding import Finding

SIGNS = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}


def doctor(*, as_json: JsonLines = False) -> None:
    """Look at everything that Shopfloor needs, say what to do where it is not well; status 1 when something fails.

    Each check is ok, WARN or FAIL; docs/operations.md tells more of them.
    """
    from infra import logs
    from infra.errors import UnhealthyService
    from infra.health.checkup import examine

    logs.silence("aiokafka")
    failed = []
    for finding in examine():
        sys.stdout.write(_line_of_json(finding) if as_json else _line(finding))
        sys.stdout.flush()
        if finding.state == "fail":
            failed.append(finding.check)
    if failed:
        raise UnhealthyService(failed)


def _line(finding: "Finding") -> str:
    cure = f"\n     → {finding.cure}" if finding.cure else ""
    return f"{SIGNS[finding.state]} {finding.check}: {finding.detail}{cure}\n"


def _line_of_json(finding: "Finding") -> str:
    import msgspec

    return msgspec.json.encode(finding).decode() + "\n"
