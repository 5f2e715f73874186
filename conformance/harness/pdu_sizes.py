"""How long the APDUs on a tape are, measured as they were on the line, against what each side says that it takes.

The client-max-receive-pdu-size of the InitiateRequest bounds every xDLMS APDU that the server may send in the
association which that request opens, whatever protects it and whichever blocks carry it; 0 sets no bound (IEC
62056-5-3, xDLMS InitiateRequest; IEC 62056-6-2 has the same number in xDLMS_context_info, for xDLMS APDUs).
AARE and RLRE are APDUs of ACSE: they agree on the bound or end it, and are not held against it. Nothing bounds what
comes before an AARE has accepted, or behind an RLRE.

Everything is taken from the octets on the tape, so that it makes no difference who sent or received them: an
association, a block transfer, or a case that plays with bare frames.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from conformance.dlms import apdu as apdus
from conformance.dlms.acse import aare, aarq, release
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import AssociationResult
from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.frame import read as read_frame
from conformance.dlms.reader import decode
from conformance.dlms.wrapper import read as read_pdu
from conformance.dlms.xdlms.initiate import REQUEST_TAG, RESPONSE_TAG, InitiateRequest, InitiateResponse
from conformance.harness.deciding import apdu_of
from conformance.tester.tape import TapedFrame

_LAST_OF_THE_LINK = frozenset((FrameType.SNRM, FrameType.DISC, FrameType.DM))
"""With them an association is gone, or begins anew."""
_LONGEST_KEPT = 64
"""Overlong replies of which the frames are remembered; the others are counted."""


@dataclass(slots=True)
class Measured:
    """The APDUs of one client while one pair of sizes was agreed.

    Attributes:
        client_sap: of the client.
        logical_device: of the meter; over HDLC the upper address.
        client_limit: octets of the longest APDU that the client takes; 0 for any.
        server_limit: octets of the longest APDU that the meter takes, 0 for any; None where it could not be read.
        replies: APDUs from the meter.
        longest_reply: octets of the longest of them.
        longest_frame: number on the tape of the frame that completed it.
        replies_beyond: how many were longer than the client takes.
        requests: APDUs from the tester.
        longest_request: octets of the longest of them.
        requests_beyond: how many were longer than the meter takes.
    """

    client_sap: int
    logical_device: int
    client_limit: int
    server_limit: int | None
    replies: int = 0
    longest_reply: int = 0
    longest_frame: int = -1
    replies_beyond: int = 0
    requests: int = 0
    longest_request: int = 0
    requests_beyond: int = 0


@dataclass(frozen=True, slots=True)
class Overlong:
    """An APDU that is longer than its receiver takes.

    Attributes:
        frame: number on the tape of the frame that completed it.
        octets: of the APDU.
        limit: octets that the receiver takes.
        path: of the APDU, as the message that it is on the line.
    """

    frame: int
    octets: int
    limit: int
    path: str


@dataclass(slots=True)
class _Talk:
    """One pair of addresses on one connection: what was proposed last, and what holds."""

    client_sap: int
    logical_device: int
    proposed: int | None = None
    open: Measured | None = None
    segmented: set[str] = field(default_factory=set)


class PduSizes:
    """Measures a tape as it grows.

    Attributes:
        measured: one entry for each association that was opened, in order; those alike are one.
        replies_beyond: replies that are longer than the client takes.
        requests_beyond: requests that are longer than the meter takes.
    """

    def __init__(self) -> None:
        self.measured: list[Measured] = []
        self.replies_beyond: list[Overlong] = []
        self.requests_beyond: list[Overlong] = []
        self._talks: dict[tuple[int, int, int], _Talk] = {}
        self._taken = 0

    def take(self, frames: list[TapedFrame]) -> None:
        """Measure what has come onto the tape since the last time."""
        new, self._taken = frames[self._taken :], len(frames)
        for frame in new:
            if frame.layer == "octets":
                continue
            found = self._wrapped(frame) if frame.layer == "wrapper" else self._framed(frame)
            if found is not None:
                self._measure(*found, frame)

    def _wrapped(self, frame: TapedFrame) -> tuple[_Talk, bytes] | None:
        try:
            pdu = decode(frame.octets, read_pdu, "wrapper")
        except DecodeError:
            return None
        return self._talk(frame, pdu.source, pdu.destination), pdu.data

    def _framed(self, frame: TapedFrame) -> tuple[_Talk, bytes] | None:
        """The talk that a frame belongs to, and the APDU that it carries or completes."""
        try:
            read = decode(frame.octets, read_frame, "hdlc-frame")
        except DecodeError:
            return None
        talk = self._talk(frame, read.source.upper, read.destination.upper)
        if read.control.type in _LAST_OF_THE_LINK:
            talk.open = talk.proposed = None
            talk.segmented.clear()
            return None
        if read.control.type not in (FrameType.I, FrameType.UI):
            return None
        if read.segmented:
            talk.segmented.add(frame.direction)
            return None
        # The end of segments that nobody has joined is no APDU.
        loose = frame.direction in talk.segmented and frame.apdu is None
        talk.segmented.discard(frame.direction)
        octets = None if loose else apdu_of(frame)
        return None if octets is None else (talk, octets)

    def _talk(self, frame: TapedFrame, source: int, destination: int) -> _Talk:
        client, server = (source, destination) if frame.direction == "C>S" else (destination, source)
        return self._talks.setdefault((frame.connection, client, server), _Talk(client, server))

    def _measure(self, talk: _Talk, octets: bytes, frame: TapedFrame) -> None:
        tag = octets[0] if octets else None
        if frame.direction == "C>S":
            if tag == aarq.TAG:
                talk.open, talk.proposed = None, _client_limit(octets, frame.plain)
            elif talk.open is not None and tag != release.REQUEST_TAG:
                self._request(talk.open, octets, frame)
        elif tag == aare.TAG:
            talk.open = self._opened(talk, octets, frame.plain)
        elif tag == release.RESPONSE_TAG:
            talk.open = None
        elif talk.open is not None:
            self._reply(talk.open, octets, frame)

    def _opened(self, talk: _Talk, octets: bytes, plain: bytes | None) -> Measured | None:
        """What holds behind an AARE: nothing where it rejects, or the client's own number could not be read."""
        value = _decoded(octets)
        if not isinstance(value, Aare) or value.result != AssociationResult.ACCEPTED or talk.proposed is None:
            return None
        initiate = _inside(value.user_information, plain, RESPONSE_TAG)
        limit = initiate.server_max_receive_pdu_size if isinstance(initiate, InitiateResponse) else None
        made = Measured(talk.client_sap, talk.logical_device, talk.proposed, limit)
        for known in self.measured:
            if _agreed(known) == _agreed(made):
                return known
        self.measured.append(made)
        return made

    def _request(self, opened: Measured, octets: bytes, frame: TapedFrame) -> None:
        size = len(octets)
        opened.requests += 1
        opened.longest_request = max(opened.longest_request, size)
        if opened.server_limit and size > opened.server_limit:
            opened.requests_beyond += 1
            _remember(self.requests_beyond, frame, octets, opened.server_limit)
            told = f"{size} octets; the meter takes {opened.server_limit}"
            frame.note = "; ".join(filter(None, (frame.note, told)))

    def _reply(self, opened: Measured, octets: bytes, frame: TapedFrame) -> None:
        size = len(octets)
        opened.replies += 1
        if size > opened.longest_reply:
            opened.longest_reply, opened.longest_frame = size, frame.number
        if opened.client_limit and size > opened.client_limit:
            opened.replies_beyond += 1
            _remember(self.replies_beyond, frame, octets, opened.client_limit)
            told = f"{size} octets; the client takes {opened.client_limit}"
            frame.note = "; ".join(filter(None, (frame.note, told)))


