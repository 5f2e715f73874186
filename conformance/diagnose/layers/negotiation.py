"""The parameters of SNRM and UA, and whether information fields keep to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.diagnose.layers.seen import Seen, hexed
from conformance.diagnose.layers.statements import Statements
from conformance.diagnose.reasoning.statement import Change
from conformance.dlms.apdu import decode as decode_apdu
from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc.llc import RESPONSE_HEADER
from conformance.dlms.hdlc.parameters import (
    DEFAULT_MAX_INFORMATION,
    FORMAT_IDENTIFIER,
    GROUP_IDENTIFIER,
    LinkParameters,
    read,
)
from conformance.dlms.reader import decode

_FIELD: Final = "hdlc-frame.content.information"
_NAMES: Final = {
    5: "max-information-field-length-transmit",
    6: "max-information-field-length-receive",
    7: "window-size-transmit",
    8: "window-size-receive",
}
_MODES: Final = {
    "max_information_transmit": ("max_information_receive", "max-information-field-length-transmit", "receive"),
    "max_information_receive": ("max_information_transmit", "max-information-field-length-receive", "transmit"),
    "window_transmit": ("window_receive", "window-size-transmit", "receive"),
    "window_receive": ("window_transmit", "window-size-receive", "transmit"),
}
_SHORTEST_USEFUL: Final = 12
"""Octets of an information field below which hardly a request fits even in segments."""


_DEFAULTS: Final = LinkParameters()


@dataclass(frozen=True, slots=True)
class Group:
    """The information field of an SNRM or a UA.

    Attributes:
        parameters: defaults where they are absent.
        present: identifiers that stand there.
        readable: the field could be read to its end.
        sound: nothing is wrong with it.
    """

    parameters: LinkParameters = _DEFAULTS
    present: frozenset[int] = frozenset()
    readable: bool = True
    sound: bool = True


def group(frame: Seen, said: Statements) -> Group:
    """The parameters of an SNRM or UA; what is wrong with them is stated."""
    information = b"" if frame.look is None else frame.look.information
    if not information:
        return Group()
    values = _values(information)
    wrong = said.wrong
    for identifier, octets in values:
        _value(frame, identifier, octets, said)
    if information[:2] == bytes((FORMAT_IDENTIFIER, GROUP_IDENTIFIER)) and len(information) > 2:
        follow = len(information) - 3
        if information[2] != follow:
            message = (
                f"The group length says {information[2]} octets; {follow} follow it.{_longer(information, values)}"
            )
            suggestion = "The group length counts all octets of the parameters behind it."
            whole = sum(len(octets) + 2 for _, octets in values) == follow
            say = said.info if whole and values else said.warning
            say("parameter-group-length", frame.index, f"{_FIELD}.group-length", message, suggestion)
    present = frozenset(identifier for identifier, _ in values)
    sound = said.wrong == wrong
    try:
        return Group(decode(information, read, "link-parameters", deviations=[]), present, sound=sound)
    except DecodeError as error:
        message = f"The parameters {hexed(information)} cannot be read: {error}."
        suggestion = "They are 81 80, a length, then identifier, length and value each."
        said.error("parameters-unreadable", frame.index, _FIELD, message, suggestion)
        return Group(present=present, readable=False, sound=False)


def agreed(proposed: tuple[Seen, Group], settled: tuple[Seen, Group], said: Statements) -> None:
    """What SNRM and UA settle on, and where the UA goes beyond the SNRM."""
    (_, offer), (frame, answer) = proposed, settled
    theirs, ours = answer.parameters, offer.parameters
    lines = (
        f"the meter sends information fields of up to {theirs.max_information_transmit} octets and takes up to "
        f"{theirs.max_information_receive}, windows {theirs.window_transmit} and {theirs.window_receive}"
    )
    if not answer.present:
        text = "The UA carries no parameters: the defaults apply, information fields of 128 octets and windows of 1."
        said.info("ua-without-parameters", frame.index, _FIELD, text)
    else:
        wanted = (
            f"The SNRM proposes {ours.max_information_transmit}/{ours.max_information_receive} octets and windows "
            f"{ours.window_transmit}/{ours.window_receive}"
            if offer.present
            else "The SNRM carries no parameters, which proposes 128/128 octets and windows 1/1"
        )
        said.info("link-negotiated", frame.index, _FIELD, f"{wanted}; by the UA {lines}.")
    if not (answer.readable and offer.readable):
        return
    for name, (mirrored, words, side) in _MODES.items():
        value, most = getattr(theirs, name), getattr(ours, mirrored)
        if value > most:
            absent = "" if offer.present else " (the default, as the SNRM carries no parameters)"
            said.warning(
                "ua-exceeds-proposal",
                frame.index,
                f"{_FIELD}.{words}",
                f"The UA says {words} {value}; the client can {side} {most}{absent}: a UA never exceeds the SNRM.",
                _exceeded(name, value, most),
            )


def length(frame: Seen, settled: LinkParameters, said: Statements) -> bool:
    """Whether an information field keeps to what was negotiated; where it does not, that is stated."""
    size = 0 if frame.look is None else len(frame.look.information)
    sent = frame.direction == "C>S"
    most = settled.max_information_receive if sent else settled.max_information_transmit
    if size == most and not sent:
        _whole(frame, most, said)
    if size <= most:
        return True
    other = settled.max_information_transmit if sent else settled.max_information_receive
    turned = ""
    if size <= other:
        turned = f" It would fit {other}, the length of the other direction: one side takes the two lengths reversed."
    who, name = ("The client", "receive") if sent else ("The meter", "transmit")
    llc = " It is too long by the 3 octets of the LLC header, which count too." if size == most + 3 else ""
    config = f"max_information_field_length_{'transmit' if sent else 'receive'} under [hdlc]"
    said.error(
        "information-too-long",
        frame.index,
        _FIELD,
        f"{who} sends an information field of {size} octets; the UA says {name} {most}.{llc}{turned}",
        f"Set {config} to {most}, and cut APDUs into segments." if sent else "The meter must keep to its own UA.",
        changes=(Change("hdlc", "max_information_field_length_transmit", str(most)),) if sent else (),
    )
    return False


def _whole(frame: Seen, most: int, said: Statements) -> None:
    """A reply that fills its frame, is no segment, and yet is not whole."""
    view = frame.look
    if view is None or view.segmented or not view.information.startswith(RESPONSE_HEADER) or frame.unit.unknown:
        return
    try:
        decode_apdu(view.information[len(RESPONSE_HEADER) :], deviations=[])
    except DecodeError as error:
        if "left" not in error.message and "follow" not in error.message:
            return
        text = (
            f"The information field of {frame.name} has the {most} octets negotiated, its segmentation bit is "
            f"0, and the APDU in it is not whole ({error.path}): more segments belong to it."
        )
        hint = "All segments but the last one have the S bit: the meter leaves it out."
        said.error("segmentation-bit-missing", frame.index, "hdlc-frame.format", text, hint)


def _exceeded(name: str, value: int, most: int) -> str:
    if name.startswith("window"):
        return f"Set window_size_{'receive' if name.endswith('transmit') else 'transmit'} under [hdlc] if it works."
    side = "receive" if name.endswith("transmit") else "transmit"
    return f"Set max_information_field_length_{side} under [hdlc] to {value}, or keep to {most} in spite of the UA."


def _value(frame: Seen, identifier: int, octets: bytes, said: Statements) -> None:
    name = _NAMES.get(identifier)
    field = f"{_FIELD}.{name or f'parameter-{identifier:02X}'}"
    if name is None:
        message = f"Parameter {identifier:02X} with value {hexed(octets)} is none of 05 to 08."
        said.info("parameter-unknown", frame.index, field, message)
        return
    value = int.from_bytes(octets, "big")
    window = identifier >= 7
    if not octets or len(octets) > 4:
        message = f"{name} stands on {len(octets)} octets; it has 1, 2 or 4."
        said.error("parameter-width", frame.index, field, message, "Mend the length of the parameter.")
    elif not 1 <= value <= (7 if window else 2030):
        turned = int.from_bytes(octets, "little")
        hint = ""
        if len(octets) > 1 and 1 <= turned <= (7 if window else 2030):
            hint = f" Read with its lowest octet first it is {turned}: its octets are reversed."
        message = f"{name} is {value} ({hexed(octets)}), which is not 1 to {7 if window else 2030}.{hint}"
        config = name.replace("-", "_")
        said.warning("parameter-nonsense", frame.index, field, message, f"Set {config} under [hdlc] within the range.")
    elif not window and value < _SHORTEST_USEFUL:
        message = (
            f"{name} is {value}; even short APDUs need several segments. The default is {DEFAULT_MAX_INFORMATION}."
        )
        said.warning("parameter-nonsense", frame.index, field, message, f"Set {name.replace('-', '_')} under [hdlc].")


def _longer(information: bytes, values: list[tuple[int, bytes]]) -> str:
    """Where the group length fits lengths on two octets each, what these would be."""
    short = [(identifier, octets) for identifier, octets in values if identifier in (5, 6) and len(octets) == 1]
    if not short or information[2] - (len(information) - 3) != len(short):
        return ""
    listed = ", ".join(f"{0x100 | octets[0]} ({identifier:02X})" for identifier, octets in short)
    return (
        " It would fit lengths on two octets each: where 01 is not their width but part of them, and the width is "
        f"missing, they are {listed}."
    )


def _values(information: bytes) -> list[tuple[int, bytes]]:
    """Identifier and value of each parameter, as far as they can be read."""
    found: list[tuple[int, bytes]] = []
    at = 3
    while at + 2 <= len(information):
        end = at + 2 + information[at + 1]
        if end > len(information):
            break
        found.append((information[at], information[at + 2 : end]))
        at = end
    return found
