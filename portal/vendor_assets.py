"""Take what the pages need of the design system and of htmx from their packages, as they are but for what is said here.

`npm pack dkfds@VERSION htmx.org@VERSION` fetches the packages; then `python -m portal.vendor_assets *.tgz`. Of each
package its version and the SHA-256 of its file are noted in `vendor/versions.json`.
"""

import hashlib
import json
import re
import shutil
import sys
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

TARGET = Path(__file__).resolve().parents[1] / "api" / "pages" / "static" / "vendor"

WANTED = {
    "dkfds": (
        r"dist/css/dkfds\.min\.css",
        r"dist/js/dkfds\.min\.js",
        r"dist/img/svg-icons/[a-z-]+\.svg",
        r"dist/fonts/IBMPlexSans/complete/woff2/IBMPlexSans-(Regular|Medium|SemiBold|Bold)\.woff2",
        r"dist/fonts/IBMPlexSans/complete/woff2/license\.txt",
        r"dist/LICENSE\.md",
    ),
    "htmx.org": (r"dist/htmx\.min\.js", r"LICENSE"),
}
"""Package to the files that are taken of it."""

# The faces name formats that are not taken; `site.css` names the four that are.
_FACES = re.compile(r"@font-face\{[^}]*\}")
_SOURCE_MAP = re.compile(r"\n?/[/*]# sourceMappingURL=\S+( \*/)?\s*$")


def take(package: Path) -> tuple[str, dict[str, str]]:
    """Copy the wanted files of one package; return its name, and its version and hash.

    Raises:
        LookupError: nothing is wanted of such a package.
    """
    with tarfile.open(package) as archive:
        about = json.load(_opened(archive, "package/package.json"))
        name = str(about["name"])
        if name not in WANTED:
            raise LookupError(f"nothing is wanted of {name}")
        folder = TARGET / name
        shutil.rmtree(folder, ignore_errors=True)
        for member in _wanted(archive, WANTED[name]):
            place = folder / member.removeprefix("package/").removeprefix("dist/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(_as_served(place.suffix, _opened(archive, member).read()))
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    return name, {"version": str(about["version"]), "sha256": digest}


def _wanted(archive: tarfile.TarFile, patterns: Sequence[str]) -> Iterator[str]:
    whole = re.compile(f"package/({'|'.join(patterns)})")
    return (name for name in archive.getnames() if whole.fullmatch(name))


def _opened(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    opened = archive.extractfile(name)
    if opened is None:
        raise LookupError(name)
    return opened


def _as_served(suffix: str, content: bytes) -> bytes:
    if suffix not in {".css", ".js"}:
        return content
    text = _SOURCE_MAP.sub("", content.decode())
    return (_FACES.sub("", text) if suffix == ".css" else text).encode()


def main(packages: Sequence[str]) -> None:
    """Take the packages and note what they were."""
    versions = dict(take(Path(package)) for package in packages)
    (TARGET / "versions.json").write_text(json.dumps(versions, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
