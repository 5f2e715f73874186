"""The wrapper: version, ports and length of each PDU, and silence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from conformance.diagnose.intake.conversation import Unit
from conformance.diagnose.layers.seen import hexed
from conformance.diagnose.layers.statements import Statements
from conformance.diagnose.layers.wrapper_turns import matched, ports, silence
from conformance.diagnose.layers.wrapper_unit import WrapperUnit, read_unit
from conformance.dlms.wrapper import HEADER_OCTETS, VERSION

_BER: Final = frozenset(b"\x60\x61\x62\x63")


def explain(units: Sequence[tuple[int, Unit]], said: Statements) -> None:
    """What the wrapper PDUs of one stream say."""
    pdus: list[WrapperUnit] = []
    wrong = said.wrong
    for index, unit in units:
        pdu = read_unit(index, unit)
        if pdu is None:
            _unreadable(index, unit, said)
            continue
        pdus.append(pdu)
        _version(pdu, said)
        _length(pdu, said)
    replies = matched(pdus, said)
    ports(pdus, replies, said)
    silence(units, pdus, replies, said)
    if pdus and len(pdus) == len(units) and said.wrong == wrong:
        text = f"Version is 1 and the length right in all {len(pdus)} wrapper PDUs; wPorts are swapped in each reply."
        said.info("wrapper-consistent", pdus[0].index, "", text)


def _unreadable(index: int, unit: Unit, said: Statements) -> None:
    octets = unit.octets
    if octets[:1] == b"~":
        text = f"Where a wrapper header belongs stands an HDLC frame: {hexed(octets)}."
        hint = "The port speaks HDLC over TCP: set the profile to hdlc in the device config."
        said.error("hdlc-in-place-of-wrapper", index, "wrapper.version", text, hint)
    elif len(octets) < HEADER_OCTETS:
        text = f"{len(octets)} octets, {hexed(octets)}, are less than the 8 of a wrapper header."
        said.error("wrapper-header-cut", index, "", text, "Look where the stream was cut: every read may end anywhere.")
    else:
        _headless(index, unit, said)


def _headless(index: int, unit: Unit, said: Statements) -> None:
    octets = unit.octets
    version = int.from_bytes(octets[:2], "big")
    apdu = octets[0] in _BER and octets[1] < 0x80 and len(octets) == octets[1] + 2
    if apdu:
        text = f"An APDU of tag {octets[0]:02X} stands without the wrapper header of 8 octets before it."
        hint = "Put version 0001, source and destination wPort and length before each APDU."
        said.error("wrapper-header-missing", index, "", text, hint)
        return
    reversed_version = " Its octets are reversed." if octets[:2] == b"\x01\x00" else ""
    text = f"The header begins with version {version} ({octets[:2].hex().upper()}); it is {VERSION}.{reversed_version}"
    hint = "Receiver and sender are out of step from here on, or another protocol is spoken."
    said.error("wrapper-version-wrong", index, "wrapper.version", text, hint)


def _version(pdu: WrapperUnit, said: Statements) -> None:
    if pdu.version == VERSION:
        return
    turned = " Its octets are reversed." if pdu.version == 0x0100 else ""
    text = f"Version is {pdu.version} ({pdu.version:04X}), and should be {VERSION}.{turned}"
    hint = "A receiver must drop it."
    said.error("wrapper-version-wrong", pdu.index, "wrapper.version", text, hint)


def _length(pdu: WrapperUnit, said: Statements) -> None:
    there = len(pdu.data)
    inner = _ber_size(pdu.data)
    if pdu.length == there:
        if pdu.length == 0:
            said.warning("wrapper-empty", pdu.index, "wrapper.length", "The length is 0: no APDU follows the header.")
        elif inner is not None and inner != there and not pdu.unit.unknown:
            less = "ends" if inner < there else "goes on"
            text = (
                f"Length {pdu.length} is what follows, but the APDU in it {less} at {inner} octets by its own length."
            )
            hint = "Compare the length of the wrapper with that behind the APDU's tag."
            said.error("wrapper-length-against-apdu", pdu.index, "wrapper.length", text, hint)
        return
    text = f"The length says {pdu.length} octets; {there} follow the header."
    hint = "The length counts the octets of the APDU alone."
    code = "wrapper-length-too-long" if pdu.length > there else "wrapper-length-too-short"
    next_one = pdu.data.find(pdu.unit.octets[:6])
    if 0 <= next_one < pdu.length < there:
        code, over = "wrapper-length-too-long", pdu.length - next_one
        text = f"The length says {pdu.length} octets; after {next_one} the next PDU begins: it is too long by {over}."
        text += " It counts the header too." if over == HEADER_OCTETS else ""
    elif pdu.length == there + HEADER_OCTETS:
        text += " It is too long by 8: it counts the header too."
    elif int.from_bytes(pdu.length.to_bytes(2, "big"), "little") == there:
        text += " With its octets reversed it is right: it is sent lowest octet first."
    elif inner is not None and inner == there:
        text += f" The APDU is whole with {inner} octets by its own length: the length of the wrapper is wrong."
    elif inner is not None and inner == pdu.length and pdu.length > there:
        text += f" The APDU has {inner} octets by its own length too: {pdu.length - there} octets are missing."
        hint = "Read on until the length is reached: TCP may cut anywhere. Else the log, or the sender, lost the rest."
        code = "wrapper-pdu-cut"
    elif pdu.length + HEADER_OCTETS == there:
        text += " The 8 octets that are too many may be a second header."
    said.error(code, pdu.index, "wrapper.length", text, hint)


def _ber_size(data: bytes) -> int | None:
    """Octets of an ACSE APDU by its own length; None for others, whose end is not told at their beginning."""
    if len(data) < 2 or data[0] not in _BER:
        return None
    if data[1] < 0x80:
        return 2 + data[1]
    width = data[1] & 0x7F
    if not 1 <= width <= 2 or len(data) < 2 + width:
        return None
    return 2 + width + int.from_bytes(data[2 : 2 + width], "big")
