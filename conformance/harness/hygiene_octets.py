"""The octets behind a finding of the hygiene rules, and the search for keys in what a meter sends."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.device.model import Device
from conformance.dlms import apdu as apdus
from conformance.dlms.errors import DecodeError
from conformance.dlms.fields import Field
from conformance.harness.deciding import apdu_of, deciding_octets
from conformance.record.frame_security import Nonce
from conformance.record.model import DecidingOctets
from conformance.record.redaction import MASK
from conformance.tester.tape import TapedFrame

_SHORTEST_SECRET = 8
_FEWEST_VALUES = 4
"""A secret with fewer different octets, such as all zeros, stands in many a value that is none."""
_COUNTER = "security-header.invocation-counter"
_ANSWERS = ("action-response.single-response.return-parameters.data.value", "read-response")
"""Where f(CtoS) stands in pass 4, by logical and by short names."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret within an APDU.

    Attributes:
        name: of the secret, as the device config has it.
        how: how it is written, when not as it is; begins with a blank.
        root: name of the APDU.
        start: its first octet in the APDU.
        end: the octet after its last.
    """

    name: str
    how: str
    root: str
    start: int
    end: int

    def octets(self, frame: int) -> DecidingOctets:
        """Where it stands, in frame number `frame`; the octets themselves are not told."""
        masked = bytes((MASK,)) * min(64, self.end - self.start)
        return DecidingOctets(frame=frame, path=self.root, start=self.start, end=self.end, octets=masked.hex().upper())


class SecretFinder:
    """Finds declared secrets in octets.

    Attributes:
        too_plain: names of the secrets that are not searched for: too short, or of too few different octets.
    """

    def __init__(self, device: Device) -> None:
        self._forms: list[tuple[bytes, str, str]] = []
        self._lengths: dict[int, str] = {}
        plain: list[str] = []
        known: set[bytes] = set()
        for name, secret in device.secrets():
            octets = secret.reveal()
            if octets in known:
                continue
            known.add(octets)
            if len(octets) < _SHORTEST_SECRET or len(set(octets)) < _FEWEST_VALUES:
                plain.append(name)
                continue
            digits = octets.hex()
            self._forms += [
                (octets, name, ""),
                (digits.encode(), name, " in hex digits"),
                (digits.upper().encode(), name, " in hex digits"),
            ]
            for length in (len(octets), len(digits)):
                self._lengths.setdefault(length, f"a secret as long as {name}")
        self.too_plain = tuple(plain)

    def find(self, octets: bytes) -> Leak | None:
        """The first secret in an APDU; None where there is none."""
        for form, name, how in self._forms:
            start = octets.find(form)
            if start >= 0:
                root = apdus.dissect(octets).root.name
                return Leak(name, how, root, start, start + len(form))
        return None

    def of_length(self, octets: int) -> str | None:
        """What secret so many masked octets may have been; None where none is as long."""
        return self._lengths.get(octets)


def nonce_octets(frame: TapedFrame, nonce: Nonce, number: int) -> DecidingOctets | None:
    """The invocation counter of `nonce` in a frame, which is number `number` of the log."""
    if nonce.challenge:
        found = (deciding_octets(frame, path, number) for path in _ANSWERS)
        return next((octets for octets in found if octets is not None), None)
    for octets in _ciphered(frame):
        root = apdus.dissect(octets).root
        field = root.find(f"{root.name}.{_COUNTER}")
        if field is not None:
            shown = octets[field.start : field.end].hex().upper()
            path = f"{root.name}.{_COUNTER}"
            return DecidingOctets(frame=number, path=path, start=field.start, end=field.end, octets=shown)
    return None


def path_octets(frame: TapedFrame, path: str, number: int) -> DecidingOctets | None:
    """The octets at `path`; without one, the end of the ciphered APDU: its tag, as far as the rules know it."""
    if path:
        return deciding_octets(frame, path, number)
    for octets in _ciphered(frame):
        root = apdus.dissect(octets).root
        field: Field | None = root.find(f"{root.name}.authentication-tag") or root.find(f"{root.name}.ciphertext")
        if field is not None:
            shown = octets[field.start : field.end][:64].hex().upper()
            path = f"{root.name}.{field.name}"
            return DecidingOctets(frame=number, path=path, start=field.start, end=field.end, octets=shown)
    return None


def _ciphered(frame: TapedFrame) -> list[bytes]:
    """The APDUs of a frame that may have a security header: what it carries, and the user-information of an AARE."""
    apdu = apdu_of(frame)
    if apdu is None:
        return []
    try:
        value = apdus.decode(apdu, deviations=[])
    except DecodeError:
        return [apdu]
    inside = getattr(value, "user_information", None)
    return [apdu] if not inside else [inside]
