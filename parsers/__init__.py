"""One file per protocol: sans-IO readers that take bytes and yield events (see `parsers.api`)."""
