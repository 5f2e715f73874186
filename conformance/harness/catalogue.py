"""Every case of the suites, without a meter and without running anything: for `list`, `explain` and the tests."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from conformance.device.content import content_directory
from conformance.harness.case import ATTRIBUTE, Case

if TYPE_CHECKING:
    from conformance.harness.trial import Trial


class CatalogueError(Exception):
    """A suite that cannot be read: the message names the file."""


def cases(directory: Path | None = None) -> dict[str, Case]:
    """Every case by its identifier, in the order of files and functions.

    Args:
        directory: of the suites; None takes the shipped ones.

    Raises:
        CatalogueError: a module cannot be imported, or an identifier stands twice.
    """
    found: dict[str, Case] = {}
    root = directory if directory is not None else content_directory("suites")
    for path in sorted(root.rglob("test_*.py")):
        for case in declared_in(path, root).values():
            if case.id in found:
                raise CatalogueError(f"{path}: case {case.id} is declared twice")
            found[case.id] = case
    return found


@cache
def functions() -> Mapping[str, tuple[Case, Callable[[Trial], object]]]:
    """Every shipped case with the function that carries it out, by its identifier.

    Raises:
        CatalogueError: a module cannot be imported.
    """
    root = content_directory("suites")
    found: dict[str, tuple[Case, Callable[[Trial], object]]] = {}
    for path in sorted(root.rglob("test_*.py")):
        for value in _functions_in(path, root).values():
            case = getattr(value, ATTRIBUTE)
            found[case.id] = case, value
    return MappingProxyType(found)


def declared_in(path: Path, root: Path) -> dict[str, Case]:
    """The cases of one module below `root`, by the names of their functions.

    Raises:
        CatalogueError: it cannot be imported.
    """
    return {name: getattr(value, ATTRIBUTE) for name, value in _functions_in(path, root).items()}


def _functions_in(path: Path, root: Path) -> dict[str, Callable[[Trial], object]]:
    name = ".".join(("dlms_suites", *path.relative_to(root).with_suffix("").parts))
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CatalogueError(f"{path}: cannot be read as a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise CatalogueError(f"{path}: cannot be imported ({type(error).__name__}: {error})") from error
    finally:
        sys.modules.pop(name, None)
    return {
        function: value
        for function, value in vars(module).items()
        if callable(value) and isinstance(getattr(value, ATTRIBUTE, None), Case)
    }
