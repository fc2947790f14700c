"""Pages for people without an app: plain HTML that works without JavaScript."""
