"""The companion profile that a device config names: one of the package, or a file of the lab's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath

from conformance.cosem.companion import Companion
from conformance.cosem.companion_profiles import CompanionError, is_path, load, names, packaged
from conformance.device.document import Document
from conformance.device.problems import Problem

_MOST_TOLD = 20
"""Problems of a profile that are told at once."""


def chosen(name: str | None, file: str) -> Companion | None:
    """The profile that `companion = name` in the device config `file` means; a path counts from that file's folder.

    Raises:
        KeyError: the package has none of this name.
        CompanionError: it is broken, or there is no such file.
    """
    if name is None:
        return None
    return load(FilePath(file).parent / name) if is_path(name) else packaged(name)


def companion_problems(document: Document) -> Iterator[Problem]:
    """What is wrong with `companion` and `companion_options`; nothing of what is of a wrong type, which is told."""
    name, options = document.value(("companion",)), document.value(("companion_options",))
    if name is None and options:
        message = "without companion there is nothing that options speak of; name a profile, or remove them"
        yield document.problem(("companion_options",), message)
    if not isinstance(name, str) or not name:
        return
    try:
        profile = chosen(name, document.file)
    except KeyError:
        message = "no companion profile has this name; name one, or the path of a file of your own, ending in .toml"
        yield document.problem(("companion",), message, allowed=names())
        return
    except CompanionError as error:
        for problem in error.problems[:_MOST_TOLD]:
            place = f"{problem.place}: " if problem.place else ""
            if not problem.line:
                yield document.problem(("companion",), f"{place}{problem.message}")
            else:
                yield Problem(file=problem.file, line=problem.line, message=f"{place}{problem.message}")
        return
    if profile is not None and isinstance(options, list):
        for index, option in enumerate(options):
            if isinstance(option, str) and option not in profile.options:
                message = f"the profile {profile.name} has no such option"
                yield document.problem(("companion_options", index), message, allowed=tuple(profile.options))
