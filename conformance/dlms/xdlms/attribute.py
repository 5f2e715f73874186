"""What a service with logical names is aimed at: an attribute or a method of an object, or a part of an attribute."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.errors import EncodeError
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms.sequence import encode_signed, encode_unsigned, read_presence


@dataclass(frozen=True, slots=True)
class AttributeDescriptor:
    """Cosem-Attribute-Descriptor of IEC 62056-5-3.

    Attributes:
        class_id: number of the interface class, 0 to 65535.
        instance_id: logical name, 6 octets.
        attribute_id: -128 to 127; 0 means all attributes, where that is negotiated.
    """

    class_id: int
    instance_id: bytes
    attribute_id: int

    def encode(self) -> bytes:
        """The 9 octets.

        Raises:
            EncodeError: for a number out of its range, a logical name that is not 6 octets long.
        """
        return _encode(self.class_id, self.instance_id, self.attribute_id, "attribute-id")

    def __str__(self) -> str:
        return f"class {self.class_id} {_dotted(self.instance_id)} attribute {self.attribute_id}"


@dataclass(frozen=True, slots=True)
class MethodDescriptor:
    """Cosem-Method-Descriptor of IEC 62056-5-3.

    Attributes:
        class_id: number of the interface class, 0 to 65535.
        instance_id: logical name, 6 octets.
        method_id: -128 to 127.
    """

    class_id: int
    instance_id: bytes
    method_id: int

    def encode(self) -> bytes:
        """The 9 octets.

        Raises:
            EncodeError: for a number out of its range, a logical name that is not 6 octets long.
        """
        return _encode(self.class_id, self.instance_id, self.method_id, "method-id")

    def __str__(self) -> str:
        return f"class {self.class_id} {_dotted(self.instance_id)} method {self.method_id}"


@dataclass(frozen=True, slots=True)
class SelectiveAccess:
    """Selective-Access-Descriptor of IEC 62056-5-3: which part of an attribute is meant.

    Attributes:
        selector: access-selector, 0 to 255; its meaning is the interface class's.
        parameters: access-parameters, as the selector wants them.
    """

    selector: int
    parameters: Data

    def encode(self) -> bytes:
        """The selector, then its parameters."""
        return encode_unsigned(self.selector, 1, "access-selector") + codec.encode(self.parameters)


SelectedAttribute = tuple[AttributeDescriptor, SelectiveAccess | None]
"""Cosem-Attribute-Descriptor-With-Selection."""


def read_attribute(reader: Reader) -> AttributeDescriptor:
    """Take an attribute's descriptor as the group `cosem-attribute-descriptor`."""
    if reader.recorder is None:
        return AttributeDescriptor(*_read_bare(reader))
    reader.enter("cosem-attribute-descriptor")
    descriptor = AttributeDescriptor(*_read_object(reader), reader.signed("attribute-id", 1))
    reader.leave()
    return descriptor


def read_method(reader: Reader) -> MethodDescriptor:
    """Take a method's descriptor as the group `cosem-method-descriptor`."""
    if reader.recorder is None:
        return MethodDescriptor(*_read_bare(reader))
    reader.enter("cosem-method-descriptor")
    descriptor = MethodDescriptor(*_read_object(reader), reader.signed("method-id", 1))
    reader.leave()
    return descriptor


def read_access(reader: Reader) -> SelectiveAccess:
    """Take a selective access as the group `access-selection`."""
    reader.enter("access-selection")
    access = SelectiveAccess(reader.u8("access-selector"), codec.read(reader, "access-parameters"))
    reader.leave()
    return access


def read_optional_access(reader: Reader) -> SelectiveAccess | None:
    """Take `access-selection-present` and, where it says so, `access-selection`."""
    return read_access(reader) if read_presence(reader, "access-selection-present") else None


def read_selected(reader: Reader) -> SelectedAttribute:
    """Take one element of a list of attributes, as the group `cosem-attribute-descriptor-with-selection`."""
    reader.enter("cosem-attribute-descriptor-with-selection")
    selected = read_attribute(reader), read_optional_access(reader)
    reader.leave()
    return selected


def encode_optional_access(access: SelectiveAccess | None) -> bytes:
    """The flag and, where there is one, the access."""
    return b"\x00" if access is None else b"\x01" + access.encode()


def encode_selected(selected: SelectedAttribute) -> bytes:
    """One element of a list of attributes."""
    return selected[0].encode() + encode_optional_access(selected[1])


def _encode(class_id: int, instance_id: bytes, member: int, name: str) -> bytes:
    if len(instance_id) != 6:
        raise EncodeError(f"instance-id of {len(instance_id)} octets; a logical name has 6")
    return encode_unsigned(class_id, 2, "class-id") + instance_id + encode_signed(member, name)


def _read_bare(reader: Reader) -> tuple[int, bytes, int]:
    octets = reader.take("descriptor", 9)
    member = octets[8]
    return octets[0] << 8 | octets[1], octets[2:8], member - 0x100 if member > 0x7F else member


def _read_object(reader: Reader) -> tuple[int, bytes]:
    class_id = reader.unsigned("class-id", 2)
    instance_id = reader.take("instance-id", 6)
    reader.meaning(_dotted(instance_id))
    return class_id, instance_id


def _dotted(instance_id: bytes) -> str:
    """The logical name as `0.0.1.0.0.255`."""
    return ".".join(map(str, instance_id))
