"""`python -m tests.builders.hurried_worker worker …`: `shopfloor`, whose worker is missed within seconds."""

from infra.cli.app import main
from vision_workers.worker import heartbeat

if __name__ == "__main__":
    heartbeat.EVERY_S, heartbeat.HOLDS_MS = 0.5, 2_500
    main()
