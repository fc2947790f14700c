"""The project's own source, for tests that read it."""

import ast
import functools
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS = tuple(PYPROJECT["tool"]["importlinter"]["root_packages"])


@functools.cache
def tracked_files():
    """Return what belongs to the project: tracked files, and new ones that are not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = (ROOT / name.decode() for name in listed.stdout.split(b"\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


def python_files(*folders):
    """Return the project's Python files under these folders."""
    return [path for path in tracked_files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders]


@functools.cache
def parsed(path):
    """Return the file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(path):
    """Return the file's name inside the project."""
    return path.relative_to(ROOT).as_posix()
