"""The kinds of value in a device config: each one checked as it is read, with a message made for its reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from conformance.cosem.obis import ObisError, octets_of
from conformance.dlms.data.codec import decode
from conformance.dlms.errors import DecodeError
from conformance.dlms.xdlms.conformance import ConformanceBit

SERVICE_NAMES = tuple(bit.label for bit in ConformanceBit if not bit.label.startswith("reserved"))

_PUBLIC_KEY_OCTETS = (64, 96)

RANDOM_TAG = "«random»"
REFERENCE_TAG = "«reference»"
DIGITS_TAG = "«digits»"
CERTIFICATE_TAG = "«certificate»"
TEXT_TAG = "«text»"
UNION_TAGS = frozenset({RANDOM_TAG, REFERENCE_TAG, DIGITS_TAG, CERTIFICATE_TAG, TEXT_TAG})
"""Steps that pydantic puts into the path of an error in a union; no keys of the file."""


class Table(BaseModel):
    """A TOML table: unknown keys and values of another type are errors, never guessed at."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


def _wrong(message: str, allowed: Sequence[str] = ()) -> PydanticCustomError:
    return PydanticCustomError("device_config", "{message}", {"message": message, "allowed": list(allowed)})


def _system_title(text: str) -> str:
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        raise _wrong("a system title is written as 16 hexadecimal digits") from None
    if len(octets) != 8:
        raise _wrong(f"a system title has 8 octets, 16 hexadecimal digits; this has {len(octets)}")
    return text


def _logical_name(text: str) -> str:
    try:
        octets_of(text)
    except ObisError as error:
        raise _wrong(str(error)) from None
    return text


def _encoded_data(text: str) -> str:
    try:
        decode(bytes.fromhex(text))
    except ValueError:
        raise _wrong("method parameters are the encoded Data in hexadecimal digits") from None
    except DecodeError as error:
        raise _wrong(f"no encoded Data: {error}") from None
    return text


def _public_key(text: str) -> str:
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        raise _wrong("a public key is written in hexadecimal digits: x and y, or taken from a certificate") from None
    if len(octets) not in _PUBLIC_KEY_OCTETS:
        raise _wrong(f"a public key, x and y, has 64 octets in suite 1 and 96 in suite 2; this has {len(octets)}")
    return text


def _service_name(text: str) -> str:
    if text not in SERVICE_NAMES:
        raise _wrong("is no bit of the Conformance block", SERVICE_NAMES)
    return text


SystemTitle = Annotated[
    str, AfterValidator(_system_title), WithJsonSchema({"type": "string", "pattern": "^[0-9A-Fa-f]{16}$"})
]
LogicalName = Annotated[
    str,
    AfterValidator(_logical_name),
    WithJsonSchema({"type": "string", "examples": ["1-0:1.8.0.255"]}),
]
EncodedData = Annotated[
    str, AfterValidator(_encoded_data), WithJsonSchema({"type": "string", "pattern": "^([0-9A-Fa-f]{2})+$"})
]
ServiceName = Annotated[
    str, AfterValidator(_service_name), WithJsonSchema({"type": "string", "enum": list(SERVICE_NAMES)})
]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]*$")]
Sap = Annotated[int, Field(ge=0, le=0xFFFF)]
ShortName = Annotated[int, Field(ge=0, le=0xFFFF)]


class SecretReference(Table):
    """Where a secret is: exactly one of env, file, command; hex and text only where the keys are public."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [name]} for name in ("env", "file", "command", "hex", "text")]}
    )

    env: Annotated[str, Field(min_length=1)] | None = None
    """Name of the environment variable that holds the secret."""
    file: Annotated[str, Field(min_length=1)] | None = None
    """Path, seen from the device config, of a file that holds the secret alone; line ends at its end are cut."""
    command: Annotated[list[str], Field(min_length=1)] | None = None
    """Program and arguments, no shell; it prints the secret within 10 s, for example a password manager."""
    hex: str | None = None
    """The secret itself, hexadecimal digits: only for the embedded meter, or with `published_keys`."""
    text: str | None = None
    """The secret itself, as characters: only for the embedded meter, or with `published_keys`."""
    encoding: Literal["hex", "text"] | None = None
    """How env, file or command write it: `hex` (default for keys) or `text` (default for `secret`)."""


def _kind(value: Any) -> str:
    return RANDOM_TAG if isinstance(value, str) else REFERENCE_TAG


DedicatedKey = Annotated[
    Annotated[Literal["random"], Tag(RANDOM_TAG)] | Annotated[SecretReference, Tag(REFERENCE_TAG)],
    Discriminator(_kind),
]


class CertificateReference(Table):
    """The certificate that a public key is taken from."""

    certificate: Annotated[str, Field(min_length=1)]
    """Path, seen from the device config, of an X.509 certificate, PEM or DER."""


PublicKeyDigits = Annotated[
    str,
    AfterValidator(_public_key),
    WithJsonSchema({"type": "string", "pattern": "^([0-9A-Fa-f]{128}|[0-9A-Fa-f]{192})$"}),
]


def _written_as(value: Any) -> str:
    return DIGITS_TAG if isinstance(value, str) else CERTIFICATE_TAG


PublicKey = Annotated[
    Annotated[PublicKeyDigits, Tag(DIGITS_TAG)] | Annotated[CertificateReference, Tag(CERTIFICATE_TAG)],
    Discriminator(_written_as),
]


class Attribute(Table):
    """An attribute of an object."""

    class_id: Annotated[int, Field(ge=0, le=0xFFFF)]
    """Interface class."""
    instance_id: LogicalName
    """Logical name of the object."""
    attribute_id: Annotated[int, Field(ge=1, le=127)]
    """Number of the attribute."""


class Method(Table):
    """A method of an object."""

    class_id: Annotated[int, Field(ge=0, le=0xFFFF)]
    """Interface class."""
    instance_id: LogicalName
    """Logical name of the object."""
    method_id: Annotated[int, Field(ge=1, le=127)]
    """Number of the method."""
    parameters: EncodedData | None = None
    """Encoded Data in hexadecimal digits, "120001" = long-unsigned 1; left out: without parameters."""
