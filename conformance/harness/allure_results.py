"""What allure-pytest writes of an item, made to agree with what is drawn from the run record: one history for both."""

from __future__ import annotations

from typing import Final

import allure_commons
from allure_commons.model2 import Label, Link, Parameter, StatusDetails, TestResult
from pydantic import JsonValue

from conformance.record import allure_identity
from conformance.record.journal import Item

_OF_THE_FILE: Final = frozenset(("package", "testClass", "testMethod", "thread"))
"""Labels that say where the test function stands and ran, which means nothing to a reader of verdicts."""
_OUR_MARKER: Final = "dlms_case"


class AllureResults:
    """Hears each result before it is written, and gives it the status, labels and identifiers of its verdict."""

    def __init__(self) -> None:
        self._line: dict[str, JsonValue] | None = None
        self._spoilt = False

    def judged(self, line: dict[str, JsonValue]) -> None:
        """The item that runs has this line in the journal."""
        self._line, self._spoilt = line, False

    def spoilt(self) -> None:
        """Its teardown failed: the status stays what pytest makes of that."""
        self._spoilt = True

    @allure_commons.hookimpl(tryfirst=True)
    def report_result(self, result: TestResult) -> None:
        """Called once for each result, behind everything that pytest says of the item."""
        line, self._line = self._line, None
        if line is not None:
            _agree(result, Item.model_validate(line), keep_status=self._spoilt)


def _agree(result: TestResult, item: Item, *, keep_status: bool) -> None:
    case, subtest = item.case, item.subtest
    result.historyId = allure_identity.history_id(case, subtest.number)
    result.testCaseId = allure_identity.test_case_id(case, subtest.number)
    result.fullName = allure_identity.full_name(case, subtest.number)
    result.name = allure_identity.name(case, subtest)
    result.titlePath = allure_identity.title_path(case)
    result.parameters = [Parameter(name=name, value=value) for name, value in allure_identity.parameters(case).items()]
    known = {link.url for link in result.links}
    result.links += [
        Link(type="clause", url=url, name=name) for name, url in allure_identity.links(case) if url not in known
    ]
    worker = item.worker if subtest.frames is not None else ""
    ours = [Label(name=name, value=value) for name, value in allure_identity.labels(case, subtest, worker=worker)]
    taken = {label.name for label in ours} - {"tag"} | _OF_THE_FILE
    added = (
        label for label in result.labels if label.name not in taken and not str(label.value).startswith(_OUR_MARKER)
    )
    result.labels = [*ours, *added]
    if not keep_status:
        result.status = allure_identity.STATUSES[subtest.verdict]
        trace = result.statusDetails.trace if result.statusDetails is not None else None
        result.statusDetails = StatusDetails(
            known=True if subtest.excused else None,
            message=f"{allure_identity.head_of_message(subtest)}: {subtest.reason or subtest.observed}",
            trace=trace,
        )
