"""A client at the other end of the meter's line, and an application that remembers what befell it."""

from __future__ import annotations

from conformance.dlms.hdlc import parameters
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.frame import Frame, read
from conformance.dlms.hdlc.llc import COMMAND_HEADER
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.reader import decode
from conformance.meter.application import NothingUnasked
from conformance.meter.hdlc_server import HdlcServer

SERVER = HdlcAddress(1)
CLIENT = HdlcAddress(16)


class EchoApplication(NothingUnasked):
    """Replies with the APDU in reverse; nothing to an APDU that begins with 00."""

    def __init__(self) -> None:
        self.requests: list[tuple[int, int, bytes]] = []
        self.lost: list[tuple[int | None, int | None]] = []

    def request(self, client_sap: int, server_sap: int, apdu: bytes, now: float) -> bytes | None:
        self.requests.append((client_sap, server_sap, apdu))
        return None if apdu.startswith(b"\x00") else apdu[::-1]

    def link_lost(self, client_sap: int | None, server_sap: int | None) -> None:
        self.lost.append((client_sap, server_sap))


class Client:
    """Sends frames to a meter of its own and gives the frames that come back."""

    def __init__(
        self, *, defects: tuple[str, ...] = (), abilities: LinkParameters | None = None, **settings: object
    ) -> None:
        self.application = EchoApplication()
        self.now = 0.0
        self.server = HdlcServer(
            self.application,
            abilities=abilities,
            defects=frozenset(defects),
            **settings,  # type: ignore[arg-type]
        )
        self.server.connected(self.now)

    def octets(self, octets: bytes) -> list[Frame]:
        """Send octets as they are."""
        self.server.receive(octets, self.now)
        return [decode(sent, read, "hdlc-frame") for _, sent in self.server.outgoing(self.now)]

    def send(
        self,
        kind: FrameType,
        information: bytes = b"",
        *,
        ns: int = 0,
        nr: int = 0,
        poll: bool = True,
        segmented: bool = False,
        server: HdlcAddress = SERVER,
        client: HdlcAddress = CLIENT,
        undefined: int = 0,
    ) -> list[Frame]:
        """Send one frame."""
        control = Control(kind, poll, nr, ns, undefined)
        return self.octets(Frame(server, client, control, information, segmented).encode())

    def apdu(self, apdu: bytes, *, ns: int = 0, nr: int = 0, poll: bool = True, **more: HdlcAddress) -> list[Frame]:
        """Send an APDU in one I-frame."""
        return self.send(FrameType.I, COMMAND_HEADER + apdu, ns=ns, nr=nr, poll=poll, **more)

    def connect(self, proposed: LinkParameters | None = None) -> LinkParameters:
        """Set the link up; what was settled on is not judged."""
        information = proposed.encode() if proposed is not None else b""
        (answer,) = self.send(FrameType.SNRM, information)
        assert answer.control.type is FrameType.UA
        return decode(answer.information, parameters.read, "parameters") if answer.information else LinkParameters()

    def mode(self) -> str:
        """NRM or NDM, as RR tells it."""
        (answer,) = self.send(FrameType.RR)
        return "NDM" if answer.control.type is FrameType.DM else "NRM"
