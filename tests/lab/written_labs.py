"""Lab files for tests: small ones by hand, large ones by number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

HOSTILE = (
    "a: b #",
    "\"quoted\" 'name'",
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    "${{ secrets.TOKEN }}",
    "${{ '}}' }} ${CI_JOB_TOKEN}",
    "$[[ inputs.x ]]",
    "-x",
    "--out=elsewhere",
    "back\\slash \\u0027; x",
    "ü ö — 表 😀",
    "yes",
    "1e3",
    "12:30",
    "&anchor",
    "*alias",
    "!tag",
    "| block",
    "%d > {x} [y]",
    "a//b/../c",
    "trailing:",
)
"""Names that a careless writer of YAML, Groovy or shell takes for something else."""


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def lab_text(*tables: str, head: str = 'name = "Night lab"') -> str:
    """A lab file of some tables."""
    return "\n".join((f"[lab]\n{head}", *tables)) + "\n"


def line(name: str = "rs485-a", more: str = "") -> str:
    return f"[[line]]\nname = {_toml(name)}\n{more}"


def device(name: str = "m-1", line: str = "rs485-a", config: str = "simulator", more: str = "") -> str:
    entry = f'name = {_toml(name)}\nconfig = "{config}"\nline = {_toml(line)}\nprofile = "core"\n'
    return f"[[device]]\n{entry}{more}"


def profile(more: str = 'budget = "45m"') -> str:
    return f'[profile.core]\ncases = ["T_APPL_OPEN_*"]\n{more}'


def write_lab(directory: Path, *tables: str, head: str = 'name = "Night lab"') -> Path:
    path = directory / "lab.toml"
    path.write_text(lab_text(*tables, head=head), encoding="utf-8")
    return path


def write_halls(directory: Path, lines: int, *, meters: int = 1, names: Sequence[str] = (), benches: int = 2) -> Path:
    """A lab of so many lines with so many meters each, its benches in turn; the first lines have these names."""
    tables = [profile()]
    for number in range(1, benches + 1):
        tables.append(
            f'[[bench]]\nname = "hall-{number}"\nhost = "bench-pc-{number}"\ntags = ["meters", "hall-{number}"]\n'
        )
    for number in range(lines):
        name = names[number] if number < len(names) else f"rs485-{number + 1:03}"
        tables.append(line(name, f'bench = "hall-{number % benches + 1}"\n'))
        tables += [device(f"m-{number + 1}-{meter + 1}", name) for meter in range(meters)]
    return write_lab(directory, *tables, head='name = "Night lab"\nstate = "/var/lib/dlms-lab"')
