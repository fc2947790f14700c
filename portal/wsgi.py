"""The API process: what the WSGI server imports in each of its workers."""

from api.app import create_app
from portal.logging import set_up_logging
from portal.settings import Settings
from portal.wiring import build_doors

set_up_logging()
app = create_app(build_doors(Settings()))
