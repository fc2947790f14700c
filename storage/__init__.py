"""The memory: the only room with SQL."""
