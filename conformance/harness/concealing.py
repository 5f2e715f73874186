"""Keeping secrets out of logs and of exceptions of fixtures, which others write down before any report is made."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Generator
from functools import wraps
from typing import Any

import pytest

from conformance.record.redaction import Redactor


class Concealer:
    """Redacts what is logged while an item runs, and the exceptions that fixtures end with."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Log records are redacted as they are made, whoever takes them: the log file and the live log of pytest."""
        make = logging.getLogRecordFactory()

        def redacted(*arguments: Any, **more: Any) -> logging.LogRecord:
            return self._concealed(make(*arguments, **more))

        logging.setLogRecordFactory(redacted)
        try:
            return (yield)
        finally:
            logging.setLogRecordFactory(make)

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

    def _concealed(self, record: logging.LogRecord) -> logging.LogRecord:
        """The record with its message made, and nothing in it that holds a secret."""
        try:
            record.msg = self._redactor.text(record.getMessage())
        except (TypeError, ValueError):
            # Arguments that do not fit their message: whoever writes the record says so, and shows them.
            record.msg = self._redactor.text(f"{record.msg} {record.args!r}")
        record.args = ()
        if record.exc_info and record.exc_info[0] is not None:
            # A formatter takes a text that is there.
            record.exc_text = self._redactor.text("".join(traceback.format_exception(*record.exc_info)))
        if record.stack_info:
            record.stack_info = self._redactor.text(record.stack_info)
        return record

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
