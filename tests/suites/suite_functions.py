"""The cases of a suite with the functions that play them, so that tests can play them one by one."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

from conformance.harness.case import ATTRIBUTE, Case
from conformance.harness.trial import Trial

ROOT = Path(__file__).parents[2]
Functions = dict[str, tuple[Case, Callable[[Trial], None]]]


def functions(group: str, *modules: str) -> Functions:
    """By identifier, the cases of these modules of a suite; `*` in a module's name stands for anything."""
    paths = [path for module in modules for path in sorted((ROOT / "suites" / group).glob(f"{module}.py"))]
    assert paths, f"suites/{group} has no {', '.join(modules)}"
    found: Functions = {}
    for path in paths:
        spec = importlib.util.spec_from_file_location(f"{group}_suite_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for value in vars(module).values():
            case = getattr(value, ATTRIBUTE, None)
            if isinstance(case, Case):
                found[case.id] = (case, value)
    return found
