"""The environment of the processes that test the meters: what Python has compiled once is kept for all of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def child_environment(state: Path) -> dict[str, str]:
    """The environment of this process, with a place for bytecode in the state directory where Python keeps none.

    Images for containers often say so (PYTHONDONTWRITEBYTECODE). A night starts a process for each meter, and each
    would compile all modules again, which takes longer than many a test.
    """
    environment = dict(os.environ)
    if sys.dont_write_bytecode and not sys.pycache_prefix:
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPYCACHEPREFIX"] = str(state / "bytecode")
    return environment
