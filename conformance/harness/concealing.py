"""Keeping secrets out of exceptions of fixtures, which other plugins write down before any report is made."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import wraps

import pytest

from conformance.record.redaction import Redactor


class Concealer:
    """Redacts the exceptions that fixtures end with, before another plugin sees them."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
        """When a fixture is set up, and, since its finalizers are known then, when it is torn down."""
        try:
            return (yield)
        except Exception as error:
            self._conceal(error)
            raise
        finally:
            finalizers: list[Callable[[], object]] = getattr(fixturedef, "_finalizers", [])
            finalizers[:] = [self._concealing(finalizer) for finalizer in finalizers]

    def _concealing(self, finalizer: Callable[[], object]) -> Callable[[], object]:
        if hasattr(finalizer, "dlms_conceals"):
            return finalizer

        @wraps(finalizer, updated=())
        def run() -> object:
            try:
                return finalizer()
            except Exception as error:
                self._conceal(error)
                raise

        run.dlms_conceals = True  # type: ignore[attr-defined]
        return run

    def _conceal(self, error: BaseException) -> None:
        """Redact the arguments of an exception, and of those that led to it."""
        known: set[int] = set()
        led: BaseException | None = error
        while led is not None and id(led) not in known:
            known.add(id(led))
            led.args = tuple(map(self._redacted, led.args))
            led = led.__cause__ or led.__context__

    def _redacted(self, argument: object) -> object:
        said = argument if isinstance(argument, str) else repr(argument)
        shown = self._redactor.text(said)
        return argument if shown == said else shown
