"""Image transfer: a firmware image comes block by block, is verified and activated (IEC 62056-6-2, class_id 18)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from zlib import crc32

from conformance.cosem.names import IMAGE_TRANSFER, ClassId
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import (
    array,
    bit_string,
    boolean,
    double_long_unsigned,
    enum,
    octet_string,
    structure,
)
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.meter.model.access import AccessMode, by_level, invoked_by
from conformance.meter.model.associations import AccessLevel, AssociationProfile
from conformance.meter.model.cosem_object import Attribute, CosemObject, Method, readable
from conformance.meter.model.session import MethodOutcome, Session

BLOCK_OCTETS: Final = 64
"""image_block_size."""
_LARGEST_IMAGE: Final = 64 * 1024
_LONGEST_IDENTIFIER: Final = 64
_CHECK_OCTETS: Final = 4
_NOT_INITIATED, _INITIATED, _VERIFIED, _NOT_VERIFIED, _ACTIVATED = 0, 1, 3, 4, 6
_REFUSED: Final = MethodOutcome(ActionResult.OTHER_REASON)
_DONE: Final = MethodOutcome(ActionResult.SUCCESS)


def sealed(content: bytes) -> bytes:
    """An image that the embedded meter verifies: the content, and its CRC-32 in four octets."""
    return content + crc32(content).to_bytes(_CHECK_OCTETS, "big")


class ImageTransfer:
    """The state machine of one Image transfer object.

    An image counts as good whose last four octets are the CRC-32 of those before: activating it changes nothing else.
    """

    def __init__(self, faults: Callable[[], frozenset[str]] = frozenset) -> None:
        self._faults = faults
        self._enabled = True
        self._status = _NOT_INITIATED
        self._identifier = b""
        self._size = 0
        self._blocks: dict[int, bytes] = {}

    def build(self) -> CosemObject:
        """The object, which only the management client sees."""
        managed = invoked_by(AccessLevel.MANAGEMENT)
        attributes = (
            readable(2, double_long_unsigned(BLOCK_OCTETS)),
            Attribute(3, lambda _session, _now: bit_string(self._transferred())),
            Attribute(4, lambda _session, _now: double_long_unsigned(self._first_missing())),
            Attribute(
                5,
                lambda _session, _now: boolean(self._enabled),
                by_level(management=AccessMode.READ_AND_WRITE),
                self._enable,
            ),
            Attribute(6, lambda _session, _now: enum(self._status)),
            Attribute(7, lambda _session, _now: self._to_activate()),
        )
        methods = (
            Method(1, self._initiate, managed),
            Method(2, self._take, managed),
            Method(3, self._verify, managed),
            Method(4, self._activate, managed),
        )
        return CosemObject(ClassId.IMAGE_TRANSFER, 0, IMAGE_TRANSFER, attributes, methods, visible=_managed)

    @property
    def _count(self) -> int:
        """Blocks of the image."""
        return -(-self._size // BLOCK_OCTETS)

    def _transferred(self) -> str:
        if "image-block-status-not-updated" in self._faults():
            return "0" * self._count
        return "".join("1" if number in self._blocks else "0" for number in range(self._count))

    def _first_missing(self) -> int:
        if "image-first-not-transferred-is-count-of-blocks" in self._faults():
            return len(self._blocks)
        return next((number for number in range(self._count) if number not in self._blocks), self._count)

    def _to_activate(self) -> Data:
        if self._status not in (_VERIFIED, _ACTIVATED):
            return array()
        image = self._image()
        return array(
            structure(
                double_long_unsigned(len(image)), octet_string(self._identifier), octet_string(image[-_CHECK_OCTETS:])
            )
        )

    def _image(self) -> bytes:
        return b"".join(self._blocks.get(number, b"") for number in range(self._count))

    def _enable(self, _session: Session, _now: float, value: Data) -> DataAccessResult:
        if value.type is not DataType.BOOLEAN:
            return DataAccessResult.TYPE_UNMATCHED
        self._enabled = bool(value.value)
        return DataAccessResult.SUCCESS

    def _initiate(self, _session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        match parameters:
            case Data(
                type=DataType.STRUCTURE,
                value=(
                    Data(type=DataType.OCTET_STRING, value=identifier),
                    Data(type=DataType.DOUBLE_LONG_UNSIGNED, value=size),
                ),
            ):
                pass
            case _:
                return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        allowed = self._enabled or "image-initiated-while-disabled" in self._faults()
        if not allowed or not 0 < size <= _LARGEST_IMAGE or len(identifier) > _LONGEST_IDENTIFIER:
            return _REFUSED
        self._identifier, self._size, self._status = identifier, size, _INITIATED
        if "image-blocks-kept-at-initiate" not in self._faults():
            self._blocks = {}
        return _DONE

    def _take(self, _session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        match parameters:
            case Data(
                type=DataType.STRUCTURE,
                value=(
                    Data(type=DataType.DOUBLE_LONG_UNSIGNED, value=number),
                    Data(type=DataType.OCTET_STRING, value=block),
                ),
            ):
                pass
            case _:
                return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        faults = self._faults()
        if not self._enabled or self._status != _INITIATED:
            return _REFUSED
        if number >= self._count:
            return _DONE if "image-block-beyond-the-image-accepted" in faults else _REFUSED
        if len(block) != self._length_of(number) and "image-block-size-not-checked" not in faults:
            return _REFUSED
        in_order = number == self._first_missing()
        if not in_order and "image-blocks-in-order-only" in faults:
            return _REFUSED
        self._blocks[number] = block
        return _DONE

    def _length_of(self, number: int) -> int:
        return min(BLOCK_OCTETS, self._size - number * BLOCK_OCTETS)

    def _verify(self, _session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        if parameters is None or parameters.type is not DataType.INTEGER:
            return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        faults, missing = self._faults(), len(self._blocks) < self._count
        if not self._enabled or self._status not in (_INITIATED, _VERIFIED, _NOT_VERIFIED):
            return _REFUSED
        if missing:
            # It stays initiated: the blocks that are missing may still come.
            return _DONE if "image-verified-with-a-block-missing" in faults else _REFUSED
        image = self._image()
        good = sealed(image[:-_CHECK_OCTETS]) == image
        self._status = _VERIFIED if good or "bad-image-verified" in faults else _NOT_VERIFIED
        return _DONE if self._status == _VERIFIED else _REFUSED

    def _activate(self, _session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        if parameters is None or parameters.type is not DataType.INTEGER:
            return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        verified = self._status == _VERIFIED or "image-activated-unverified" in self._faults()
        if not self._enabled or not verified:
            return _REFUSED
        self._status = _ACTIVATED
        return _DONE


def _managed(profile: AssociationProfile) -> bool:
    return profile.access_level is AccessLevel.MANAGEMENT
