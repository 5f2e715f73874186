"""The named types of one table, which may use one another in any order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.cosem.type_language import TypeExpression, TypeLanguageError, parse


@dataclass(slots=True)
class NamedTypes(Mapping[str, TypeExpression]):
    """Named types that are parsed when they are first asked for, so that their order in the file is free."""

    texts: dict[str, str]
    shared: Mapping[str, TypeExpression]
    enumerations: Mapping[str, Mapping[int, str]]
    parsed: dict[str, TypeExpression]
    open: list[str]

    def __getitem__(self, name: str) -> TypeExpression:
        if name in self.parsed:
            return self.parsed[name]
        text = self.texts.get(name)
        if text is None:
            return self.shared[name]
        if name in self.open:
            raise TypeLanguageError(text, 1, f"the named type {name!r} contains itself")
        self.open.append(name)
        try:
            self.parsed[name] = parse(text, self, self.enumerations)
        finally:
            self.open.pop()
        return self.parsed[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self.texts, **self.shared})

    def __len__(self) -> int:
        return len({**self.texts, **self.shared})
