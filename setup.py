"""Finds the packages, so that nobody edits a list of them; everything else is in pyproject.toml."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["sensor*", "parsers*"]), "sensor._fingerprints"])
