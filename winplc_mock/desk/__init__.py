"""The desk: plain pages where staff read, answer, decide and confirm by hand."""
