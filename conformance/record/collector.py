"""The garbage collector, told what a run is like: hundreds of thousands of objects that live to its end, few cycles."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

OBJECTS = 50_000
"""New objects after which cycles are looked for; Python's own 700 costs a third of a run and frees no memory."""


def make_patient() -> Callable[[], None]:
    """Let the collector look for cycles less often in this process; what is given puts it back as it was."""
    before = gc.get_threshold()
    if before[0]:
        gc.set_threshold(max(OBJECTS, before[0]), *before[1:])
    return partial(gc.set_threshold, *before)


@contextmanager
def paused() -> Iterator[None]:
    """Let the collector rest within: for work that makes many objects and no cycles, beside many that live on."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
