"""Whether the plain texts in a frame log are what the frames hold: each is deciphered again with the device's keys.

AES-GCM with the global and dedicated keys (IEC 62056-5-3, protection with glo, ded, general-glo and general-ded). An
APDU that does not open with the given keys is counted and is no fault: a case may have used others on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from conformance.device.model import AssociationSettings, Device
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.release import Rlre, Rlrq
from conformance.dlms.errors import CipherError, DlmsError
from conformance.dlms.security import gcm
from conformance.dlms.security.ciphered import GeneralDedicated, GeneralGlobal, ServiceCiphered, is_dedicated
from conformance.dlms.xdlms.initiate import InitiateRequest
from conformance.record.frames import Frame
from conformance.record.journal import FRAMES
from conformance.record.redaction import MASK
from conformance.reporting.journal_check import Fault
from conformance.reporting.recorded_reactions import apdu_in

_TITLE_OCTETS = 8


@dataclass(slots=True)
class PlainTexts:
    """What deciphering again has shown.

    Attributes:
        verified: plain texts that are what the frame holds.
        unopened: that no key of the device config opens, or that are protected in a way that is not tried.
        faults: plain texts that are not.
    """

    verified: int = 0
    unopened: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class _Conversation:
    """What is learnt on the way through the frames of a subtest."""

    client_title: bytes = b""
    server_title: bytes = b""
    dedicated_key: bytes | None = None


def check_plain_texts(frames: Sequence[Frame], device: Device) -> PlainTexts:
    """Decipher what the log says was deciphered, with the keys of `device`."""
    made = PlainTexts()
    declared = {association.name: association for association in device.associations}
    known: dict[str, _Conversation] = {}
    place: object = None
    for frame in frames:
        if (now := (frame.device, frame.case, frame.association, frame.variant, frame.subtest)) != place:
            place = now
            known.clear()
        settings = declared.get(frame.association)
        if settings is None or frame.device != device.name:
            continue
        _take(made, frame, settings, known.setdefault(frame.association, _begun(settings)))
    return made


def _begun(settings: AssociationSettings) -> _Conversation:
    return _Conversation(settings.client_system_title or b"", settings.server_system_title or b"")


def _take(made: PlainTexts, frame: Frame, settings: AssociationSettings, known: _Conversation) -> None:
    octets = apdu_in(frame)
    if not octets or octets[0] not in _INTERESTING:
        return
    try:
        value = apdus.decode(octets, deviations=[])
    except DlmsError:
        return
    if isinstance(value, Aarq) and len(value.calling_ap_title or b"") == _TITLE_OCTETS:
        known.client_title = value.calling_ap_title or b""
    if isinstance(value, Aare) and len(value.responding_ap_title or b"") == _TITLE_OCTETS:
        known.server_title = value.responding_ap_title or b""
    inside = value.user_information if isinstance(value, Aarq | Aare | Rlrq | Rlre) else octets
    if not inside:
        return
    plain = _opened(frame, inside, settings, known)
    told = bytes.fromhex(frame.plain) if frame.plain is not None else None
    if isinstance(value, Aarq):
        known.dedicated_key = _dedicated(inside if plain is None else plain)
    if told is None or told == inside:
        return
    if plain is None:
        made.unopened += 1
    elif _same(plain, told, masked=bool(frame.plain_redacted)):
        made.verified += 1
    else:
        made.faults.append(Fault(FRAMES, f"frame {frame.n}: its plain text is not what the frame holds"))


def _opened(frame: Frame, octets: bytes, settings: AssociationSettings, known: _Conversation) -> bytes | None:
    try:
        value = apdus.decode(octets, deviations=[])
    except DlmsError:
        return None
    if not isinstance(value, ServiceCiphered | GeneralGlobal | GeneralDedicated):
        return None
    own = known.client_title if frame.dir == "C>S" else known.server_title
    title = b"" if isinstance(value, ServiceCiphered) else value.system_title
    key = settings.encryption_key.reveal() if settings.encryption_key is not None else None
    if is_dedicated(octets[0]):
        key = known.dedicated_key
    authentication_key = settings.authentication_key.reveal() if settings.authentication_key is not None else b""
    if key is None:
        return None
    try:
        return gcm.unprotect(
            value.security_control, title or own, value.invocation_counter, key, authentication_key, value.content
        )
    except (CipherError, ValueError):
        return None


def _dedicated(plain: bytes) -> bytes | None:
    try:
        value = apdus.decode(plain, deviations=[])
    except DlmsError:
        return None
    return value.dedicated_key if isinstance(value, InitiateRequest) else None


def _same(plain: bytes, told: bytes, *, masked: bool) -> bool:
    if plain == told:
        return True
    return masked and len(plain) == len(told) and all(b in (a, MASK) for a, b in zip(plain, told, strict=True))


_INTERESTING = frozenset(
    (0x60, 0x61, 0x62, 0x63, 0xDB, 0xDC, *range(0xC8, 0xD8), *range(0x21, 0x40), *range(0x41, 0x80))
)
"""First octets of ACSE APDUs and of those that are ciphered: everything else is passed over."""