def sizes_on(frames: Iterable[TapedFrame]) -> PduSizes:
    """What a whole tape shows."""
    sizes = PduSizes()
    sizes.take(list(frames))
    return sizes


def _agreed(measured: Measured) -> tuple[int, int, int, int | None]:
    return measured.client_sap, measured.logical_device, measured.client_limit, measured.server_limit


def _remember(kept: list[Overlong], frame: TapedFrame, octets: bytes, limit: int) -> None:
    if len(kept) < _LONGEST_KEPT:
        kind = apdus.TAGS.get(octets[0])
        kept.append(Overlong(frame.number, len(octets), limit, "apdu" if kind is None else kind.name))


def _client_limit(octets: bytes, plain: bytes | None) -> int | None:
    """The client-max-receive-pdu-size of an AARQ; None where it cannot be read, so that nothing is held against it."""
    value = _decoded(octets)
    if not isinstance(value, Aarq):
        return None
    initiate = _inside(value.user_information, plain, REQUEST_TAG)
    return initiate.client_max_receive_pdu_size if isinstance(initiate, InitiateRequest) else None


def _inside(information: bytes | None, plain: bytes | None, tag: int) -> apdus.Apdu | None:
    """The InitiateRequest or InitiateResponse of a user-information, in clear or deciphered."""
    for octets in (information, plain):
        if octets and octets[0] == tag:
            return _decoded(octets)
    return None


def _decoded(octets: bytes) -> apdus.Apdu | None:
    try:
        return apdus.decode(octets, deviations=[])
    except DecodeError:
        return None
