"""The front door: command line, daemon and demo; the only place that knows all rooms."""
