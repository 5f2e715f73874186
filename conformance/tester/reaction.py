"""What a meter may do when it is stimulated: answer, keep silent, or do something to the link."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms.apdu import Apdu
from conformance.dlms.errors import CipherError, DecodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.frmr import FrameReject
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.initiate import InitiateResponse
from conformance.record.frame_security import Nonce


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing arrived within the declared response timeout.

    Attributes:
        waited_s: how long it was waited for, in seconds.
        acknowledged: the data link works: the meter took the frame (RR or RNR), and had nothing to answer.
    """

    waited_s: float
    acknowledged: bool = False

    def __str__(self) -> str:
        if self.acknowledged:
            return f"no answer for {self.waited_s:g} s, though the meter took the frame (RR)"
        return f"silence for {self.waited_s:g} s"


@dataclass(frozen=True, slots=True)
class FrameRejected:
    """The meter answered FRMR (IEC 62056-46)."""

    frame: int
    reject: FrameReject | None

    def __str__(self) -> str:
        return f"FRMR ({self.reject})" if self.reject else "FRMR without a readable information field"


@dataclass(frozen=True, slots=True)
class DisconnectedMode:
    """The meter answered DM: it is in normal disconnected mode."""

    frame: int

    def __str__(self) -> str:
        return "DM: the meter is in normal disconnected mode"


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The meter, or what lies between, closed the link."""

    reason: str

    def __str__(self) -> str:
        return f"link closed: {self.reason}"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Octets arrived that are no legal frame, or no PDU for this client.

    Attributes:
        frame: number on the tape.
        reason: what is wrong with them.
        path: of the field of the frame that is wrong; empty where it is none.
    """

    frame: int
    reason: str
    path: str = ""

    def __str__(self) -> str:
        return f"unreadable: {self.reason}"


@dataclass(frozen=True, slots=True)
class Protected:
    """How a received APDU was protected.

    Attributes:
        tag: its outer tag.
        security_control: as received.
        invocation_counter: as received.
        system_title: the title carried in the APDU (general protection); None when it carries none.
        dedicated: opened, or meant to be opened, with the dedicated key.
        error: why it did not open; None when it did.
        signed: it, or what it holds, carries a signature.
        nonce: what protecting it took; None where it did not open, or took none.
        tag_octets: length of an authentication tag that has not 12 octets; None where it has, or cannot be told.
    """

    tag: int
    security_control: SecurityControl
    invocation_counter: int
    system_title: bytes | None
    dedicated: bool
    error: CipherError | DecodeError | None
    signed: bool = False
    nonce: Nonce | None = None
    tag_octets: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An APDU from the meter.

    Attributes:
        frame: number on the tape of the frame that completed it.
        apdu: as received.
        plain: deciphered; the same as `apdu` when it was not protected or did not open.
        value: decoded; None when it does not decode.
        error: why it does not decode; None when it does.
        deviations: what is illegal but readable.
        protected: how it was protected; None for a plain APDU.
        initiate: for an AARE or RLRE, its decoded user-information; None when there is none or it does not decode.
        initiate_protected: for an AARE or RLRE, how its user-information was protected.
        initiate_plain: for an AARE or RLRE, its deciphered user-information.
        initiate_error: why the user-information is not readable.
        in_blocks: it came in general blocks, and `apdu` is what they carried; `frame` completed the last of them.
    """

    frame: int
    apdu: bytes
    plain: bytes
    value: Apdu | None
    error: DecodeError | None = None
    deviations: tuple[Deviation, ...] = ()
    protected: Protected | None = None
    initiate: InitiateResponse | ConfirmedServiceError | None = None
    initiate_protected: Protected | None = None
    initiate_plain: bytes = b""
    initiate_error: DecodeError | CipherError | None = None
    in_blocks: bool = False

    @property
    def tag(self) -> int | None:
        """The first octet of the plain APDU; None for an empty one."""
        return self.plain[0] if self.plain else None


@dataclass(frozen=True, slots=True)
class FrameAnswered:
    """A legal frame with the right addresses came back on a bare HDLC link, whatever it says.

    Attributes:
        frame: number on the tape.
        received: the frame.
    """

    frame: int
    received: Frame

    @property
    def path(self) -> str:
        """Of the field that decides where nothing else does: the control field."""
        return "hdlc-frame.content.control"

    def __str__(self) -> str:
        return str(self.received.control)


Reaction = Reply | Silence | FrameRejected | DisconnectedMode | LinkLost | Unreadable | FrameAnswered
