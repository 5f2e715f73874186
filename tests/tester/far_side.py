"""A meter that does what a test tells it, and the data links that meet it, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from random import Random

from conformance.device.model import AssociationSettings, Device, Protection
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.frame import Frame, read
from conformance.dlms.hdlc.stream import FrameStream
from conformance.dlms.reader import decode
from conformance.dlms.wrapper import WrapperPdu, WrapperStream
from conformance.link.clock import VirtualClock
from conformance.link.loopback import LoopbackLink
from conformance.tester.association import Association
from conformance.tester.data_link.data_link import DataLink
from conformance.tester.data_link.hdlc import HdlcDataLink
from conformance.tester.data_link.wrapper import WrapperDataLink
from conformance.tester.line import Line
from conformance.tester.security import ClientSecurity
from conformance.tester.tape import Tape

CLIENT = HdlcAddress(16)
SERVER = HdlcAddress(1)
TIMEOUT_S = 5.0
CLOSE = b""
"""As an answer: the meter closes the connection."""
Answers = Iterable[bytes | tuple[float, bytes]]
"""What the meter sends; with a delay in seconds, or at once."""


class FarSide:
    """Answers every frame or PDU it gets by the next entry of a script, then with silence."""

    def __init__(self, *script: Answers, then: Callable[[bytes], Answers] = lambda _: ()) -> None:
        self.closed = False
        self.received: list[bytes] = []
        self._script = list(script)
        self._then = then
        self._outgoing: list[tuple[float, bytes]] = []

    def connected(self, now: float) -> None:
        pass

    def disconnected(self, now: float) -> None:
        pass

    def receive(self, octets: bytes, now: float) -> None:
        self.received.append(octets)
        answers = self._script.pop(0) if self._script else self._then(octets)
        for answer in answers:
            delay, sent = answer if isinstance(answer, tuple) else (0.0, answer)
            if sent == CLOSE:
                self.closed = True
            else:
                self._outgoing.append((now + delay, sent))

    def outgoing(self, now: float) -> list[tuple[float, bytes]]:
        taken, self._outgoing = self._outgoing, []
        return taken

    def next_timer(self) -> float | None:
        return None

    def tick(self, now: float) -> None:
        pass


def hdlc_line(far_side: FarSide) -> Line:
    line = Line(LoopbackLink(lambda: far_side, VirtualClock()), FrameStream(), "hdlc", Tape())
    line.open()
    return line


def wrapper_line(far_side: FarSide) -> Line:
    line = Line(LoopbackLink(lambda: far_side, VirtualClock()), WrapperStream(), "wrapper", Tape())
    line.open()
    return line


def hdlc_link(far_side: FarSide, **values: object) -> HdlcDataLink:
    settings: dict[str, object] = {"client": CLIENT, "server": SERVER, "proposed": None}
    settings |= {"response_timeout_s": TIMEOUT_S, **values}
    return HdlcDataLink(hdlc_line(far_side), **settings)  # type: ignore[arg-type]


def wrapper_link(far_side: FarSide) -> WrapperDataLink:
    return WrapperDataLink(wrapper_line(far_side), client_wport=16, server_wport=1)


def from_meter(kind: FrameType, information: bytes = b"", *, final: bool = True, **values: object) -> bytes:
    """A frame from the meter: `ns`, `nr`, `segmented`, `source` and `destination` differ from the usual where given."""
    control = Control(kind, final, int(str(values.get("nr", 0))), int(str(values.get("ns", 0))))
    source, destination = values.get("source", SERVER), values.get("destination", CLIENT)
    assert isinstance(source, HdlcAddress)
    assert isinstance(destination, HdlcAddress)
    return Frame(destination, source, control, information, bool(values.get("segmented"))).encode()


def answer(apdu: bytes, **values: object) -> bytes:
    """A whole APDU in an I-frame."""
    return from_meter(FrameType.I, b"\xe6\xe7\x00" + apdu, **values)  # type: ignore[arg-type]


def ready(nr: int, *, final: bool = True) -> bytes:
    return from_meter(FrameType.RR, nr=nr, final=final)


UA = from_meter(FrameType.UA)
DM = from_meter(FrameType.DM)


def wrapped(apdu: bytes, source: int = 1, destination: int = 16) -> bytes:
    return WrapperPdu(source, destination, apdu).encode()


def frames(far_side: FarSide) -> list[Frame]:
    """What the tester sent, decoded."""
    return [decode(octets, read, "hdlc-frame") for octets in far_side.received]


def sent_controls(far_side: FarSide) -> list[str]:
    return [str(frame.control) for frame in frames(far_side)]


class SetChallenges(Random):
    """Gives the challenges of a capture, then others."""

    def __init__(self, *challenges: bytes) -> None:
        super().__init__(1)
        self._challenges = list(challenges)

    def randbytes(self, n: int) -> bytes:
        return self._challenges.pop(0) if self._challenges else super().randbytes(n)


def association(
    device: Device,
    settings: AssociationSettings,
    data_link: DataLink,
    *,
    protection: Protection | None = None,
    random: Random | None = None,
) -> Association:
    security = ClientSecurity(settings, counting())
    return Association(
        device,
        settings,
        protection or settings.protections[0],
        data_link,
        security,
        random or Random(1),
        lambda _: None,
    )


def counting(first: int = 1) -> Callable[[], int]:
    numbers: Iterator[int] = iter(range(first, 1 << 32))
    return lambda: next(numbers)
