"""The line's fault is not the meter's: a probe of the line, made before a verdict against the meter is final.

A line that loses, damages or repeats some frames of harmless exchanges and lets others through is disturbed. A fault
that shows in every exchange of a kind, or in none, is not the line's: it is the meter's own, or there is none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from conformance.device.model import Profile
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.harness.bench import Bench
from conformance.link.link import LinkError
from conformance.tester.data_link.hdlc_station import Echoed, FrameReceived, HdlcStation
from conformance.tester.frame_rendering import Addresses
from conformance.tester.reaction import LinkLost
from conformance.tester.tape import Tape

PAIRS: Final = 30
"""SNRM and DISC, each with its answer, about 80 octets a pair: one octet lost in a hundred is missed once in 1e10."""
THOROUGH_PAIRS: Final = 300
"""Where the tape shows signs, and until so many have gone well in a run: frames that come twice are rarer than that."""
PROVEN_PAIRS: Final = 5
"""Where so many as in a thorough check have gone well before, and nothing on the tape speaks against the line."""
_ENOUGH: Final = 3
"""Once so many exchanges have gone wrong and so many well, more would tell nothing new."""
_AGAIN_S: Final = 0.01
"""An answer that comes twice begins again within so long; what comes later turns up in the next exchange."""
_LAST_S: Final = 1.0
"""After the last exchange, what was sent twice has come twice within so long."""
_STUCK: Final = 12
"""Exchanges of a kind in a row gone wrong, and none well after them: no line that lets others through does that."""
_STUCK_AGAIN: Final = 4
_PATIENCE: Final = 10
_LEAST_WAIT_S: Final = 1.0
"""An answer to so simple a command takes no longer than so many times the longest yet, and at least this is waited."""
_MUTE_PAIRS: Final = 4
"""Where no whole answer comes back in so many, the meter is gone, or the whole line is, or is set wrong."""
_LONGEST_S: Final = 120.0
"""A check is not begun anew beyond so long, whatever it has seen."""
_MOST_SURPLUS: Final = 16


class Fault(StrEnum):
    """What may become of an exchange; the value is the word for it."""

    LOST = "lost"
    DAMAGED = "damaged"
    REPEATED = "answered more than once"
    ECHOED = "echoed"


@dataclass(slots=True)
class Exchanges:
    """The exchanges of one kind: how many were made, how many went well, and how many suffered each fault.

    Attributes:
        made: in all.
        well: without any fault.
        faults: how many suffered each.
        recovered: one went well after another that had not.
        in_a_row: how many went wrong since one went well.
        stuck_after: so many in a row gone wrong, and none well after any, are believed to go on so.
    """

    stuck_after: int

    made: int = 0
    well: int = 0
    faults: Counter[Fault] = field(default_factory=Counter)
    recovered: bool = False
    in_a_row: int = 0

    def count(self, faults: set[Fault]) -> None:
        """Count one exchange more, with what befell it."""
        self.made += 1
        self.faults.update(faults)
        if faults:
            self.in_a_row += 1
            return
        self.well += 1
        self.recovered = self.recovered or self.in_a_row > 0
        self.in_a_row = 0

    @property
    def stuck(self) -> bool:
        """Whether they go wrong from one of them on, and never well again."""
        return self.in_a_row >= self.stuck_after and not self.recovered

    @property
    def disturbed(self) -> bool:
        """Whether a fault befell some of them and spared others; an echo is never the meter's.

        What goes wrong from some exchange on and never well again is a state of the meter: a line has no memory.
        """
        if self.stuck:
            return self.faults[Fault.ECHOED] > 0
        some = any(0 < self.faults[fault] < self.made for fault in (Fault.LOST, Fault.DAMAGED, Fault.REPEATED))
        return some or self.faults[Fault.ECHOED] > 0


@dataclass(slots=True)
class LineCheck:
    """What a probe of the line has shown.

    Attributes:
        set_ups: SNRM and its UA.
        releases: DISC and its UA, or DM.
        seconds: how long it took, on the clock of the link.
        broken: why it was not brought to its end; None when it was.
    """

    set_ups: Exchanges
    releases: Exchanges
    seconds: float = 0.0
    broken: str | None = None

    @property
    def made(self) -> int:
        """How many exchanges were tried."""
        return self.set_ups.made + self.releases.made

    @property
    def faults(self) -> Counter[Fault]:
        """How many exchanges suffered each fault."""
        return self.set_ups.faults + self.releases.faults

    @property
    def disturbed(self) -> bool:
        """Whether the line is to blame: it does to some frames what it does not do to others."""
        return self.set_ups.disturbed or self.releases.disturbed

    @property
    def loses(self) -> bool:
        """Whether frames of a disturbed line do not arrive, so that silence proves nothing."""
        return self.disturbed and self.faults[Fault.LOST] + self.faults[Fault.DAMAGED] > 0

    @property
    def mute(self) -> bool:
        """Whether nothing at all was answered."""
        return self.made > 0 and self.faults[Fault.LOST] == self.made

    @property
    def sticks(self) -> bool:
        """Whether exchanges of a kind went wrong from one on, and never well again."""
        return any(kind.well and kind.stuck for kind in self.kinds)

    @property
    def kinds(self) -> tuple[Exchanges, Exchanges]:
        """The exchanges by kind."""
        return self.set_ups, self.releases

    def __str__(self) -> str:
        faults = self.faults
        told = ", ".join(f"{faults[fault]} {fault.value}" for fault in Fault if faults[fault]) or "all answered once"
        ended = f"; given up: {self.broken}" if self.broken else ""
        if not self.made:
            return f"no probe exchange could be made{ended}"
        return f"of {self.made} probe exchanges {told}, in {self.seconds:.1f} s{ended}"

    def tells_enough(self) -> bool:
        """Whether further exchanges would tell nothing new."""
        kinds = self.kinds
        if any(kind.stuck for kind in kinds):
            return True
        enough = any(
            kind.disturbed and kind.recovered and kind.well >= _ENOUGH and kind.made - kind.well >= _ENOUGH
            for kind in kinds
        )
        disturbed = enough or (self.disturbed and self.made >= 2 * PAIRS)
        nothing_well = not self.set_ups.well + self.releases.well
        return disturbed or (nothing_well and self.made >= 2 * _MUTE_PAIRS)


def check_line(bench: Bench, tape: Tape, *, pairs: int = PAIRS) -> LineCheck | None:
    """Probe the line to a device with harmless exchanges on a fresh link; None where that cannot be done.

    Over the wrapper nothing can be asked without an application association, and TCP loses nothing.

    Args:
        bench: of the device; what is known of its line is kept there.
        tape: takes the frames.
        pairs: how many, at most.
    """
    device = bench.device
    if device.profile is not Profile.HDLC:
        return None
    settings = min(device.associations, key=lambda item: (item.ciphered, item.mechanism))
    addresses = Addresses.of(device, settings)
    began = bench.now()
    # Once it is known that this meter sticks in a state, that is seen sooner.
    stuck = _STUCK_AGAIN if bench.line_sticks else _STUCK
    check = LineCheck(Exchanges(stuck), Exchanges(stuck))
    line = bench.bare_line(tape)
    try:
        line.open()
        probing = _Probing(bench, HdlcStation(line, addresses.client, addresses.server()), check)
        while check.set_ups.made < pairs and not check.tells_enough():
            if bench.now() - began > _LONGEST_S:
                check.broken = f"{_LONGEST_S:g} s are over"
            if check.broken is not None:
                break
            probing.pair()
        if pairs > PROVEN_PAIRS:
            probing.end()
    except LinkError as error:
        check.broken = str(error)
    finally:
        line.close()
    check.seconds = bench.now() - began
    bench.line_sticks = bench.line_sticks or (not check.disturbed and check.sticks)
    bench.line_pairs_well = 0 if check.disturbed else bench.line_pairs_well + check.set_ups.well
    if check.disturbed:
        if bench.line_trouble is None:
            bench.notes.append(f"{device.name}: the line is disturbed: {check}")
        bench.line_trouble = check
    return check


class _Probing:
    """The exchanges of one check."""

    def __init__(self, bench: Bench, station: HdlcStation, check: LineCheck) -> None:
        hdlc = bench.device.hdlc
        self._bench = bench
        self._station = station
        self._check = check
        self._timeout_s = bench.device.timing.response_timeout_s
        self._longest_s = self._answered_at = 0.0
        self._answers: dict[FrameType, bytes] = {}
        self._parameters = LinkParameters(
            hdlc.max_information_field_length_transmit,
            hdlc.max_information_field_length_receive,
            hdlc.window_size_transmit,
            hdlc.window_size_receive,
        ).encode()

    def pair(self) -> None:
        """SNRM with parameters, which UA answers; DISC, which UA answers, or DM when the SNRM was lost."""
        self._exchange(self._check.set_ups, FrameType.SNRM, self._parameters, (FrameType.UA,))
        self._exchange(self._check.releases, FrameType.DISC, b"", (FrameType.UA, FrameType.DM))

    def end(self) -> None:
        """What comes after the last answer belongs to an exchange before, whichever it was."""
        if self._check.broken is None and not self._check.mute:
            _, faults = self._listen(FrameType.DISC, (), min(self._timeout_s, _LAST_S))
            self._check.releases.faults.update(faults)

    def _exchange(
        self, exchanges: Exchanges, kind: FrameType, information: bytes, wanted: tuple[FrameType, ...]
    ) -> None:
        if self._check.broken is not None:
            return
        self._station.transmit(Control(kind, True), information)
        sent_at = self._station.line.quiet_from
        answered, faults = self._listen(kind, wanted, self._patience_s)
        if not answered and Fault.DAMAGED not in faults:
            faults.add(Fault.LOST)
        if not faults:
            self._longest_s = max(self._longest_s, self._answered_at - sent_at)
        exchanges.count(faults)

    @property
    def _patience_s(self) -> float:
        """How long an answer is waited for, in seconds: as declared, until the meter has shown how long it takes."""
        if not self._longest_s:
            return self._timeout_s
        return min(self._timeout_s, max(_LEAST_WAIT_S, _PATIENCE * self._longest_s))

    def _listen(self, kind: FrameType, wanted: tuple[FrameType, ...], timeout_s: float) -> tuple[bool, set[Fault]]:
        """Whether the answer to a command came, and what came beside it."""
        until = self._station.line.quiet_from + timeout_s
        answered = False
        faults: set[Fault] = set()
        for _ in range(_MOST_SURPLUS):
            received = self._station.receive(until)
            if received is None:
                break
            if isinstance(received, LinkLost):
                self._check.broken = received.reason
                break
            if isinstance(received, Echoed):
                faults.add(Fault.ECHOED)
            elif not isinstance(received, FrameReceived):
                faults.add(Fault.DAMAGED)
            elif received.frame.control.type in wanted and not answered and not self._belated(kind, received):
                answered = True
                self._answers[kind] = received.taped.octets
                self._answered_at = self._bench.now()
                until = self._bench.now() + _AGAIN_S
            else:
                faults.add(Fault.REPEATED)
        return answered, faults

    def _belated(self, kind: FrameType, received: FrameReceived) -> bool:
        """Whether a UA is the one to the command before, once more: with parameters to SNRM, without to DISC."""
        octets = received.taped.octets
        before = self._answers.get(FrameType.DISC if kind is FrameType.SNRM else FrameType.SNRM)
        own = self._answers.get(kind)
        return octets == before != own and (own is not None or bool(received.frame.information))
