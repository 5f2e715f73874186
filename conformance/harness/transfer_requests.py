"""What a bare link carries: the declared AARQ and a long request as information fields, and where there is one."""

from __future__ import annotations

from conformance.device.model import AssociationSettings
from conformance.dlms.hdlc.llc import COMMAND_HEADER
from conformance.dlms.xdlms.get import GetRequestNormal
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.harness.applicability import Condition, target
from conformance.harness.trial import Trial
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.rendering import render
from conformance.tester.stimulus import aarq


def serves_plainly(settings: AssociationSettings) -> bool:
    """Whether an association serves after the AARQ alone, without ciphering or HLS."""
    return not settings.ciphered and not settings.mechanism.high_level


plainly_read = Condition(
    "an association that serves after the AARQ alone, without ciphering or HLS",
    lambda claim: serves_plainly(claim.association),
)
long_reply = target("long_readable") & plainly_read
"""There is a request whose reply needs many I-frames."""


def opening(trial: Trial, **values: object) -> bytes:
    """The declared AARQ with its LLC header, as the information field of an I-frame."""
    association = trial.association
    challenge = trial.random.randbytes(trial.settings.challenge_octets)
    association.security.renew_dedicated_key(None)
    rendered = render(aarq(**values), association.security, trial.protection, challenge)
    for secret in rendered.secrets:
        association.keep_secret(secret)
    return with_llc(trial, rendered.octets)


def long_request(trial: Trial) -> bytes:
    """The request for `targets.long_readable` with its LLC header, by logical or by short name."""
    attribute = trial.settings.targets.long_readable
    assert attribute is not None  # noqa: S101 - cases that ask for it apply only where it is declared
    if not trial.settings.short_names:
        return with_llc(trial, GetRequestNormal(INVOKE_ID_AND_PRIORITY, attribute).encode())
    name = trial.settings.short_name(attribute)
    if name is None:
        trial.inapplicable(f"no base name is declared for {attribute}")
    return with_llc(trial, ReadRequest((VariableName(name),)).encode())


def with_llc(trial: Trial, apdu: bytes) -> bytes:
    """An APDU as the information field of an I-frame: with the LLC header of commands, where the device has one."""
    return (COMMAND_HEADER if trial.bench.device.hdlc.llc else b"") + apdu


def cut(octets: bytes, size: int) -> list[bytes]:
    """The octets in segments of `size`; the last one may be shorter."""
    return [octets[start : start + size] for start in range(0, len(octets), size)]
