"""Invoke-Id-And-Priority and Long-Invoke-Id-And-Priority: which request an answer belongs to, and how it is served."""

from __future__ import annotations

from conformance.dlms.reader import Reader
from conformance.dlms.xdlms.sequence import encode_unsigned

INVOKE_ID = 0x0F
"""Bits 0 to 3 of the short form."""
SERVICE_CLASS = 0x40
"""Bit 6 of the short form: the service is confirmed."""
PRIORITY = 0x80
"""Bit 7 of the short form: high priority."""
LONG_INVOKE_ID = 0xFF_FFFF
"""Bits 0 to 23 of the long form."""
LONG_SERVICE_CLASS = 0x4000_0000
"""Bit 30 of the long form: the service is confirmed."""
SELF_DESCRIPTIVE = 0x1000_0000
"""Bit 28 of the long form: the response says again what was asked for."""
BREAK_ON_ERROR = 0x2000_0000
"""Bit 29 of the long form: nothing is carried out behind what has failed."""


def invoke_id_and_priority(invoke_id: int, *, confirmed: bool = True, high_priority: bool = True) -> int:
    """The octet that says so; `invoke_id` is 0 to 15."""
    return invoke_id & INVOKE_ID | (SERVICE_CLASS if confirmed else 0) | (PRIORITY if high_priority else 0)


def read(reader: Reader) -> int:
    """Take the octet as `invoke-id-and-priority`; reserved bits are shown, never refused."""
    octet = reader.u8("invoke-id-and-priority")
    if reader.recorder is not None:
        reader.meaning(describe(octet))
    return octet


def read_long(reader: Reader) -> int:
    """Take four octets as `long-invoke-id-and-priority`."""
    value = reader.unsigned("long-invoke-id-and-priority", 4)
    if reader.recorder is not None:
        reader.meaning(describe_long(value))
    return value


def encode(octet: int) -> bytes:
    """The octet as it is sent."""
    return encode_unsigned(octet, 1, "invoke-id-and-priority")


def encode_long(value: int) -> bytes:
    """The four octets as they are sent."""
    return encode_unsigned(value, 4, "long-invoke-id-and-priority")


def describe(octet: int) -> str:
    """The octet in words: `invoke-id 1, confirmed, high priority`."""
    words = [f"invoke-id {octet & INVOKE_ID}", *_service(octet)]
    if octet & 0x30:
        words.append("reserved bits set")
    return ", ".join(words)


def describe_long(value: int) -> str:
    """The four octets in words: `long-invoke-id 1, confirmed, high priority, continue on error`."""
    words = [f"long-invoke-id {value & 0xFF_FFFF}", *_service(value >> 24)]
    words.append("break on error" if value & 1 << 29 else "continue on error")
    if value & 1 << 28:
        words.append("self-descriptive")
    if value & 0x0F00_0000:
        words.append("reserved bits set")
    return ", ".join(words)


def _service(octet: int) -> tuple[str, str]:
    return (
        "confirmed" if octet & SERVICE_CLASS else "unconfirmed",
        "high priority" if octet & PRIORITY else "normal priority",
    )
