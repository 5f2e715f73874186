"""Judging whom a meter trusts and as whom it signs: requests in general-signing, under this key or that one."""

from __future__ import annotations

from dataclasses import replace

from conformance.device.model import AssociationSettings, Protection
from conformance.dlms.security.secret import Secret
from conformance.harness.openings import NOT_SERVED
from conformance.harness.trial import Trial
from conformance.tester.accepted_protection import answered_alike
from conformance.tester.association import Association
from conformance.tester.general_request import heading, signed
from conformance.tester.liveness import question
from conformance.tester.stimulus import raw


def trusted(subtest: Trial, association: Association, title: str, key: Secret | None = None) -> None:
    """Judge that a request signed by the client's key, or by `key`, is served in an APDU that the meter has signed.

    Raises:
        Failed: it is not.
    """
    with subtest.step(f"{title}: a signed request is served"):
        octets = _signed(association, key)
        reaction = association.request(raw(octets, "request in general-signing"))
        subtest.judge(reaction, answered_alike(octets, association.security), association=association)


def not_trusted(subtest: Trial, association: Association, title: str, key: Secret | None = None) -> None:
    """Judge that a request signed by the client's key, or by `key`, is refused.

    Raises:
        Failed: it is served.
    """
    with subtest.step(f"{title}: a signed request is refused"):
        reaction = association.request(raw(_signed(association, key), "request in general-signing"))
        subtest.judge(reaction, NOT_SERVED, association=association)


def signs_with(settings: AssociationSettings, public: bytes) -> AssociationSettings:
    """The association of a meter that signs with another key than the declared one."""
    return replace(settings, server_signature_key=public)


def signing_is_declared(settings: AssociationSettings) -> bool:
    """Whether requests in general-signing can be made and their replies verified."""
    keys = (settings.signing_key, settings.server_signature_key)
    return Protection.GENERAL_SIGNING in settings.protections and None not in keys


def _signed(association: Association, key: Secret | None) -> bytes:
    return signed(association.security, question(association).octets, heading(association.security), key)
