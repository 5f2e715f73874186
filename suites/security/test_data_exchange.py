"""Protected exchange of data: attributes are read and written under each key and each security control."""

from dataclasses import dataclass, replace

from conformance.device.model import Permission
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.harness.applicability import ciphered, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.plain_requests import read_request
from conformance.harness.refused_writes import write_request
from conformance.harness.security_applicability import ciphering, only_signed, policy_allows
from conformance.harness.trial import Trial
from conformance.harness.written_values import another_value, judge_written, left_as_found
from conformance.tester.accepted_data_exchange import protected_reply
from conformance.tester.accepted_services import data, data_of
from conformance.tester.association import Association
from conformance.tester.reaction import Reaction
from conformance.tester.stimulus import Stimulus

_SAID = {0x10: "authenticated", 0x20: "encrypted", 0x30: "authenticated and encrypted"}
_READ_AND_WRITTEN = target("readable") & target("writable")


@dataclass(frozen=True, slots=True)
class _Exchange:
    """What a subtest exchanges: security control (None: no symmetric key), and whether it writes."""

    control: int | None
    writes: bool


def _established(subtest: Trial, control: int | None) -> Association:
    """The association as declared, and from then on this security control in each request."""
    association = subtest.association
    association.establish()
    if control is not None:
        # The association's own view of the declaration: whatever it asks from here on, it asks so.
        association.security.settings = replace(association.settings, security_control=control)
    return association


def _asked(subtest: Trial, request: Stimulus) -> Reaction:
    """A request whose reply is protected as it must be."""
    reaction = subtest.association.request(request)
    subtest.judge(reaction, protected_reply(subtest.association))
    return reaction


def _read(subtest: Trial, attribute: AttributeDescriptor, wanted: Data | None = None) -> Data:
    reaction = _asked(subtest, read_request(subtest.settings, attribute))
    subtest.judge(reaction, data(wanted))
    value = data_of(reaction)
    assert value is not None
    return value


def _exchanged(subtest: Trial, exchange: _Exchange) -> None:
    _established(subtest, exchange.control)
    readable, writable = subtest.settings.targets.readable, subtest.settings.targets.writable
    assert readable is not None
    with subtest.step(f"reads targets.readable, {readable}"):
        _read(subtest, readable)
    if writable is None:
        return
    with subtest.step(f"reads targets.writable, {writable}"):
        before = _read(subtest, writable)
    if exchange.writes:
        _written(subtest, writable, before)


def _written(subtest: Trial, writable: AttributeDescriptor, before: Data) -> None:
    other = another_value(subtest, writable, before)
    with left_as_found(subtest, writable, before):
        for value in (other, before):
            with subtest.step(f"writes {describe(value)} to targets.writable, the one writable target, and reads it"):
                judge_written(subtest, _asked(subtest, write_request(subtest.settings, writable, value)))
                _read(subtest, writable, value)


def _with(control: int) -> str:
    return f"security control 0x{control:02X}, {_SAID[control]},"


def _writing(number: int, control: int) -> Subtest:
    return Subtest(
        number,
        f"write and read back under security control 0x{control:02X}, {_SAID[control]}",
        procedure=f"opens as declared; under {_with(control)} reads targets.readable and targets.writable, writes "
        "another value to targets.writable, reads it back, restores it",
        accepts="success; the value that was written; replies protected at least as their requests",
        applies=ciphering & policy_allows(control) & _READ_AND_WRITTEN,
        permission=Permission.WRITES,
        argument=_Exchange(control, writes=True),
    )


def _reading(number: int, control: int) -> Subtest:
    return Subtest(
        number,
        f"read under security control 0x{control:02X}, {_SAID[control]}",
        procedure=f"opens as declared; under {_with(control)} reads targets.readable, and targets.writable where there "
        "is one",
        accepts="data, in replies protected at least as their requests",
        applies=ciphering & policy_allows(control) & target("readable"),
        argument=_Exchange(control, writes=False),
    )


@case(
    "T_SYMSEC_0_SecDataX_P1",
    title="Protected reading and writing",
    clause="IEC 62056-5-3, xDLMS APDUs with cryptographic protection; security policy",
    applies=ciphered,
    variants=Variants.EACH_PROTECTION,
    negative=False,
)
@subtests(
    *(_writing(number, control) for number, control in enumerate(_SAID, start=1)),
    Subtest(
        4,
        "write and read back, signed only",
        procedure="opens as declared; reads targets.readable and targets.writable, writes another value to "
        "targets.writable, reads it back, restores it",
        accepts="success; the value that was written; signed replies",
        applies=only_signed & _READ_AND_WRITTEN,
        permission=Permission.WRITES,
        argument=_Exchange(None, writes=True),
    ),
    *(_reading(number, control) for number, control in enumerate(_SAID, start=11)),
)
def test_symsec_0_secdatax_p1(subtest: Trial) -> None:
    """A meter serves reading and writing under each declared key and each security control that its policy allows.

    A device config declares one target that may be written, targets.writable; targets.readable is the second attribute,
    which is read only. The identifier speaks of suite 0; the same procedure runs in the declared suite.
    """
    exchange = subtest.argument
    assert isinstance(exchange, _Exchange)
    _exchanged(subtest, exchange)
