"""Starts the process that opens files."""

from sanitising.forge import main

main()
