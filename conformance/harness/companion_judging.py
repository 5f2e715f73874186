"""What a companion profile wants of the object_list of an association: objects, and rights to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from conformance.cosem.access_rights import AttributeRights
from conformance.cosem.class_tables import class_version
from conformance.cosem.companion import ObjectRow, Wish
from conformance.harness.companion_rows import CompanionRows, fitting, named, told
from conformance.harness.object_survey import ObjectSurvey, surveyed
from conformance.harness.standing_association import StandingAssociation
from conformance.harness.trial import Trial

Judge = Callable[[ObjectRow, CompanionRows, ObjectSurvey], None]


def judge_objects(subtest: Trial, *, mandatory: bool) -> None:
    """Judge that the objects of the rows are listed with class and version.

    Args:
        subtest: in whose association.
        mandatory: the rows whose objects must be there; otherwise those that count where something has their name.

    Raises:
        Failed: at least one is not; the others were looked at all the same.
        Inapplicable: no row counts in this association.
    """
    wanted, survey = rows_and_survey(subtest)
    rows = [row for row in wanted.objects if row.mandatory is mandatory]
    if not mandatory:
        rows = [row for row in rows if named(row, survey)]
    each_row(subtest, rows, wanted, survey, partial(_present, subtest))


def judge_rights(subtest: Trial, *, wanted: bool) -> None:
    """Judge the rights of the objects that are there: those that must be given, or those that must not.

    Raises:
        Failed, Inapplicable: as for `judge_objects`; an object that is not there is no matter of rights.
    """
    counted, survey = rows_and_survey(subtest)
    rows = [
        row
        for row in counted.objects
        if any(one.rights_told for one in fitting(row, survey)) and _asked(row, counted.roles, wanted=wanted)
    ]
    each_row(subtest, rows, counted, survey, partial(_rights, subtest, wanted))


def rows_and_survey(subtest: Trial, standing: StandingAssociation | None = None) -> tuple[CompanionRows, ObjectSurvey]:
    """The rows that count in the subtest's association, and its objects.

    Raises:
        Inconclusive, PreambleFailed: the object_list cannot be read.
    """
    return CompanionRows.of(subtest.bench.device, subtest.settings), surveyed(subtest, standing)


def each_row(
    subtest: Trial, rows: Iterable[ObjectRow], wanted: CompanionRows, survey: ObjectSurvey, judge: Judge
) -> None:
    """Judge every row as a step of its own.

    Raises:
        Inapplicable: there is no row.
    """
    judged = 0
    for row in rows:
        judged += 1
        with subtest.each(f"{row.name}, {row.instance}"):
            judge(row, wanted, survey)
    if not judged:
        subtest.inapplicable(
            f"association {subtest.settings.name}: {wanted.profile.name} has no such row for it as "
            f"{', '.join(sorted(wanted.roles))}, or the object_list none of its objects"
        )


def _present(subtest: Trial, row: ObjectRow, wanted: CompanionRows, survey: ObjectSurvey) -> None:
    found = named(row, survey)
    listed = ", ".join(f"{one} as class {one.class_id} version {one.version}" for one in found[:4])
    subtest.check(
        any(row.fits(one.class_id, one.version) for one in found),
        expected=f"{row.kind}: {told(wanted.profile, row)}",
        observed=f"the object_list of association {survey.association} has {listed or f'no {row.instance}'}",
    )


def _asked(row: ObjectRow, roles: Iterable[str], *, wanted: bool) -> bool:
    wishes = [wish for _, wish in row.wishes(roles).values()]
    if wanted:
        return any(wish.wants_read or wish.wants_write for wish in wishes)
    return any(wish.forbids_read or wish.forbids_write for wish in wishes)


def _rights(subtest: Trial, wanted: bool, row: ObjectRow, rows: CompanionRows, survey: ObjectSurvey) -> None:
    for listed in fitting(row, survey):
        for index, (_, wish) in row.wishes(rows.roles).items():
            definition = class_version(listed.class_id, listed.version)
            if not listed.rights_told or definition is None or not any(a.index == index for a in definition.attributes):
                continue
            given = listed.attribute_rights.get(index)
            wrong = _missing(wish, given) if wanted else _excess(wish, given)
            shown = "no right" if given is None else f"access_mode {given.mode} ({_words(given)})"
            subtest.check(
                not wrong,
                expected=f"{wish}: {told(rows.profile, row)}",
                observed=f"{listed} attribute {index} has {shown} in association {survey.association}"
                + (f": {wrong}" if wrong else ""),
            )


def _missing(wish: Wish, given: AttributeRights | None) -> str:
    lacks = []
    if wish.wants_read and not (given is not None and given.read):
        lacks.append("read")
    if wish.wants_write and not (given is not None and given.write):
        lacks.append("write")
    return f"the right to {' and '.join(lacks)} is missing" if lacks else ""


def _excess(wish: Wish, given: AttributeRights | None) -> str:
    extra = []
    if wish.forbids_read and given is not None and given.read:
        extra.append("read")
    if wish.forbids_write and given is not None and given.write:
        extra.append("write")
    return f"the right to {' and '.join(extra)} must not be given" if extra else ""


def _words(given: AttributeRights) -> str:
    return " and ".join(word for word, holds in (("read", given.read), ("write", given.write)) if holds) or "no access"
