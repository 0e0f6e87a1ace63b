"""Auscult: a passive inventory of the medical devices on a hospital network."""

__version__ = "0.1.0"
