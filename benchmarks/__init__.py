"""What the portal costs: measured on real processes, beside a plain version of the same work."""
