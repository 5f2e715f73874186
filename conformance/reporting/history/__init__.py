"""The history: the verdicts of every night in one file, and what can be read from them."""
