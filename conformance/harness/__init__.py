"""The pytest side: cases, subtests, applicability, verdicts, fixtures, recording, scheduling."""
