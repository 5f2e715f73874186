"""What the meter makes of octets for its wrapper port: whole PDUs, and which of them are for somebody in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from conformance.dlms.errors import DecodeError
from conformance.dlms.reader import decode
from conformance.dlms.wrapper import HEADER_OCTETS, VERSION, WrapperPdu, WrapperStream, read

_PUBLIC_CLIENT: Final = 16


@dataclass(frozen=True, slots=True)
class Admitted:
    """A PDU that is to be served, and between which SAPs: those of its wPorts, in a sound meter."""

    pdu: WrapperPdu
    client_sap: int
    server_sap: int


class WrapperIntake:
    """Cuts what one client sends into PDUs and admits those of version 1 between known wPorts.

    A stream is cut by the lengths of the PDUs alone. A datagram holds PDUs in whole, or has no effect from the one on
    that is not.

    Attributes:
        wedged: a fault has ended all service to this client.
    """

    def __init__(
        self,
        *,
        logical_devices: Collection[int],
        client_saps: Collection[int] | None,
        datagrams: bool,
        defects: frozenset[str],
    ) -> None:
        """Make an intake.

        Args:
            logical_devices: wPorts of the logical devices.
            client_saps: wPorts of the clients; None for any.
            datagrams: octets come in datagrams, not in a stream.
            defects: names of what this meter does wrong.
        """
        self.wedged = False
        self._logical_devices = frozenset(logical_devices)
        self._client_saps = None if client_saps is None else frozenset(client_saps)
        self._datagrams = datagrams
        self._defects = defects
        self._stream = WrapperStream()
        self._first_client: int | None = None

    @property
    def pending(self) -> bytes:
        """Octets of a PDU that is not whole yet."""
        return self._stream.pending

    def discard(self) -> bytes:
        """Drop a PDU that is not whole, and give its octets."""
        return self._stream.discard()

    def begin(self, left_over: bytes) -> None:
        """A new connection; a sound meter has nothing `left_over` from the one before."""
        self.wedged = False
        self._first_client = None
        self._stream.discard()
        self._stream.feed(left_over)

    def take(self, octets: bytes) -> list[Admitted]:
        """The PDUs that `octets`, a segment or a datagram, complete and that are to be served."""
        pdus = self._cut(octets)
        if "wrapper-second-pdu-of-a-segment-lost" in self._defects:
            pdus = pdus[:1]
        return [admitted for pdu in pdus if (admitted := self._admitted(pdu)) is not None]

    def _cut(self, octets: bytes) -> list[bytes]:
        if "wrapper-length-ignored" in self._defects:
            return [octets[:6] + max(0, len(octets) - HEADER_OCTETS).to_bytes(2, "big") + octets[HEADER_OCTETS:]]
        began = bool(self._stream.pending)
        pdus = self._stream.feed(octets)
        cut_short = bool(self._stream.pending)
        if "wrapper-split-pdu-lost" in self._defects and (began or cut_short):
            self._stream.discard()
            return [] if began else pdus
        if "wrapper-beginning-of-next-pdu-lost" in self._defects and pdus:
            self._stream.discard()
        if self._datagrams and "wrapper-udp-datagrams-joined" not in self._defects:
            self._stream.discard()
        return pdus

    def _admitted(self, octets: bytes) -> Admitted | None:
        """The PDU; None when it is to have no effect: another version, a wPort that nobody here has, a dead client."""
        pdu = self._of_version_1(octets)
        if pdu is None or self.wedged:
            return None
        if not pdu.data and "wrapper-empty-pdu-kills" in self._defects:
            self.wedged = True
            return None
        return self._addressed(pdu)

    def _of_version_1(self, octets: bytes) -> WrapperPdu | None:
        if "wrapper-version-ignored" in self._defects:
            octets = VERSION.to_bytes(2, "big") + octets[2:]
        try:
            return decode(octets, read, "wrapper")
        except DecodeError:
            self.wedged = self.wedged or "wrapper-wrong-version-wedges" in self._defects
            return None

    def _addressed(self, pdu: WrapperPdu) -> Admitted | None:
        """Between which SAPs the PDU is served; None when nobody here has one of its wPorts."""
        client_sap, server_sap = pdu.source, pdu.destination
        if server_sap not in self._logical_devices:
            if "wrapper-unknown-destination-served" not in self._defects:
                return None
            server_sap = min(self._logical_devices)
        if self._client_saps is not None and client_sap not in self._client_saps:
            if "wrapper-unknown-source-served" not in self._defects:
                return None
            client_sap = _PUBLIC_CLIENT
        self._first_client = client_sap if self._first_client is None else self._first_client
        if "wrapper-source-looked-at-once" in self._defects:
            client_sap = self._first_client
        return Admitted(pdu, client_sap, server_sap)
