"""Values read together by one request and one by one: which objects of an association are asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.cosem.class_tables import class_version
from conformance.cosem.listed_objects import ListedObject
from conformance.cosem.names import CURRENT_ASSOCIATION, ClassId
from conformance.dlms.xdlms.initiate import SN_VAA_NAME
from conformance.harness.inquiry import BULKY
from conformance.harness.listed_values import ListedValues
from conformance.harness.lists import Held, Reference, asking, judge_results, singly
from conformance.harness.object_access import descriptor, short_name
from conformance.tester.list_transfer import ask

Choice = Callable[[ListedValues], list[Reference]]
TEN = 10
_FIRST_ATTRIBUTES = 4
_MOST_LOOKED_AT = 500
_RUNNING = frozenset((ClassId.CLOCK, ClassId.ASSOCIATION_LN, ClassId.ASSOCIATION_SN, ClassId.SECURITY_SETUP))
"""Classes whose values change with time or with each request, or are long: not among ten values."""
_OBJECT_LIST = 2


def ten_values(values: ListedValues) -> list[Reference]:
    """Attribute 2 of ten objects, then other attributes; the Clock and what may be long left out."""
    first = [one for listed in _usual(values) for one in _references(values, listed, (2,))]
    further = [one for listed in _usual(values) for one in _references(values, listed, (1, 3))]
    found = list(dict.fromkeys([*first, *further]))[:TEN]
    if len(found) < TEN:
        values.subtest.inapplicable(
            f"association {values.survey.association}: only {len(found)} attributes can be read that are short and "
            f"do not run on; {TEN} are needed"
        )
    return found


def short_with_long(values: ListedValues) -> list[Reference]:
    """A short value, the long one of targets.long_readable or the object_list, and the short one of another object."""
    shorts = [one for listed in _usual(values) for one in _references(values, listed, (1,))][:2]
    if not shorts:
        values.subtest.inapplicable(f"association {values.survey.association}: no short attribute can be read")
    return [shorts[0], _long(values), shorts[-1]]


def first_attributes(values: ListedValues) -> list[Reference]:
    """The first four attributes of the first object that has as many, which may be read and do not run on."""
    wanted = range(1, _FIRST_ATTRIBUTES + 1)
    candidates = (_references(values, listed, wanted) for listed in _usual(values))
    found = next((one for one in candidates if len(one) == _FIRST_ATTRIBUTES), None)
    if found is None:
        values.subtest.inapplicable(
            f"association {values.survey.association}: no object has four attributes that can be read, are short and "
            "do not run on"
        )
    return found


def judge_together(values: ListedValues, choice: Choice) -> None:
    """Read each by itself, all by one request, and each again: the list has the same values in the same order.

    Raises:
        Failed: it has not.
        Inapplicable: the association has not the objects for it.
    """
    references = choice(values)
    subtest, association = values.subtest, values.standing.established()
    before = singly(subtest, association, references)
    with subtest.step(f"{len(references)} values by one request"):
        listed = ask(association, asking(references))
    after = singly(subtest, association, references)
    judge_results(subtest, references, listed, {one: Held(before[one], after[one]) for one in before})


def _usual(values: ListedValues) -> Sequence[ListedObject]:
    objects = values.survey.objects[:_MOST_LOOKED_AT]
    return [one for one in objects if one.class_id not in _RUNNING]


def _references(values: ListedValues, listed: ListedObject, indices: Sequence[int]) -> list[Reference]:
    """Those of the attributes that this client may read and that have a name."""
    version = class_version(listed.class_id, listed.version)
    found: list[Reference] = []
    for index in indices:
        definition = None if version is None else version.attribute(index)
        if definition is None or (listed.class_id, index) in BULKY or not values.reachable(listed, index):
            continue
        if listed.base_name is None:
            found.append(descriptor(listed, index))
        else:
            name = short_name(listed, definition)
            found += [] if name is None else [name]
    return found


def _long(values: ListedValues) -> Reference:
    settings = values.subtest.settings
    target = settings.targets.long_readable
    if not settings.short_names:
        own = values.named(ClassId.ASSOCIATION_LN, CURRENT_ASSOCIATION)
        if target is not None or own is None:
            return target if target is not None else values.subtest.inapplicable("there is no long attribute to read")
        return descriptor(own, _OBJECT_LIST)
    named = None if target is None else settings.short_name(target)
    return SN_VAA_NAME + 8 if named is None else named
