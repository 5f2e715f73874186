"""The general-ciphering APDU: a ciphered APDU that says between whom, in which transaction and under which key."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from conformance.dlms import axdr
from conformance.dlms.reader import Reader
from conformance.dlms.security import header
from conformance.dlms.security.ciphered import read_system_title
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.header import CipheredForm

TAG = 0xDD
NAME = "general-ciphering"


class KeyId(IntEnum):
    """Which key that both sides hold is used (Key-Id)."""

    GLOBAL_UNICAST_ENCRYPTION_KEY = 0
    GLOBAL_BROADCAST_ENCRYPTION_KEY = 1

    @property
    def label(self) -> str:
        """The standard's spelling."""
        return self.name.lower().replace("_", "-")


class KekId(IntEnum):
    """Which key wraps the transported one (Kek-Id)."""

    MASTER_KEY = 0

    @property
    def label(self) -> str:
        """The standard's spelling."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class IdentifiedKey:
    """key-info `identified-key` [0]: a key that both sides hold; `key_id` as in `KeyId`."""

    key_id: int

    def encode(self) -> bytes:
        """The choice and what it holds."""
        return bytes((0, self.key_id))


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """key-info `wrapped-key` [1]: the key itself, wrapped (RFC 3394); `kek_id` as in `KekId`."""

    kek_id: int
    key_ciphered_data: bytes

    def encode(self) -> bytes:
        """The choice and what it holds."""
        return bytes((1, self.kek_id)) + axdr.sized(self.key_ciphered_data)


@dataclass(frozen=True, slots=True)
class AgreedKey:
    """key-info `agreed-key` [2]: parameters of a key agreement, and what the recipient needs to complete it."""

    key_parameters: bytes
    key_ciphered_data: bytes

    def encode(self) -> bytes:
        """The choice and what it holds."""
        return b"\x02" + axdr.sized(self.key_parameters) + axdr.sized(self.key_ciphered_data)


KeyInfo = IdentifiedKey | WrappedKey | AgreedKey


@dataclass(frozen=True, slots=True)
class GeneralCiphering:
    """A general-ciphering APDU.

    Attributes:
        transaction_id: names the transaction; empty where unused.
        originator_system_title: of the sender, 8 octets; the first part of the nonce.
        recipient_system_title: 8 octets; empty for a broadcast.
        date_time: COSEM date-time; empty where unused.
        other_information: empty where unused.
        key_info: which key protects the content; None where both sides know it.
        security_control, invocation_counter, content: as in service-specific ciphering.
    """

    transaction_id: bytes
    originator_system_title: bytes
    recipient_system_title: bytes
    date_time: bytes
    other_information: bytes
    key_info: KeyInfo | None
    security_control: SecurityControl
    invocation_counter: int
    content: bytes

    @property
    def additional_data(self) -> bytes:
        """What the tag covers besides SC, AK and information: the five header fields, each with its length."""
        return (
            axdr.sized(self.transaction_id)
            + axdr.sized(self.originator_system_title)
            + axdr.sized(self.recipient_system_title)
            + axdr.sized(self.date_time)
            + axdr.sized(self.other_information)
        )

    def encode(self) -> bytes:
        """The APDU."""
        key_info = b"\x00" if self.key_info is None else b"\x01" + self.key_info.encode()
        inside = header.encode(self.security_control, self.invocation_counter, self.content)
        return bytes((TAG,)) + self.additional_data + key_info + axdr.sized(inside)


def read(reader: Reader) -> GeneralCiphering:
    """Take a general-ciphering APDU.

    Deviations: those of the security header, `system-title-length`, and `presence-not-boolean`, `key-id-unknown`,
    `kek-id-unknown` in key-info.
    """
    tag = reader.u8("tag")
    if tag != TAG:
        reader.fail(f"tag {tag:02X} is no {NAME}", back=1, expected="DD")
    reader.meaning(NAME)
    return GeneralCiphering(
        reader.sized("transaction-id"),
        read_system_title(reader, "originator-system-title"),
        read_system_title(reader, "recipient-system-title"),
        reader.sized("date-time"),
        reader.sized("other-information"),
        _read_key_info(reader),
        *header.read(reader, CipheredForm.GENERAL_CIPHERING),
    )


def _read_key_info(reader: Reader) -> KeyInfo | None:
    reader.enter("key-info")
    present = reader.u8("presence")
    if present > 1:
        reader.deviation("presence-not-boolean", f"presence of key-info coded {present:02X}, not 00 or 01", back=1)
    reader.meaning("present" if present else "absent")
    key_info = _read_choice(reader) if present else None
    reader.leave()
    return key_info


def _read_choice(reader: Reader) -> KeyInfo:
    choice = reader.u8("choice")
    if choice == 0:
        reader.meaning("identified-key")
        return IdentifiedKey(_read_id(reader, "key-id", KeyId))
    if choice == 1:
        reader.meaning("wrapped-key")
        return WrappedKey(_read_id(reader, "kek-id", KekId), reader.sized("key-ciphered-data"))
    if choice != 2:
        reader.fail(f"key-info choice {choice}", back=1, expected="0 identified-key, 1 wrapped-key or 2 agreed-key")
    reader.meaning("agreed-key")
    return AgreedKey(reader.sized("key-parameters"), reader.sized("key-ciphered-data"))


def _read_id(reader: Reader, name: str, known: type[KeyId] | type[KekId]) -> int:
    value = reader.u8(name)
    try:
        reader.meaning(known(value).label)
    except ValueError:
        reader.deviation(f"{name}-unknown", f"{name} {value} is not defined", back=1)
    return value
