"""Conditions over the keys of an association: declared protections, and how general-ciphering tells its key."""

from __future__ import annotations

from conformance.device.model import AssociationSettings, KeyEstablishment, Protection
from conformance.harness.applicability import Condition

UNDER_GLOBAL_KEY = (Protection.GLO, Protection.GENERAL_GLO)
UNDER_DEDICATED_KEY = (Protection.DED, Protection.GENERAL_DED)
_KEYED = (Protection.GENERAL_CIPHERING, Protection.GENERAL_CIPHERING_SIGNED)


def declares(*wanted: Protection) -> Condition:
    """One of these stands among the declared protections."""
    words = " or ".join(wanted)
    return Condition(
        f"{words} among the declared protections",
        lambda claim: first_of(claim.association, *wanted) is not None,
    )


def first_of(settings: AssociationSettings, *wanted: Protection) -> Protection | None:
    """The first declared protection of these; None where none is declared."""
    return next((form for form in settings.protections if form in wanted), None)


def key_told_as(*wanted: KeyEstablishment) -> Condition:
    """general-ciphering uses a key of one of these kinds."""
    words = " or ".join(wanted)
    return Condition(f"general_ciphering_key {words}", lambda claim: claim.association.general_ciphering_key in wanted)


general_ciphering = declares(*_KEYED)
general_signing = declares(Protection.GENERAL_SIGNING)
signed_then_ciphered = declares(Protection.GENERAL_CIPHERING_SIGNED)
identified_key = key_told_as(KeyEstablishment.IDENTIFIED)
wrapped_key = key_told_as(KeyEstablishment.WRAPPED)
one_pass_key = key_told_as(KeyEstablishment.ONE_PASS)
static_key = key_told_as(KeyEstablishment.STATIC_UNIFIED)
established_key = key_told_as(KeyEstablishment.WRAPPED, KeyEstablishment.ONE_PASS, KeyEstablishment.STATIC_UNIFIED)
embedded = Condition("the embedded meter", lambda claim: claim.device.embedded is not None, of_device=True)
