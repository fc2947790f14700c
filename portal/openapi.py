"""Writes docs/openapi.json from the route table and the very shapes that validate: `portal openapi [--check]`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from falcon.testing import TestClient

from api.app import create_app
from portal.master_key import create_master_key
from portal.settings import Settings
from portal.wiring import build_services

FILE = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"


def current_text() -> str:
    """Return the document as it is now: what a running portal answers at `/openapi.json`, indented."""
    with TemporaryDirectory() as folder:
        # An application is built as always, over a memory that is never asked.
        settings = Settings(data_dir=Path(folder), database_url="", _env_file=None)
        create_master_key(settings.master_key_file)
        answer = TestClient(create_app(build_services(settings))).simulate_get("/openapi.json")
    return json.dumps(answer.json, ensure_ascii=False, indent=1) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the document, or with `--check` only say whether it is fresh; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m portal.openapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether it is fresh")
    text = current_text()
    if not parser.parse_args(arguments).check:
        FILE.write_text(text, encoding="utf-8")
        return 0
    if FILE.exists() and FILE.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write("docs/openapi.json is stale: run `portal openapi`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
