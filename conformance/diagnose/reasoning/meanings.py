"""What the diagnostics and error codes of a meter stand for, likely causes in the order of evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from conformance.diagnose.reasoning.statement import Sign


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a diagnostic stands for.

    Attributes:
        code: stable, kebab-case.
        message: what it means.
        suggestion: what to change.
    """

    code: str
    message: str
    suggestion: str

    @property
    def sign(self) -> Sign:
        """The kind of statement that it is."""
        return Sign(self.code, self.message.split(":")[0].rstrip("."), self.message, self.suggestion)


@dataclass(frozen=True, slots=True)
class Words:
    """What a part of an exception-response means, and what to change."""

    message: str
    suggestion: str


_UNUSED_FIELD = "Leave the component out of the AARQ, or give it the value that the meter's maker names."


def _unrecognized(component: str) -> Meaning:
    code = f"{component.lower()}-not-recognized"
    return Meaning(code, f"The {component} of the AARQ is not the one that the meter knows.", _UNUSED_FIELD)


USER_DIAGNOSTICS: Mapping[int, Meaning] = MappingProxyType(
    {
        1: Meaning(
            "association-refused-without-reason",
            "The meter gives no reason. Context (LN or SN, ciphered or not), mechanism or user-information differ from "
            "what this SAP expects.",
            "Compare context, mechanism, conformance and max_receive_pdu_size with the maker's documents for this "
            "client.",
        ),
        2: Meaning(
            "application-context-not-supported",
            "The meter does not serve the proposed application context to this client.",
            "Set context to the other of ln and sn, or to the same with or without -ciphered.",
        ),
        3: Meaning(
            "calling-ap-title-not-recognized",
            "The client's system title is absent, not of 8 octets, or not the one that the meter knows.",
            "Set client_system_title to the one registered in the meter.",
        ),
        4: _unrecognized("calling-AP-invocation-id"),
        5: _unrecognized("calling-AE-qualifier"),
        6: Meaning(
            "calling-ae-invocation-id-not-recognized",
            "The client user is missing or not in the meter's user_list.",
            "Set client_user_id to a user of the meter.",
        ),
        7: _unrecognized("called-AP-title"),
        8: _unrecognized("called-AP-invocation-id"),
        9: _unrecognized("called-AE-qualifier"),
        10: _unrecognized("called-AE-invocation-id"),
        11: Meaning(
            "mechanism-not-recognized",
            "The meter does not know the proposed authentication mechanism for this client.",
            "Set mechanism to the one that the meter declares for this client_sap.",
        ),
        12: Meaning(
            "mechanism-name-required",
            "The meter wants the mechanism to be named.",
            'Set mechanism; "none" leaves the name out.',
        ),
        13: Meaning(
            "authentication-failure",
            "Secret or key is wrong, the security control does not fit the meter's policy, the invocation counter is "
            "too low, a system title is wrong, or a dedicated key is missing.",
            "Check secret, encryption_key, authentication_key, security_control, invocation_counter, "
            "client_system_title and dedicated_key.",
        ),
        14: Meaning(
            "authentication-required",
            "The meter wants authentication and the request carried none.",
            "Set mechanism and secret.",
        ),
    }
)
"""Associate-source-diagnostic, acse-service-user, of an AARE that rejects."""

PROVIDER_DIAGNOSTICS: Mapping[int, Meaning] = MappingProxyType(
    {
        1: Meaning(
            "provider-refused-without-reason",
            "The ACSE provider of the meter refuses without a reason.",
            "Look at the components of the AARQ one by one against an accepted exchange.",
        ),
        2: Meaning(
            "no-common-acse-version",
            "The meter shares no ACSE version with the request: the protocol-version does not offer version1, or the "
            "SAP speaks another context.",
            "Leave protocol-version out, or offer version1 (its first bit).",
        ),
    }
)
"""Associate-source-diagnostic, acse-service-provider."""

INITIATE_ERRORS: Mapping[int, Meaning] = MappingProxyType(
    {
        0: Meaning(
            "initiate-error-other",
            "The meter refuses the xDLMS context for a reason of its own.",
            "Compare context and conformance.",
        ),
        1: Meaning("dlms-version-too-low", "The proposed DLMS version is below the meter's.", "Propose version 6."),
        2: Meaning(
            "incompatible-conformance",
            "Nothing of the proposed conformance is served in this association.",
            "Set conformance to what the meter declares for this client_sap.",
        ),
        3: Meaning(
            "pdu-size-too-short",
            "The client's maximum receive PDU size is below what the meter can work with.",
            "Raise max_receive_pdu_size.",
        ),
        4: Meaning(
            "refused-by-vde-handler",
            "The meter's VDE handler refuses the association.",
            "Ask the maker what it depends on.",
        ),
    }
)
"""ServiceError initiate, in the user-information of the AARE: 0E 01 06 xx."""

STATE_ERRORS: Mapping[int, Words] = MappingProxyType(
    {
        1: Words(
            "The service is not allowed in the present state: no association is open, or passes 3 and 4 of HLS are "
            "outstanding.",
            "Look at whether the association was accepted and authenticated before the request.",
        ),
        2: Words(
            "The meter does not know the service: its tag, or its form, is none of those it serves here.",
            "Compare the tag of the request with the negotiated conformance and the protection in use.",
        ),
    }
)
"""exception-response, state-error."""

SERVICE_ERRORS: Mapping[int, Words] = MappingProxyType(
    {
        1: Words(
            "The operation is not possible in the present state.",
            "Look at what precedes it.",
        ),
        2: Words("The meter does not serve this service here.", "Leave it out of conformance."),
        3: Words("The meter could not make sense of the request.", "Look at the octets of the request."),
        4: Words(
            "The request is longer than the meter takes.",
            "Use block transfer, or shorter requests.",
        ),
        5: Words(
            "The meter could not open the request: wrong key for the service (global or dedicated), wrong system "
            "title, or wrong counter.",
            "Check encryption_key, authentication_key, client_system_title, and whether pass3_key should be the other "
            "one.",
        ),
        6: Words(
            "The invocation counter of the request was not above the last one accepted.",
            "Set invocation_counter so that it is read from the meter, or start above the expected value.",
        ),
    }
)
"""exception-response, service-error."""
