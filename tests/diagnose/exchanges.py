"""Exchanges of bare APDUs, made for a fault: a client and a meter that do one thing wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from conformance.diagnose.intake.reading import read
from conformance.diagnose.reasoning.diagnosis import Diagnosis, diagnose
from conformance.diagnose.reasoning.statement import Statement
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.data.values import octet_string
from conformance.dlms.security import gcm
from conformance.dlms.security.ciphered import ServiceCiphered, protected_tag
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.xdlms.action import ActionRequestNormal, ActionResponseNormal
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.get import GetRequestNormal
from conformance.dlms.xdlms.initiate import InitiateRequest, InitiateResponse

ENCRYPTION = bytes.fromhex("8F1D2C3B4A59687706F5E4D3C2B1A091")
AUTHENTICATION = bytes.fromhex("10213243546576879809AABBCCDDEEF0")
DEDICATED = bytes.fromhex("5A6B7C8D9EAFB0C1D2E3F40516273849")
CLIENT, SERVER = b"CLI\0\0\0\0\1", b"SRV\0\0\0\0\2"
CTOS, STOC = b"client's one", b"server's one"
SERVICES = frozenset((ConformanceBit.GET, ConformanceBit.ACTION))
CLOCK = AttributeDescriptor(8, bytes((0, 0, 1, 0, 0, 255)), 2)
REPLY_TO_HLS = MethodDescriptor(15, bytes((0, 0, 40, 0, 0, 255)), 1)


@dataclass(frozen=True)
class Hand:
    """What one side protects with.

    Attributes:
        title, key, authentication_key: in nonce and tag.
        control: security control octet.
    """

    title: bytes
    key: bytes = ENCRYPTION
    authentication_key: bytes = AUTHENTICATION
    control: int = 0x30

    def sealed(self, plain: bytes, counter: int, *, dedicated: bool = False, nonce_counter: int | None = None) -> bytes:
        """A service-specific ciphered APDU."""
        control = SecurityControl.from_octet(self.control)
        used = counter if nonce_counter is None else nonce_counter
        content = gcm.protect(control, self.title, used, self.key, self.authentication_key, plain)
        return ServiceCiphered(protected_tag(plain[0], dedicated), control, counter, content).encode()


METER, USER = Hand(SERVER), Hand(CLIENT)


def aarq(information: bytes, **changes: object) -> bytes:
    """An AARQ with ciphering and HLS-GMAC, altered."""
    fields = {
        "application_context_name": ApplicationContext.LN_CIPHERED.oid,
        "calling_ap_title": CLIENT,
        "sender_acse_requirements": "1",
        "mechanism_name": Mechanism.HLS_GMAC.oid,
        "calling_authentication_value": CTOS,
        "user_information": information,
    }
    return Aarq(**(fields | changes)).encode()


def aare(information: bytes, result: int = 0, diagnostic: int = 14, source: int = 1, **changes: object) -> bytes:
    """The AARE to it, altered."""
    fields = {
        "application_context_name": ApplicationContext.LN_CIPHERED.oid,
        "result": result,
        "diagnostic_source": source,
        "diagnostic": diagnostic,
        "responding_ap_title": SERVER,
        "responder_acse_requirements": "1",
        "mechanism_name": Mechanism.HLS_GMAC.oid,
        "responding_authentication_value": STOC,
        "user_information": information,
    }
    return Aare(**(fields | changes)).encode()


def request(dedicated_key: bytes | None = None) -> bytes:
    """An InitiateRequest."""
    return InitiateRequest(SERVICES, dedicated_key).encode()


RESPONSE = InitiateResponse(SERVICES, 512).encode()
GET = GetRequestNormal(0xC1, CLOCK).encode()


def opened(*, client: Hand = USER, meter: Hand = METER, counter: int = 100, key: bytes | None = None) -> list[bytes]:
    """An AARQ and the AARE that accepts it."""
    return [aarq(client.sealed(request(key), counter)), aare(meter.sealed(RESPONSE, 500))]


def pass_3(answer: bytes) -> bytes:
    """reply_to_HLS_authentication."""
    return ActionRequestNormal(0xC1, REPLY_TO_HLS, octet_string(answer)).encode()


def pass_4(answer: bytes, result: int = 0) -> bytes:
    """Its answer."""
    return ActionResponseNormal(0xC1, result, octet_string(answer)).encode()


def diagnosed(
    path: Path, apdus: list[bytes], directions: str = "", keys: dict[str, str] | None = None, password: str = ""
) -> Diagnosis:
    """The diagnosis of an exchange; directions as `><>`, in turn where they are left out."""
    turns = directions or "><" * len(apdus)
    known = {
        "global_unicast_encryption_key": ENCRYPTION.hex(),
        "authentication_key": AUTHENTICATION.hex(),
    }
    capture = {
        "id": "made",
        "transport": "apdu",
        "keys": (known if keys is None else keys) | ({"password": password} if password else {}),
        "frames": [
            {"dir": "C>S" if turn == ">" else "S>C", "hex": octets.hex()}
            for turn, octets in zip(turns, apdus, strict=False)
        ],
    }
    file = path / "made.json"
    file.write_text(json.dumps(capture), encoding="utf-8")
    return diagnose(read(file))


def of(diagnosis: Diagnosis, code: str) -> list[Statement]:
    """The statements of one code."""
    return [statement for statement in diagnosis.statements if statement.code == code]
