"""The mock broker's own rooms: its people and codes, its tokens true and false, and its web pages."""
