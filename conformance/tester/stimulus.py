"""Stimuli as values: a valid message plus named alterations, made, compared and printed without a meter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from conformance.device.model import Protection
from conformance.dlms.alteration import Alteration, Change, Operation, Trailer, Truncation


class Template(StrEnum):
    """The valid message that a stimulus starts from, made from what the device config declares."""

    AARQ = "AARQ as declared"
    RLRQ = "RLRQ as declared"
    APDU = "APDU"
    """A given APDU, protected, blocked and framed as usual."""
    RAW = "octets in place of an APDU"
    """Given octets, framed as usual, never protected."""
    FRAME = "frame"
    """A single HDLC frame with the device's own addresses; `octets` is its information field."""
    LINE = "octets on the line"
    """Given octets, sent as they are, without frame or PDU around them."""


class Layer(StrEnum):
    """Where an alteration is made; each layer below works on what the one above gives it, as usual."""

    INITIATE = "initiate-request"
    """The InitiateRequest, before it is protected."""
    APDU = "apdu"
    """The ACSE APDU, or the xDLMS APDU before it is protected."""
    CIPHERED = "ciphered"
    """The protected APDU: for an AARQ the protected InitiateRequest."""
    WRAPPER = "wrapper"
    """The wrapper PDU."""
    HDLC = "hdlc-frame"
    """The (first) HDLC frame."""


class Destination(StrEnum):
    """Whom a frame is addressed to; what is not the device's own is made of what the device config does not declare."""

    OWN = "the device's own address"
    UNKNOWN_LOGICAL_DEVICE = "a logical device that is not declared"
    UNKNOWN_PHYSICAL_DEVICE = "a physical device that is not declared"
    ALL_STATIONS = "all stations"
    NO_STATION = "no station"


_LAYERS = {layer.value: layer for layer in Layer}
_COMMANDS = (0x93, 0x53)
"""Control fields of SNRM and DISC, with P."""
_MOST_PURPOSE = 300
LINK_LAYERS = (Layer.WRAPPER, Layer.HDLC)
"""The layers that belong to the data link, of which a device has one."""


