"""The name under which a file is shown and saved: a plain one, whatever name it came with. It decides nothing."""

import re
import unicodedata

from sanitising.kinds import MADE_INTO, SUFFIXES, Kind

LONGEST_NAME = 100  # characters, without the suffix
NAMELESS = "fil"
_FOLDERS = re.compile(r"[/\\]")
_NOT_IN_NAMES = re.compile(r'[<>:"|?*;%&$`]')
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")


def plain_name(given: str, kind: Kind) -> str:
    """Return the name without folders, invisible and reversing characters, and with the suffix of what it is now."""
    last = _FOLDERS.split(unicodedata.normalize("NFC", given))[-1]
    seen = "".join(each for each in last if unicodedata.category(each) not in _INVISIBLE)
    stem = _NOT_IN_NAMES.sub("", seen).strip().rpartition(".")[0] or seen.strip().lstrip(".")
    stem = " ".join(_NOT_IN_NAMES.sub("", stem).replace(".", " ").split())[:LONGEST_NAME].strip()
    if not stem or _RESERVED.fullmatch(stem):
        stem = NAMELESS
    return f"{stem}.{SUFFIXES[MADE_INTO[kind]]}"
