"""The garbage collector, told what a run is like: hundreds of thousands of objects that live to its end, few cycles."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial

OBJECTS = 50_000
"""New objects after which cycles are looked for; Python's own 700 costs a third of a run and frees no memory."""


def make_patient() -> Callable[[], None]:
    """Let the collector look for cycles less often in this process; what is given puts it back as it was."""
    before = gc.get_threshold()
    if before[0]:
        gc.set_threshold(max(OBJECTS, before[0]), *before[1:])
    return partial(gc.set_threshold, *before)
