"""The meter's end of an HDLC line: frames in and out, addresses, timeouts (IEC 62056-46)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.parameters import LARGEST_MAX_INFORMATION, LARGEST_WINDOW, LinkParameters
from conformance.meter.application import Application, Served
from conformance.meter.hdlc_intake import LONE_FLAG, HdlcIntake
from conformance.meter.hdlc_link import HdlcLink
from conformance.meter.hdlc_reply import octets_of
from conformance.meter.hdlc_transitions import LinkState

_LATE_S: Final = 2.5
"""How much later a meter with `hdlc-reply-late` answers."""
_GAP_S: Final = 0.12
"""How long a meter with `hdlc-gap-within-reply` stops amid a frame."""


class HdlcServer:
    """One connection of the meter: an `Endpoint` that carries any number of links, one for each pair of addresses.

    Frames with a wrong format, length or check sequence, for foreign addresses, for all stations or none, or from a
    source that is no client address, have no effect and no reply.

    Attributes:
        closed: False always; a line is closed from the other side.
    """

    def __init__(
        self,
        application: Application,
        *,
        logical_devices: Collection[int] = (1,),
        lower: int = 16,
        address_lengths: Collection[int] = (1, 2, 4),
        abilities: LinkParameters | None = None,
        inter_octet_timeout_s: float = 0.025,
        inactivity_timeout_s: float = 120.0,
        response_time_s: float = 0.0,
        defects: frozenset[str] = frozenset(),
    ) -> None:
        """Make a line, all links in NDM.

        Args:
            application: serves the APDUs; its server SAP is the upper HDLC address.
            logical_devices: upper addresses.
            lower: lower address, compared where the destination has one.
            address_lengths: octets of the destination addresses that are served; others are foreign.
            abilities: the most that is agreed to when a link is set up; the defaults when None.
            inter_octet_timeout_s: a longer gap ends a frame.
            inactivity_timeout_s: a link without a frame for so long is disconnected; 0 for never.
            response_time_s: from the last octet of a frame to the first of the reply.
            defects: names of what this meter does wrong.

        Raises:
            ValueError: `abilities` beyond what may be negotiated.
        """
        abilities = LinkParameters() if abilities is None else abilities
        if max(abilities.max_information_transmit, abilities.max_information_receive) > LARGEST_MAX_INFORMATION:
            raise ValueError(f"{abilities}: information fields have at most {LARGEST_MAX_INFORMATION} octets")
        if max(abilities.window_transmit, abilities.window_receive) > LARGEST_WINDOW:
            raise ValueError(f"{abilities}: windows have at most {LARGEST_WINDOW} frames")
        self.closed = False
        self.defects = defects
        self._application = application
        self._logical_devices = frozenset(logical_devices)
        self._lower = lower
        self._address_lengths = frozenset(address_lengths)
        self._abilities = abilities
        self._inter_octet_timeout_s = inter_octet_timeout_s
        if "hdlc-inactivity-timeout-not-applied" in defects:
            inactivity_timeout_s = 0.0
        elif "hdlc-inactivity-timeout-early" in defects:
            inactivity_timeout_s /= 2
        self._inactivity_timeout_s = inactivity_timeout_s
        self._response_time_s = response_time_s
        self._intake = HdlcIntake(defects)
        self._links: dict[tuple[int, int], HdlcLink] = {}
        self._last_octet_at = 0.0
        self._outgoing: list[tuple[float, bytes]] = []

    @property
    def linked(self) -> bool:
        """Whether a data link is set up."""
        return any(link.state is not LinkState.NDM for link in self._links.values())

    def connected(self, now: float) -> None:
        """A client has connected."""
        self._intake.begin()
        self._last_octet_at = now

    def disconnected(self, now: float) -> None:
        """The client has gone, and with it every link."""
        self.tick(now)
        self._intake.discard()
        self._outgoing.clear()
        for link in self._links.values():
            link.lose()
        self._links.clear()

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets from the client."""
        self.tick(now)
        if not octets:
            return
        self._last_octet_at = now
        answered = False
        for candidate in self._intake.feed(octets):
            answered = self._take(candidate, now)
        if answered and self._intake.pending == LONE_FLAG:
            # Two-way alternate: the next command comes after our reply and brings its own opening flag.
            self._intake.discard()

    def outgoing(self, now: float) -> list[tuple[float, bytes]]:
        """Hand over the frames to be sent; a second call gives only what is new."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def next_timer(self) -> float | None:
        """The nearest end of an inter-octet or inactivity timeout, or when a push is due."""
        timers = []
        if self._gives_up_frames and self._intake.pending:
            timers.append(self._last_octet_at + self._inter_octet_timeout_s)
        if self._inactivity_timeout_s > 0:
            connected = (link for link in self._links.values() if link.state is not LinkState.NDM)
            timers += [link.last_frame + self._inactivity_timeout_s for link in connected]
        if (due := self._application.next_timer()) is not None:
            timers.append(due)
        return min(timers, default=None)

    def tick(self, now: float) -> None:
        """Drop a frame that came to a stop, disconnect links that have been idle for too long."""
        if self._gives_up_frames and now >= self._last_octet_at + self._inter_octet_timeout_s:
            self._intake.discard()
        if self._inactivity_timeout_s > 0:
            for link in self._links.values():
                if now >= link.last_frame + self._inactivity_timeout_s:
                    link.lose()
        self._application.tick(now)

    @property
    def _gives_up_frames(self) -> bool:
        """Whether the inter-octet timeout ends a frame that has begun."""
        return "hdlc-inter-octet-timeout-not-applied" not in self.defects

    def _take(self, candidate: bytes, now: float) -> bool:
        """Act on what stands between two flags; whether it got a reply."""
        frame = self._intake.frame(candidate)
        if frame is None or self._intake.dead or not self._for_this_meter(frame):
            return False
        replies = self._link(frame).receive(frame, now)
        self._answer([octets_of(reply, self.defects) for reply in replies], now + self._response_time_s)
        return bool(replies)

    def _answer(self, frames: list[bytes], due: float) -> None:
        """Let the frames leave the meter at `due`, one behind the other."""
        due += _LATE_S if "hdlc-reply-late" in self.defects else 0.0
        for octets in frames:
            half = len(octets) // 2 if "hdlc-gap-within-reply" in self.defects else 0
            if half:
                self._outgoing.append((due, octets[:half]))
                due += _GAP_S
            self._outgoing.append((due, octets[half:]))

    def _for_this_meter(self, frame: Frame) -> bool:
        destination = frame.destination
        if not self._is_client(frame.source):
            return False
        if destination.no_station:
            return "hdlc-no-station-answered" in self.defects
        if destination.all_station:
            return "hdlc-all-station-answered" in self.defects
        lengths, defects = self._address_lengths, self.defects
        if destination.length not in lengths and (
            destination.length > 1 or "hdlc-one-octet-address-taken-too" not in defects
        ):
            return False
        if destination.upper not in self._logical_devices and "hdlc-unknown-logical-device-answered" not in defects:
            return False
        if "hdlc-unknown-physical-device-answered" in defects:
            return True
        return destination.lower is None or destination.lower == self._lower

    def _is_client(self, source: HdlcAddress) -> bool:
        """Whether an address can be a client's: one octet, neither no station nor all stations."""
        if source.length == 2 and "hdlc-client-on-two-octets-answered" in self.defects:
            return True
        return source.length == 1 and not source.no_station and not source.all_station

    def _link(self, frame: Frame) -> HdlcLink:
        """The link between the client and the logical device of a frame, in whatever form the address is written."""
        client_sap, server_sap = frame.source.upper, frame.destination.upper
        link = self._links.get((client_sap, server_sap))
        if link is None:

            def request(apdu: bytes, now: float) -> Served:
                return self._application.request(client_sap, server_sap, apdu, now)

            def lost() -> None:
                self._application.link_lost(client_sap, server_sap)

            def unasked(most_octets: int | None) -> bytes | None:
                return self._application.unasked(client_sap, server_sap, most_octets)

            link = HdlcLink(self._abilities, request, lost, self.defects, unasked)
            self._links[client_sap, server_sap] = link
        return link
