"""Certificates. A package of its own, so that finding the parsers does not load the cryptography library (30 ms)."""
