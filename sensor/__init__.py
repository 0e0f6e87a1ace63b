"""Auscult: a passive inventory of the medical devices on a hospital network."""
