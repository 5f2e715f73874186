"""Whether methods that a class has not, and those that an object_list denies, are refused, and harmless ones served."""

from __future__ import annotations

from conformance.cosem.class_tables import class_version
from conformance.cosem.interface_class import ClassVersion, MethodDefinition
from conformance.cosem.listed_objects import ListedObject
from conformance.device.model import Permission
from conformance.harness.inquiry import Inquiry, nothing_to_ask
from conformance.harness.object_access import invocation, read_request, short_name
from conformance.harness.object_exceptions import HarmlessMethod, harmless_methods
from conformance.tester.accepted_blocks import written
from conformance.tester.accepted_methods import method_fails, method_succeeds
from conformance.tester.accepted_services import access_error, exception, refused, service_error
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.stimulus import Stimulus

_LAST_METHOD_ID = 127
_STEP = 8
"""Distance of two short names of one object."""
_REACH = 64 * _STEP
_NAME_REFUSED: Expectation = access_error() | tolerated(exception() | service_error())


def judge_methods(inquiry: Inquiry) -> None:
    """Invoke a method that the class has not on every object; it is refused. Then invoke those that do no harm.

    The unknown one is by logical name method 127, or the next below that neither class nor list names; by short name
    the name behind the last of the object's is read, unless it is another object's. The harmless ones are invoked only
    with the permission to write: they are refused where the list denies them, and else succeed.

    Raises:
        Inapplicable: there is nothing to invoke.
        PreambleFailed, Inconclusive: the association is lost for good.
    """
    asked, taken = 0, _names(inquiry)
    permitted = Permission.WRITES in inquiry.subtest.bench.device.permissions
    for listed in inquiry.objects:
        unknown = _unknown(inquiry, listed, taken)
        harmless = [one for one in inquiry.definition.methods if permitted and _expected(inquiry, listed, one)]
        if unknown is None and not harmless:
            continue
        asked += 1
        with inquiry.subtest.each(str(listed)):
            if unknown is not None:
                expected = _NAME_REFUSED if listed.base_name is not None else method_fails()
                _judge(inquiry, unknown, expected)
            for method in harmless:
                _judge_harmless(inquiry, listed, method)
    if not asked:
        nothing_to_ask(inquiry, "no unknown method can be named of")


def _judge(inquiry: Inquiry, request: Stimulus, expected: Expectation) -> None:
    reaction = inquiry.standing.request(request)
    inquiry.subtest.judge(reaction, expected, association=inquiry.standing.established())


def _judge_harmless(inquiry: Inquiry, listed: ListedObject, method: MethodDefinition) -> None:
    expected, harmless = _expected(inquiry, listed, method), _harmless(inquiry, method)
    assert expected is not None  # noqa: S101 - only methods with an expectation are asked for
    assert harmless is not None  # noqa: S101 - and they are all harmless
    name = short_name(listed, method)
    _judge(inquiry, invocation(listed, method.index, name, harmless.parameter), expected)


def _expected(inquiry: Inquiry, listed: ListedObject, method: MethodDefinition) -> Expectation | None:
    """What a harmless method must be met with; None where it is not invoked."""
    harmless, rights = _harmless(inquiry, method), listed.method_rights.get(method.index)
    by_name = listed.base_name is not None
    if harmless is None or rights is None or (by_name and (method.offset is None or harmless.parameter is None)):
        return None
    if not rights.access:
        return refused() if by_name else method_fails()
    if not harmless.invoked or not rights.demands.met_by(inquiry.offered):
        return None
    return written(0) if by_name else method_succeeds()


def _harmless(inquiry: Inquiry, method: MethodDefinition) -> HarmlessMethod | None:
    return harmless_methods().get((inquiry.definition.class_id, method.index))


def _unknown(inquiry: Inquiry, listed: ListedObject, taken: frozenset[int]) -> Stimulus | None:
    if listed.base_name is None:
        known = {one.index for one in inquiry.definition.methods} | set(listed.method_rights)
        index = next((index for index in range(_LAST_METHOD_ID, 0, -1) if index not in known), None)
        return None if index is None else invocation(listed, index, None, None)
    last = max(_offsets(inquiry.definition), default=None)
    name = None if last is None else short_name(listed, last + _STEP)
    return None if name is None or name in taken else read_request(listed, 0, name)


def _offsets(definition: ClassVersion) -> list[int]:
    """The distances of all short names of an object from its base name."""
    attributes = [one.offset for one in definition.attributes if one.offset is not None]
    return attributes + [one.offset for one in definition.methods if one.offset is not None]


def _names(inquiry: Inquiry) -> frozenset[int]:
    """The short names that the objects of the list have by the tables; near each whose class they do not hold, all."""
    names: set[int] = set()
    for one in inquiry.survey.objects if inquiry.subtest.settings.short_names else ():
        base, definition = one.base_name or 0, class_version(one.class_id, one.version)
        if definition is None:
            names.update(range(base, base + _REACH, _STEP))
        else:
            names.update(base + offset for offset in _offsets(definition))
    return frozenset(names)
