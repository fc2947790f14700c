"""The phrase library: texts that staff answer with again and again, each clinic's own."""

import re
import sqlite3

from winplc_mock.refusals import RefusedError

DEFAULTS = (
    ("tid", "Bestil en tid", "Dine symptomer skal undersøges. Bestil en tid hos os, gerne inden for en uge."),
    ("normal", "Normale prøvesvar", "Dine prøvesvar er normale. Du behøver ikke gøre mere."),
    ("vent", "Se tiden an", "Det går oftest over af sig selv. Skriv igen, hvis det ikke er bedre om en uge."),
    ("ring", "Ring til os", "Det kan vi ikke svare på skriftligt. Ring til os i telefontiden."),
)
"""What a clinic begins with, until it has phrases of its own."""

_KEY = re.compile(r"[a-z0-9-]{1,40}")


def plant_phrases(db: sqlite3.Connection, clinic: str) -> None:
    """Give a clinic without phrases the first ones."""
    if not all_phrases(db, clinic):
        for key, title, text in DEFAULTS:
            save_phrase(db, clinic, key, title, text)


def all_phrases(db: sqlite3.Connection, clinic: str) -> list[sqlite3.Row]:
    """The clinic's phrases, by title."""
    return db.execute("SELECT * FROM phrases WHERE clinic = ? ORDER BY title, key", (clinic,)).fetchall()


def phrase_text(db: sqlite3.Connection, clinic: str, key: str | None) -> str:
    """The text of a phrase; empty if none is chosen or it is gone."""
    row = db.execute("SELECT text FROM phrases WHERE clinic = ? AND key = ?", (clinic, key or "")).fetchone()
    return str(row["text"]) if row else ""


def save_phrase(db: sqlite3.Connection, clinic: str, key: str, title: str, text: str) -> None:
    """Write a phrase, in place of one of the same key.

    Raises:
        RefusedError: 422 ``content`` if the key is no short word in small letters, or title or text is empty.
    """
    if not (_KEY.fullmatch(key) and title.strip() and text.strip()):
        raise RefusedError(422, "content")
    db.execute(
        "INSERT INTO phrases (clinic, key, title, text) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET title = excluded.title, text = excluded.text",
        (clinic, key, title.strip(), text.strip()),
    )


def remove_phrase(db: sqlite3.Connection, clinic: str, key: str) -> None:
    """Remove a phrase; one that is gone already is no fault."""
    db.execute("DELETE FROM phrases WHERE clinic = ? AND key = ?", (clinic, key))
