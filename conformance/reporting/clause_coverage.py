"""Which clauses of which documents the cases of a run are about, and what came of them.

A case names its clauses in words, as in `IEC 62056-46, 6.4.2 MAC addressing; ISO/IEC 13239, FRMR response`.
What stands behind a second comma or a colon narrows a clause and is left out here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.record.verdict import Verdict, totals
from conformance.reporting.outline import Case, Group

UNNAMED = "no document named"
"""Stands for the document where a case names none."""
AS_A_WHOLE = "as a whole"
"""Stands for the clause where a case names a document only."""

_DOCUMENT = re.compile(r"(?:ISO/IEC|ISO|IEC|IEEE|IETF|RFC|NIST|FIPS|EN|DIN|BSI|DLMS UA)\b[^,:]*")
_NUMBER = re.compile(r"(\d+)")
_LONGEST = 2_000
"""Characters of a clause that are read."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause with the cases that are about it.

    Attributes:
        title: as the cases name it.
        cases: each once, in the order of the report.
        totals: number of their subtests by verdict.
    """

    title: str
    cases: tuple[Case, ...]
    totals: dict[Verdict, int]


@dataclass(frozen=True, slots=True)
class Document:
    """A standard with its clauses.

    Attributes:
        name: as the cases name it.
        clauses: by number, then by name.
        cases: how many cases are about it.
        totals: number of their subtests by verdict, each counted once.
    """

    name: str
    clauses: tuple[Clause, ...]
    cases: int
    totals: dict[Verdict, int]


def coverage(groups: Iterable[Group]) -> tuple[Document, ...]:
    """The documents that the cases of a report name; a case that names several clauses counts in each."""
    found: dict[str, dict[str, list[Case]]] = {}
    for group in groups:
        for case in group.cases:
            for document, title in dict.fromkeys(clauses_of(case.head.clause)):
                found.setdefault(document, {}).setdefault(title, []).append(case)
    named = sorted(found.items(), key=lambda item: (item[0] == UNNAMED, _natural(item[0])))
    return tuple(_document(name, titles) for name, titles in named)


def clauses_of(text: str) -> Iterator[tuple[str, str]]:
    """Document and title of each clause in what a case says of its clause; nothing where it says nothing."""
    document = UNNAMED
    for part in text[:_LONGEST].split(";"):
        said = " ".join(part.split())
        if not said:
            continue
        found = _DOCUMENT.match(said)
        if found is not None:
            document = found.group().strip()
            said = said[found.end() :].lstrip(" ,:")
        yield document, re.split(r"[:,]", said, maxsplit=1)[0].strip() or AS_A_WHOLE


def _document(name: str, titles: dict[str, list[Case]]) -> Document:
    clauses = tuple(
        Clause(title, tuple(cases), _totals(cases))
        for title, cases in sorted(titles.items(), key=lambda item: (item[0] != AS_A_WHOLE, _natural(item[0])))
    )
    every = {case.anchor: case for cases in titles.values() for case in cases}
    return Document(name, clauses, len(every), _totals(every.values()))


def _totals(cases: Iterable[Case]) -> dict[Verdict, int]:
    return totals(subtest.record.verdict for case in cases for run in case.runs for subtest in run.subtests)


def _natural(text: str) -> list[tuple[bool, int, str]]:
    """Sorts `6.4.2` before `6.4.10`, what begins with a number first, and capitals no differently."""
    parts = (part for part in _NUMBER.split(text.casefold()) if part)
    return [(False, int(part[:9]), "") if part.isdecimal() else (True, 0, part) for part in parts]
