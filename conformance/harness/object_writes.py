"""Whether what an object_list lets a client write is taken: each value is written back as it was read."""

from __future__ import annotations

from conformance.cosem.listed_objects import ListedObject
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.harness.inquiry import Attribute, Inquiry, nothing_to_ask
from conformance.harness.object_access import last_frame, write_attribute
from conformance.harness.object_exceptions import not_written
from conformance.tester.accepted_services import access_result_of
from conformance.tester.seen import access_result, seen


def judge_writeable(inquiry: Inquiry) -> None:
    """Write every attribute back that may be read and written; it is taken, and holds the same afterwards.

    Raises:
        Inapplicable: there is none, or none that may be written without harm.
        PreambleFailed, Inconclusive: the association is lost for good.
    """
    asked, spared = 0, set[str]()
    for listed in inquiry.objects:
        wanted = []
        for attribute in inquiry.attributes(listed):
            if inquiry.may_write(listed, attribute) and inquiry.may_read(listed, attribute):
                reason = _spared(inquiry, attribute)
                if reason is None:
                    wanted.append(attribute)
                else:
                    spared.add(f"{attribute} ({reason})")
        if wanted:
            asked += len(wanted)
            with inquiry.subtest.each(str(listed)):
                for attribute in wanted:
                    _judge_written_back(inquiry, listed, attribute)
    if not asked:
        told = f" but {', '.join(sorted(spared))}" if spared else ""
        nothing_to_ask(inquiry, f"the object_list lets no attribute be read and written{told} of")


def _spared(inquiry: Inquiry, attribute: Attribute) -> str | None:
    """Why an attribute is not written back; None where it is."""
    if attribute.definition is None:
        return "the manufacturer's"
    if inquiry.bulky(attribute):
        return "long"
    return not_written().get((inquiry.definition.class_id, attribute.index))


def _judge_written_back(inquiry: Inquiry, listed: ListedObject, attribute: Attribute) -> None:
    subtest = inquiry.subtest
    before = inquiry.read(listed, attribute)
    if not isinstance(before.result, Data):
        told = before.failure if before.result is None else access_result(before.result)
        subtest.check(
            False,
            expected=f"{attribute} is served",
            observed=f"{attribute}: {told}",
            frame=before.frame,
            path=before.path,
        )
        return
    reaction = write_attribute(inquiry.standing, listed, attribute.index, attribute.name, before.result)
    result = access_result_of(reaction)
    subtest.check(
        result == DataAccessResult.SUCCESS,
        expected=f"{attribute}: success when {describe(before.result)} is written back",
        observed=f"{attribute}: {seen(reaction)}",
        frame=last_frame(subtest.tape),
        path="write-response" if listed.base_name is not None else "set-response.result",
    )
    after = inquiry.read(listed, attribute)
    if after.result != before.result and _counts_on(inquiry, listed, attribute):
        return
    if after.result != before.result:
        _put_back(inquiry, listed, attribute, before.result)
    shown = describe(after.result) if isinstance(after.result, Data) else after.failure or str(after.result)
    subtest.check(
        after.result == before.result,
        expected=f"{attribute} holds {describe(before.result)}, as was written",
        observed=f"{attribute} holds {shown}",
        frame=after.frame,
        path=after.path,
    )


def _counts_on(inquiry: Inquiry, listed: ListedObject, attribute: Attribute) -> bool:
    """Whether a value that the metering process sets changes by itself: two more readings differ."""
    if attribute.definition is None or attribute.definition.kind == "static":
        return False
    first, second = inquiry.read(listed, attribute).result, inquiry.read(listed, attribute).result
    return isinstance(first, Data) and isinstance(second, Data) and first != second


def _put_back(inquiry: Inquiry, listed: ListedObject, attribute: Attribute, value: Data) -> None:
    """Write once more what was there; what comes of it changes no verdict."""
    write_attribute(inquiry.standing, listed, attribute.index, attribute.name, value)
    if inquiry.read(listed, attribute).result != value:
        inquiry.subtest.bench.notes.append(
            f"{inquiry.survey.association}: class {listed.class_id} {listed} {attribute} may not hold "
            f"{describe(value)} any more"
        )
