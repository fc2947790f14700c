"""The house manager: settings, wiring, command line, the one-command stack."""
