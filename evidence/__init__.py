"""How a history is proven: canonical bytes and hashes. Pure."""
