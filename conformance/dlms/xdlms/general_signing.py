"""General-Signing: an APDU with a digital signature, put together and taken apart (IEC 62056-5-3).

Signing and verifying is `conformance.dlms.security.signing`.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms import axdr
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms.sequence import read_tag

TAG = 0xDF


@dataclass(frozen=True, slots=True)
class GeneralSigning:
    """General-Signing of IEC 62056-5-3; each attribute is the content of an OCTET STRING."""

    transaction_id: bytes
    originator_system_title: bytes
    recipient_system_title: bytes
    date_time: bytes
    other_information: bytes
    content: bytes
    signature: bytes

    @property
    def signed(self) -> bytes:
        """What the signature is over: every field before it, each with its length."""
        parts = (
            self.transaction_id,
            self.originator_system_title,
            self.recipient_system_title,
            self.date_time,
            self.other_information,
            self.content,
        )
        return b"".join(map(axdr.sized, parts))

    def encode(self) -> bytes:
        """The APDU."""
        return b"\xdf" + self.signed + axdr.sized(self.signature)


def read(reader: Reader) -> GeneralSigning:
    """Take a general-signing APDU; the fields have the standard's names."""
    read_tag(reader, TAG, "general-signing")
    return GeneralSigning(
        reader.sized("transaction-id"),
        reader.sized("originator-system-title"),
        reader.sized("recipient-system-title"),
        reader.sized("date-time"),
        reader.sized("other-information"),
        reader.sized("content"),
        reader.sized("signature"),
    )