@dataclass(frozen=True, slots=True)
class Stimulus:
    """A valid message plus what is done to it.

    Attributes:
        template: the message it starts from.
        octets: of APDU and RAW templates, the message.
        name: of APDU templates, what it is in the standard's words.
        values: of AARQ and RLRQ templates, fields that differ from the declaration before the message is encoded, so
            that everything that depends on them (ciphering, lengths, challenge answers) follows.
        changes: alterations of encoded messages, each with the layer that it is made at.
        protection: in place of the variant's; None leaves the variant's.
        control: of FRAME templates, the control field.
        segmented: of FRAME templates, the segmentation bit.
        destination: of FRAME templates, whom the frame is addressed to.
        address_octets: of FRAME templates, octets of the destination address; None takes those that are in use.
    """

    template: Template
    octets: bytes = b""
    name: str = ""
    values: Mapping[str, object] = field(default_factory=dict, hash=False)
    changes: tuple[tuple[Layer, Change], ...] = ()
    protection: Protection | None = None
    control: int = 0
    segmented: bool = False
    destination: Destination = Destination.OWN
    address_octets: int | None = None

    def altered(self, path: str, octets: str | bytes) -> Stimulus:
        """The field at `path` replaced by `octets` (hex when a string)."""
        return self._with(path, Operation.REPLACE, _octets(octets))

    def dropped(self, path: str) -> Stimulus:
        """The field at `path` left out."""
        return self._with(path, Operation.DROP)

    def repeated(self, path: str, times: int = 2) -> Stimulus:
        """The field at `path` sent `times` times."""
        return self._with(path, Operation.REPEAT, number=times)

    def cut(self, path: str, octets: int) -> Stimulus:
        """Only the first `octets` octets of the field at `path`."""
        return self._with(path, Operation.CUT, number=octets)

    def inserted_before(self, path: str, octets: str | bytes) -> Stimulus:
        """`octets` put before the field at `path`."""
        return self._with(path, Operation.INSERT_BEFORE, _octets(octets))

    def inserted_after(self, path: str, octets: str | bytes) -> Stimulus:
        """`octets` put after the field at `path`."""
        return self._with(path, Operation.INSERT_AFTER, _octets(octets))

    def added(self, path: str, number: int) -> Stimulus:
        """The length or count at `path` wrong by `number`."""
        return self._with(path, Operation.ADD, number=number)

    def flipped(self, path: str, mask: str | bytes = "01") -> Stimulus:
        """`mask` exclusive-ored over the last octets of the field at `path`, after everything was recomputed."""
        return self._with(path, Operation.FLIP, _octets(mask))

    def truncated(self, octets: int, layer: Layer = Layer.APDU) -> Stimulus:
        """The message of `layer` cut after `octets` octets, or by as many from its end when negative."""
        return replace(self, changes=(*self.changes, (layer, Truncation(octets))))

    def followed_by(self, octets: str | bytes, layer: Layer = Layer.APDU) -> Stimulus:
        """The message of `layer` with `octets` behind it."""
        return replace(self, changes=(*self.changes, (layer, Trailer(_octets(octets)))))

    def under(self, protection: Protection) -> Stimulus:
        """The same message under another protection than the variant's."""
        return replace(self, protection=protection)

    def at(self, *layers: Layer) -> tuple[Change, ...]:
        """The changes made at `layers`, in their order."""
        return tuple(change for layer, change in self.changes if layer in layers)

    @property
    def purpose(self) -> str:
        """What is sent so on purpose, in words; empty where it is what any client sends that goes by the device config.

        Octets that stand in place of an APDU are always sent on purpose, and so is any single frame but SNRM and DISC.
        """
        altered = bool(self.changes or self.values)
        match self.template:
            case Template.RAW | Template.LINE:
                altered = True
            case Template.FRAME:
                known = self.control in _COMMANDS and self.destination is Destination.OWN
                altered = altered or not known or bool(self.octets) or self.address_octets is not None
        return str(self)[:_MOST_PURPOSE] if altered else ""

    def __str__(self) -> str:
        text = self.name or self.template.value
        if self.template in (Template.APDU, Template.RAW, Template.LINE):
            text += f" {_elided(self.octets)}"
        elif self.template is Template.FRAME:
            text += self._frame_text()
        if self.values:
            text += " with " + ", ".join(f"{name} {_shown(value)}" for name, value in self.values.items())
        if self.changes:
            text += "; " + "; ".join(str(change) for _, change in self.changes)
        if self.protection is not None:
            text += f"; protection {self.protection.value}"
        return text

    def _frame_text(self) -> str:
        text = ", segmented" if self.segmented else ""
        if self.octets:
            text += f" with information {_elided(self.octets)}"
        if self.destination is not Destination.OWN or self.address_octets is not None:
            text += f" to {self.destination.value}"
        if self.address_octets is not None:
            text += f" on {self.address_octets} octet{'s' if self.address_octets > 1 else ''}"
        return text

    def _with(self, path: str, operation: Operation, octets: bytes = b"", number: int = 0) -> Stimulus:
        change = Alteration(path, operation, octets, number)
        return replace(self, changes=(*self.changes, (_layer_of(path), change)))


def aarq(**values: object) -> Stimulus:
    """The AARQ that the device config declares for the association.

    Args:
        values: fields to differ, by the names of `Aarq` and `InitiateRequest` (snake_case), before anything is encoded.
    """
    return Stimulus(Template.AARQ, values=MappingProxyType(values))


def rlrq(**values: object) -> Stimulus:
    """The RLRQ that fits the association: with a protected InitiateRequest where it is ciphered."""
    return Stimulus(Template.RLRQ, values=MappingProxyType(values))


def apdu(octets: str | bytes, name: str = "") -> Stimulus:
    """A given APDU; protected, blocked and framed as usual."""
    return Stimulus(Template.APDU, octets=_octets(octets), name=name)


def raw(octets: str | bytes, name: str = "") -> Stimulus:
    """Given octets in place of an APDU, framed as usual and never protected."""
    return Stimulus(Template.RAW, octets=_octets(octets), name=name)


def _octets(octets: str | bytes) -> bytes:
    return bytes.fromhex(octets) if isinstance(octets, str) else bytes(octets)


def _layer_of(path: str) -> Layer:
    root = path.partition(".")[0]
    return _LAYERS.get(root, Layer.APDU)


def _elided(octets: bytes) -> str:
    shown = octets[:24].hex().upper()
    return f"{shown}… ({len(octets)} octets)" if len(octets) > 24 else shown


def _shown(value: object) -> str:
    if isinstance(value, (bytes, bytearray)):
        return _elided(bytes(value)) or "empty"
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(str(item) for item in value)) + "}"
    return str(value)
