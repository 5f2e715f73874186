"""A file that a command writes: never over another one unless told to, and whole or not at all."""

from __future__ import annotations

from pathlib import Path

from conformance.commands.problems import UsageProblem


def check_free(path: Path | None, *, force: bool) -> None:
    """Refuse a file that is there already, before anything is done.

    Raises:
        UsageProblem: it is there and may not be overwritten, or can never be written.
    """
    if path is None:
        return
    if path.is_dir():
        raise UsageProblem(f"--out {path}: is a directory; name a file in it")
    if path.exists() and not force:
        raise UsageProblem(f"--out {path}: is there already; add --force to overwrite it, or name another")
    if not path.absolute().parent.is_dir():
        raise UsageProblem(f"--out {path}: there is no directory {path.absolute().parent}")


def write_new(path: Path, text: str) -> None:
    """Write a file whole.

    Raises:
        UsageProblem: it cannot be written.
    """
    draft = path.with_name(f".{path.name}.tmp")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UsageProblem(f"--out {path}: cannot be written: {error.strerror or error}") from None
