"""What a companion profile wants of the associations of a meter."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.cosem.companion import CONTEXTS, MECHANISMS, AssociationRow
from conformance.device.model import AssociationSettings
from conformance.dlms.xdlms.conformance import describe as described
from conformance.harness.companion_rows import CompanionRows, profile_of, told
from conformance.harness.trial import Trial
from conformance.tester.association import PreambleFailed


def judge_association(subtest: Trial) -> None:
    """Judge context, mechanism and negotiated conformance of the subtest's association.

    Raises:
        Failed: it is not as the profile wants it, or does not open.
        Inapplicable: the profile does not speak of it.
    """
    rows = CompanionRows.of(subtest.bench.device, subtest.settings)
    if not rows.associations:
        subtest.inapplicable(
            f"association {subtest.settings.name}: {rows.profile.name} does not speak of client SAP "
            f"{subtest.settings.client_sap} at logical device {subtest.settings.logical_device}"
        )
    for row in rows.associations:
        with subtest.each(row.role):
            _declared_as_wanted(subtest, row)
            _opens(subtest, row, subtest.settings)


def judge_association_set(subtest: Trial) -> None:
    """Judge that each association that the profile makes mandatory is declared and opens.

    Raises:
        Failed: at least one is missing.
        Inapplicable: the profile makes none mandatory.
    """
    device = subtest.bench.device
    profile = profile_of(device)
    rows = [row for row in profile.associations_for(device.companion_options) if row.mandatory]
    if not rows:
        subtest.inapplicable(f"{profile.name} makes no association mandatory for a meter with these options")
    for row in rows:
        with subtest.each(row.role):
            found = [one for one in device.associations if row.knows(one.client_sap, one.logical_device)]
            subtest.check(
                bool(found),
                expected=f"{told(profile, row)}: an association for client SAP {_listed(row.client_saps)}",
                observed=f"the device config declares {', '.join(one.name for one in found) or 'none'}",
            )
            for settings in found:
                _established(subtest, row, settings)


def _declared_as_wanted(subtest: Trial, row: AssociationRow) -> None:
    settings, profile = subtest.settings, profile_of(subtest.bench.device)
    for what, legal, known, declared in (
        ("application context", row.contexts, CONTEXTS, settings.context),
        ("mechanism", row.mechanisms, MECHANISMS, settings.mechanism),
    ):
        subtest.check(
            not legal or int(declared) in {int(known[word]) for word in legal},
            expected=f"{what} {' or '.join(sorted(legal)) or 'of any kind'}: {told(profile, row)}",
            observed=f"association {settings.name} is declared with {what} {declared.label} ({int(declared)})",
        )


def _established(subtest: Trial, row: AssociationRow, settings: AssociationSettings) -> None:
    profile = profile_of(subtest.bench.device)
    association = subtest.another(settings.name)
    try:
        association.establish()
    except PreambleFailed as failed:
        subtest.check(
            False,
            expected=f"that it opens: {told(profile, row)}",
            observed=f"association {settings.name}, client SAP {settings.client_sap}: {failed}",
        )
    subtest.check(True, expected="that it opens", observed=f"association {settings.name} opens")
    association.close()


def _opens(subtest: Trial, row: AssociationRow, settings: AssociationSettings) -> None:
    profile = profile_of(subtest.bench.device)
    association = subtest.association
    try:
        association.establish()
    except PreambleFailed as failed:
        subtest.fail(f"association {settings.name}: {failed}; {told(profile, row)} wants it")
    if association.negotiated is None:
        return
    given = frozenset(bit.label for bit in association.negotiated.negotiated_conformance)
    lacking = sorted(row.conformance - given)
    subtest.check(
        not lacking,
        expected=f"{', '.join(sorted(row.conformance)) or 'no bit in particular'}: {told(profile, row)}",
        observed=f"negotiated: {described(association.negotiated.negotiated_conformance)}"
        + (f"; lacking: {', '.join(lacking)}" if lacking else ""),
    )


def _listed(numbers: Iterable[int]) -> str:
    return " or ".join(map(str, sorted(numbers)))
