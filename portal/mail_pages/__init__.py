"""The mail catcher's own rooms: its mailbox, its faults on demand, and its web pages."""
