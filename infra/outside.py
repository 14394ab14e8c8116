"""`python -m infra.outside`: run foreign programs' suites, and end with `N passed, N failed, N skipped`."""

import sys

import pytest


class Tally:
    """Counts what pytest reports."""

    def __init__(self) -> None:
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test once: by its call, or by a set-up that failed or was skipped."""
        if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
            self.counts[report.outcome] += 1

    @property
    def closing(self) -> str:
        """The last line."""
        return ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items())


def main() -> int:
    """Run the tests marked `outside`; a missing tool is a skip with its name."""
    tally = Tally()
    status = pytest.main(["-m", "outside", "-rs", "--no-header"], plugins=[tally])
    sys.stdout.write(f"{tally.closing}\n")
    return 1 if tally.counts["failed"] or status not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} else 0


if __name__ == "__main__":
    sys.exit(main())
