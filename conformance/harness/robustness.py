"""Judging what malformed requests do: an answer or silence, a meter that recovers, and nothing given away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.dlms import apdu as apdus
from conformance.dlms.apdu import Apdu
from conformance.dlms.data.types import Data
from conformance.dlms.errors import DecodeError
from conformance.dlms.security.ciphered import GeneralDedicated, GeneralGlobal, ServiceCiphered
from conformance.dlms.xdlms.get import (
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from conformance.harness.trial import Trial
from conformance.link.link import LinkError
from conformance.tester.accepted_services import frame_reject, link_released, refused, silence
from conformance.tester.association import Association, PreambleFailed
from conformance.tester.expectation import Expectation, Mismatch, Situation, expectation, no_apdu
from conformance.tester.liveness import ALIVE, question
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.seen import seen


def _legal(reaction: Reaction, _situation: Situation) -> Mismatch | None:
    return no_apdu(reaction, "an APDU")


ANSWER_OR_SILENCE: Expectation = expectation("a legal APDU", _legal) | silence() | frame_reject() | link_released()
"""What a malformed request may get: whatever it is, it can be read."""
NOTHING_GIVEN: Expectation = refused() | silence() | frame_reject() | link_released()
"""What a request without any right may get."""


def decoded(octets: bytes) -> Apdu | None:
    """The APDU that octets are; None when they are no legal one."""
    try:
        return apdus.decode(octets)
    except DecodeError:
        return None


def value_of(reaction: Reaction) -> Apdu | None:
    """The APDU of a reaction; None when there is none, or none that decodes."""
    return reaction.value if isinstance(reaction, Reply) else None


def sealed_octets(protected: bytes) -> bytes:
    """Of a protected APDU, what its authentication tag protects as it is sent: security header, ciphertext and tag."""
    match decoded(protected):
        case ServiceCiphered() | GeneralGlobal() | GeneralDedicated() as apdu:
            return bytes((apdu.security_control.octet,)) + apdu.invocation_counter.to_bytes(4, "big") + apdu.content
    return protected


def judge_rights(subtest: Trial, request: bytes, reaction: Reaction) -> None:
    """Judge that a GET, mutated or not, has not served targets.not_readable.

    Raises:
        Failed: it has.
    """
    denied = subtest.settings.targets.not_readable
    value = value_of(reaction)
    match decoded(request):
        case GetRequestNormal(attribute=attribute) if attribute == denied:
            served = isinstance(value, (GetResponseNormal, GetResponseWithDatablock)) and isinstance(
                value.result, (Data, bytes)
            )
        case GetRequestWithList(attributes=attributes) if isinstance(value, GetResponseWithList):
            pairs = zip(attributes, value.results, strict=False)
            served = any(asked == denied and isinstance(result, Data) for (asked, _), result in pairs)
        case _:
            return
    subtest.check(
        not served,
        expected=f"no data of {denied}, which this client has no right to read",
        observed=f"{'data' if served else 'no data'}: {seen(reaction)}",
        reaction=reaction,
        path="get-response.result",
    )


def still_alive(subtest: Trial, association: Association) -> Association:
    """An association that answers: this one, or else one on a fresh link, within the declared recovery time.

    Raises:
        Failed: the meter serves no fresh link either.
    """
    if _answers(association):
        return association
    association.close()
    return fresh_association(subtest)


def fresh_association(subtest: Trial) -> Association:
    """An association on a fresh link that answers, at the latest when the declared recovery time has passed.

    Raises:
        Failed: there is none.
    """
    found = _established(subtest)
    recovery_time_s = subtest.bench.device.timing.recovery_time_s
    if isinstance(found, str):
        line = subtest.another().data_link.line
        line.open()
        line.wait(recovery_time_s)
        line.close()
        found = _established(subtest)
    if isinstance(found, str):
        subtest.check(
            False,
            expected=f"alive on a fresh link within the recovery time of {recovery_time_s:g} s",
            observed=f"the meter does not serve: {found}",
        )
        raise AssertionError  # `check` has raised
    return found


def _established(subtest: Trial) -> Association | str:
    """An association on a fresh link that answers, or why there is none."""
    association = subtest.another()
    try:
        association.establish()
    except (PreambleFailed, LinkError) as failed:
        return str(failed)
    return association if _answers(association) else "no answer to the question for its logical name"


def _answers(association: Association) -> bool:
    situation = Situation(association.settings, association.device.acceptance)
    return ALIVE.judge(association.request(question(association)), situation).passed


def near_secrets(mutant: bytes, original: bytes, secrets: Iterable[bytes]) -> Iterator[bytes]:
    """What stands in `mutant` in the place of each secret in `original` and gives half of it away or more.

    Nearly a password is as good as the password, and whoever looks for the declared one only would not hide it.
    """
    for secret in secrets:
        start = original.find(secret)
        for begin in {start, start + len(mutant) - len(original)} if start >= 0 else ():
            piece = mutant[max(begin, 0) : max(begin + len(secret), 0)]
            alike = sum(one == other for one, other in zip(piece, secret, strict=False))
            if piece != secret and 2 * alike >= len(secret):
                yield piece
