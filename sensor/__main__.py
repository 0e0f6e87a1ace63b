"""`python -m sensor`."""

from __future__ import annotations

from sensor.cli.main import main

main()
