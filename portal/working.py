"""The worker process: what Dramatiq imports in each of its processes."""

from portal.logging import set_up_logging
from portal.settings import Settings
from portal.wiring import build_services, build_worker_broker
from storage.scope import DatabaseRole

set_up_logging()
broker = build_worker_broker(build_services(Settings(), DatabaseRole.WORKER))
