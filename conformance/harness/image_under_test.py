"""An Image transfer object with an image for it, prepared and put back: what is sent to it, and what it tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from conformance.cosem.class_tables import class_version
from conformance.cosem.listed_objects import ListedObject
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import boolean, double_long_unsigned, octet_string, structure
from conformance.dlms.xdlms.attribute import MethodDescriptor
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.harness.listed_values import ListedValues, Served
from conformance.harness.object_access import fits, invocation, write_attribute
from conformance.harness.putting_back import putting_back
from conformance.harness.standing_association import StandingAssociation
from conformance.tester.accepted_blocks import written
from conformance.tester.accepted_methods import method_fails, method_succeeds
from conformance.tester.accepted_services import access_result_of, refused
from conformance.tester.expectation import Expectation
from conformance.tester.reaction import Reaction
from conformance.tester.seen import seen
from conformance.tester.service_blocks import long_action

BLOCK_SIZE, TRANSFERRED, FIRST_MISSING, ENABLED, STATUS, TO_ACTIVATE = range(2, 8)
INITIATE, BLOCK, VERIFY, ACTIVATE = range(1, 5)
NOT_INITIATED, INITIATED, VERIFYING, VERIFIED = range(4)
ACTIVATED = 6
WHOLE_BLOCKS = 4
IDENTIFIER = b"conformance-trial"
_LONGEST_BLOCK = 64 * 1024
_OVERHEAD = 64


@dataclass(frozen=True, slots=True)
class ImageUnderTest:
    """One Image transfer object with an image for it.

    Attributes:
        values: of its association.
        listed: the object.
        block_size: image_block_size, in octets.
        image: four blocks and a part of a fifth.
    """

    values: ListedValues
    listed: ListedObject
    block_size: int
    image: bytes

    @property
    def count(self) -> int:
        """Blocks of the image."""
        return -(-len(self.image) // self.block_size)

    def served(self, index: int) -> Served:
        """An attribute.

        Raises:
            Inconclusive: the list denies it.
        """
        return needed(self.values, self.listed, index)

    def invoke(self, method: int, parameter: Data) -> Reaction:
        """Invoke a method, in blocks where its parameter does not fit into one APDU.

        Raises:
            Inapplicable: it does not fit, and short names have no such blocks here.
        """
        version, standing = class_version(self.listed.class_id, self.listed.version), self.values.standing
        name = self.values.name_of(self.listed, None if version is None else version.method(method))
        request = invocation(self.listed, method, name, parameter)
        if fits(standing, request):
            return standing.request(request)
        if self.listed.base_name is not None:
            self.values.subtest.inapplicable(f"a block of {self.block_size} octets fits into no Write of one APDU")
        negotiated = standing.established().negotiated
        size = max(1, (negotiated.server_max_receive_pdu_size if negotiated is not None else 0) - _OVERHEAD)
        long = long_action(MethodDescriptor(self.listed.class_id, self.listed.logical_name, method), parameter)
        first, *further = long.blocks(size)
        reaction = standing.request(long.opening(first))
        for block in further:
            reaction = standing.request(long.following(block))
        return reaction

    def succeeds(self, method: int, parameter: Data) -> None:
        """Judge that a method is carried out."""
        self._judge(method, parameter, written(0) if self.listed.base_name is not None else method_succeeds())

    def fails(self, method: int, parameter: Data) -> None:
        """Judge that a method is refused."""
        self._judge(method, parameter, refused() if self.listed.base_name is not None else method_fails())

    def initiate(self) -> Data:
        """The parameter of image_transfer_initiate."""
        return structure(octet_string(IDENTIFIER), double_long_unsigned(len(self.image)))

    def block(self, number: int) -> Data:
        """The parameter of image_block_transfer for a block."""
        start = number * self.block_size
        return structure(double_long_unsigned(number), octet_string(self.image[start : start + self.block_size]))

    def judge_progress(self, transferred: Sequence[int]) -> None:
        """Judge that exactly these blocks are told as transferred, and the first of the others as the first missing."""
        bits, first = self.served(TRANSFERRED), self.served(FIRST_MISSING)
        wanted = "".join("1" if number in transferred else "0" for number in range(self.count))
        told = bits.data.value if bits.data.type is DataType.BIT_STRING else ""
        # Some have a bit for every block that there could be.
        fits_ = told[: self.count] == wanted and "1" not in told[self.count :]
        self.values.check(fits_, bits, f"image_transferred_blocks_status {wanted}")
        missing = next((number for number in range(self.count) if number not in transferred), None)
        number = first.data.value
        right = number == missing if missing is not None else isinstance(number, int) and number >= self.count
        expected = f"{missing}" if missing is not None else f"{self.count} or more: all have come"
        self.values.check(right, first, f"image_first_not_transferred_block_number {expected}")

    def judge_status(self, *statuses: int) -> None:
        """Judge image_transfer_status."""
        served = self.served(STATUS)
        expected = " or ".join(map(str, statuses))
        self.values.check(served.data.value in statuses, served, f"image_transfer_status {expected}")

    def resumed(self) -> ImageUnderTest:
        """The same object in a new association, after the first was closed."""
        return replace(self, values=reopened(self.values))

    def _judge(self, method: int, parameter: Data, expected: Expectation) -> None:
        reaction = self.invoke(method, parameter)
        self.values.subtest.judge(reaction, expected, association=self.values.standing.established())


def needed(values: ListedValues, listed: ListedObject, index: int) -> Served:
    """An attribute that the question cannot do without.

    Raises:
        Inconclusive: the list denies it.
    """
    served = values.served(listed, index)
    if served is None:
        values.subtest.inconclusive(f"{listed}: attribute {index} may not be read")
    return served


@contextmanager
def prepared(values: ListedValues, listed: ListedObject) -> Iterator[ImageUnderTest]:
    """Image transfer enabled, where it can be, and an image; at the end the transfer is wiped, and all put back."""
    size, enabled = needed(values, listed, BLOCK_SIZE), needed(values, listed, ENABLED)
    octets = size.data.value if isinstance(size.data.value, int) else 0
    values.check(0 < octets <= _LONGEST_BLOCK, size, f"image_block_size from 1 to {_LONGEST_BLOCK}")
    if not enabled.data.value:
        if not values.may_write(listed, ENABLED):
            values.subtest.inapplicable(f"{listed}: image_transfer_enabled is FALSE, and may not be written")
        write_enabled(values, listed, True)
    bits = needed(values, listed, TRANSFERRED).data
    under_way = needed(values, listed, STATUS).data.value not in (NOT_INITIATED, ACTIVATED)
    begun = under_way and bits.type is DataType.BIT_STRING and "1" in bits.value
    content = values.subtest.random.randbytes(WHOLE_BLOCKS * octets + octets // 2 + 1)
    image = ImageUnderTest(values, listed, octets, content)
    try:
        yield image
    finally:
        with putting_back(values.subtest, f"image_transfer_enabled of {listed}"):
            _clean_up(replace(image, values=reopened(values)), enabled.data)
        if begun:
            note = f"{values.survey.association}: {listed} held an image that was under way; it was wiped"
            values.subtest.bench.notes.append(note)


def reopened(values: ListedValues) -> ListedValues:
    """The same objects in a new association; the others of the subtest are closed."""
    for association in values.subtest.associations:
        association.close()
    return replace(values, standing=StandingAssociation(values.subtest, openings=1))


def _clean_up(image: ImageUnderTest, enabled: Data) -> None:
    _write_if_other(image, boolean(True))
    image.invoke(INITIATE, image.initiate())
    _write_if_other(image, enabled)


def _write_if_other(image: ImageUnderTest, enabled: Data) -> None:
    values = image.values
    if image.served(ENABLED).data != enabled and values.may_write(image.listed, ENABLED):
        write_enabled(values, image.listed, bool(enabled.value))


def write_enabled(values: ListedValues, listed: ListedObject, enabled: bool) -> None:
    """Write image_transfer_enabled.

    Raises:
        Inconclusive: it is not taken.
    """
    version = class_version(listed.class_id, listed.version)
    name = values.name_of(listed, None if version is None else version.attribute(ENABLED))
    reaction = write_attribute(values.standing, listed, ENABLED, name, boolean(enabled))
    if access_result_of(reaction) != DataAccessResult.SUCCESS:
        values.subtest.inconclusive(f"{listed}: image_transfer_enabled is not taken: {seen(reaction)}")
