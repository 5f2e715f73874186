"""Conformance-test information files: their text syntax, and what of them a device config can hold."""
