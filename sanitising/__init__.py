"""What a file really is, and the same file without what could harm: the only room that opens strangers' files.

The opening is done in a process of its own that sees no key, no database and no network; see `forge.py`.
"""
