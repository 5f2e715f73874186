"""What each command of `dlms-conformance` does; `cli` puts them together."""
