"""Python's collector of cycles, which is in the way where very many values are made that hold none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collector() -> Iterator[None]:
    """Nothing is collected inside, unless nothing was before; reference counting goes on as always.

    Decoded values refer to what is inside them and to nothing else, so there are no cycles among them. The collector
    would walk all of them again and again while they are made: of 100,000 rows, for three quarters of the whole time.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
