"""Stores of files for tests: in memory, and a folder on a disk that can be full."""

import errno
import os

from identity.outcomes import FileMissingError


class MemoryStore:
    """A file store that forgets everything with the test."""

    def __init__(self):
        self.kept = {}

    def put(self, name, pieces):
        self.kept[name] = b"".join(pieces)

    def open(self, name):
        if name not in self.kept:
            raise FileMissingError
        return iter([self.kept[name]])

    def delete(self, name):
        self.kept.pop(name, None)

    def names(self):
        return iter(list(self.kept))


class Disk:
    """How a folder writes: until `room` bytes are used up."""

    def __init__(self, room=1 << 40, code=errno.ENOSPC):
        self.room, self.code = room, code

    def __call__(self, descriptor, piece):
        if len(piece) > self.room:
            raise OSError(self.code, "no")
        self.room -= len(piece)
        return os.write(descriptor, piece)
