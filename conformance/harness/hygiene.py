"""What all frames of a run show of a meter's security when they are laid side by side: collected item by item.

No single exchange shows a nonce that comes a second time a thousand items later. What frames show (`FrameSecurity`) is
collected here as items end: digests and numbers, no plaintexts and no keys, within bounds. Each process judges what
passed between it and the meter. An embedded meter belongs to one process and lives as long, so nothing of another
process is its doing. Of a real meter, what other processes of the run have written, the first contact, a worker that
was lost, the part before a resumption, is replayed from their frame logs, where nonces stand with the digests of their
keys; of keys read from it, the redacted places tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from conformance.device.model import Device
from conformance.harness.deciding import apdu_of
from conformance.harness.hygiene_faults import Fault, Faults, Where
from conformance.harness.hygiene_octets import Leak, SecretFinder, nonce_octets, path_octets
from conformance.harness.used_nonces import Use, UsedNonces
from conformance.record.frame_security import FrameSecurity, Nonce
from conformance.record.frames import MAIN, Direction, Place
from conformance.record.model import DecidingOctets
from conformance.tester.tape import Tape, TapedFrame

_SHORTEST_CHALLENGE = 8
_LONGEST_CHALLENGE = 64


@dataclass(frozen=True, slots=True)
class _Seen:
    """One frame as the rules look at it; `taped` is None for one that is replayed."""

    direction: Direction
    security: FrameSecurity | None
    where: Where
    taped: TapedFrame | None


def _no_number() -> int | None:
    return None


@dataclass(slots=True)
class Hygiene:
    """The collection of one device.

    Attributes:
        device: its config.
        worker: under which this process writes its frame log.
        next_frame: the number that the next frame will get in the log; None where none is kept.
        reused: nonces that the meter used twice.
        reused_by_tester: nonces that this tester used twice without a case that wanted it: a fault of the tool.
        tags: authentication tags of the meter that have not 12 octets, or are missing.
        exposed: what the meter should have ciphered.
        challenges: challenges of the server that repeat, are too short or too long, or are the client's.
        titles: system titles of the meter that are missing, change, or are the client's.
        leaks: keys that the meter gave away.
        opened: APDUs of the meter that opened, by association.
        openings: AAREs with a system title, by association.
        challenge_count: StoC received, by association.
        unopened: APDUs of the meter that did not open.
        spent_by_tester: nonces that the tester used.
        plaintexts: APDUs of the meter that were searched for keys.
    """

    device: Device
    worker: str = MAIN
    next_frame: Callable[[], int | None] = _no_number
    reused: Faults = field(default_factory=Faults)
    reused_by_tester: Faults = field(default_factory=Faults)
    tags: Faults = field(default_factory=Faults)
    exposed: Faults = field(default_factory=Faults)
    challenges: Faults = field(default_factory=Faults)
    titles: Faults = field(default_factory=Faults)
    leaks: Faults = field(default_factory=Faults)
    opened: Counter[str] = field(default_factory=Counter)
    openings: Counter[str] = field(default_factory=Counter)
    challenge_count: Counter[str] = field(default_factory=Counter)
    unopened: int = 0
    spent_by_tester: int = 0
    plaintexts: int = 0
    _nonces: UsedNonces = field(default_factory=UsedNonces)
    _stocs: dict[str, Where] = field(default_factory=dict)
    _title_of: dict[int, tuple[str, Where]] = field(default_factory=dict)
    _sent: int = 0
    _finder: SecretFinder = field(init=False)
    _clients: frozenset[str] = field(init=False)
    _tape: Tape | None = None
    _taken: int = 0

    def __post_init__(self) -> None:
        self._finder = SecretFinder(self.device)
        titles = (item.client_system_title for item in self.device.associations)
        self._clients = frozenset(title.hex().upper() for title in titles if title)

    @property
    def forgotten(self) -> int:
        """How many nonces are no longer remembered."""
        return self._nonces.forgotten

    @property
    def unsearchable(self) -> tuple[str, ...]:
        """The secrets that are too plain to be told from other octets."""
        return self._finder.too_plain

    def take(self, place: Place, tape: Tape, first: int | None = None) -> None:
        """Take the frames of a tape, from the first that was not taken yet.

        Args:
            place: what they belong to.
            tape: of an item, or of an exchange beside the cases.
            first: number of the tape's first frame in the frame log; None: none is kept.
        """
        start = self._taken if self._tape is tape else 0
        self._tape, self._taken = tape, len(tape.frames)
        for number, frame in enumerate(tape.frames[start:], start):
            where = self._where(place, number, first)
            self._look_at(_Seen(frame.direction, frame.security, where, frame))

    def current(self, place: Place, tape: Tape) -> None:
        """Take what an item that still runs has on its tape."""
        self.take(place, tape, self.next_frame())

    def look_into(self, place: Place, octets: bytes, number: int) -> None:
        """Search a value that came in several APDUs for keys.

        Args:
            place: of the item that read it.
            octets: of the value.
            number: on the item's tape, of the frame that completed it.
        """
        leak = self._finder.find(octets)
        if leak is not None and self.leaks.first is None:
            where = self._where(place, number, self.next_frame())
            self.leaks.add(lambda: Fault(f"the meter gives {leak.name} away{leak.how} in a value read up to {where}"))

    def replay(
        self,
        direction: Direction,
        security: FrameSecurity | None,
        where: Where,
        redacted: Iterable[int] = (),
        taped: TapedFrame | None = None,
    ) -> None:
        """Take a frame from the log of another process, or from that of a run that has ended.

        Args:
            direction: of the frame.
            security: what stands with it.
            where: it is.
            redacted: how many octets were masked in each place of what the meter sent.
            taped: the frame itself, where it is at hand.
        """
        self._look_at(_Seen(direction, security, where, taped))
        if direction == "S>C":
            self.plaintexts += taped is None
            for octets in redacted:
                name = self._finder.of_length(octets)
                if name is not None:
                    self.leaks.add(lambda name=name: Fault(f"the meter gives {name} away in {where}"))  # type: ignore[misc]

    def _where(self, place: Place, number: int, first: int | None) -> Where:
        return Where(place, number + 1, None) if first is None else Where(place, number + first, self.worker)

    def _look_at(self, frame: _Seen) -> None:
        if frame.direction == "C>S":
            self._sent += 1
        elif frame.taped is not None:
            self._search(frame, frame.taped)
        security = frame.security
        if security is None:
            return
        by_meter = frame.direction == "S>C"
        for nonce in security.nonces:
            self._use(nonce, frame, by_meter=by_meter)
        if by_meter:
            self._judge(security, frame)

    def _use(self, nonce: Nonce, frame: _Seen, *, by_meter: bool) -> None:
        if by_meter and frame.security is not None:
            self.opened[frame.security.association] += 1
        elif not by_meter:
            self.spent_by_tester += 1
        use = Use(nonce.digest, frame.where, self._sent, by_meter, nonce.chosen)
        before = self._nonces.used(nonce, use)
        if before is None:
            return
        told = (
            f"key sha256:{nonce.key[:8]}, system title {nonce.system_title}, invocation counter "
            f"{nonce.invocation_counter} ({nonce.invocation_counter:08X}) of {before.where} come again in {frame.where}"
        )
        if by_meter:
            self.reused.add(lambda: Fault(told, self._decides(frame, nonce)))
        elif before.by_meter:
            # Under the client's title, whose counters only the client spends.
            self.reused.add(lambda: Fault(f"{told}: the meter had used the client's title"))
        else:
            self.reused_by_tester.add(lambda: Fault(told))

    def _judge(self, security: FrameSecurity, frame: _Seen) -> None:
        self.unopened += security.unopened
        if security.tag_octets is not None:
            told = f"authentication tag of {security.tag_octets} octets, not 12, in {frame.where}"
            self.tags.add(lambda: Fault(told, self._at(frame, "")))
        if security.untagged:
            told = f"no authentication tag in the answer to an authenticated request, {frame.where}"
            self.tags.add(lambda: Fault(told, self._at(frame, "")))
        exposure = security.exposed
        if exposure is not None:
            self.exposed.add(lambda: Fault(f"{exposure.what}: {frame.where}", self._at(frame, exposure.path)))
        if security.challenge is not None:
            self.challenge_count[security.association] += 1
            fault = self._challenge_fault(bytes.fromhex(security.challenge.octets), security.challenge.returned, frame)
            if fault is not None:
                path = "aare.responding-authentication-value"
                self.challenges.add(lambda: Fault(fault, self._at(frame, path)))
        if security.server_title is not None:
            self._judge_title(security.association, security.server_title, frame)

    def _challenge_fault(self, challenge: bytes, returned: bool, frame: _Seen) -> str | None:
        before = self._stocs.setdefault(challenge.hex(), frame.where)
        if returned:
            return f"the server's challenge is the client's own: {frame.where}"
        if not _SHORTEST_CHALLENGE <= len(challenge) <= _LONGEST_CHALLENGE:
            return (
                f"a challenge of {len(challenge)} octets, {_SHORTEST_CHALLENGE} to {_LONGEST_CHALLENGE} are legal: "
                + str(frame.where)
            )
        return None if before is frame.where else f"the challenge of {before} comes again in {frame.where}"

    def _judge_title(self, association: str, title: str, frame: _Seen) -> None:
        logical_device = self.device.association(association).logical_device
        self.openings[association] += 1
        known, before = self._title_of.setdefault(logical_device, (title, frame.where))
        fault = None
        if not title:
            fault = "no system title of the meter in an AARE where one is due"
        elif len(title) != 16:
            fault = f"a system title of {len(title) // 2} octets; it has 8"
        elif not int(title, 16):
            fault = "the meter's system title is all zeros"
        elif title in self._clients:
            fault = f"the meter gives itself the client's system title, {title}"
        elif title != known:
            fault = f"the meter's system title is {title}, and was {known} in {before}"
        if fault is not None:
            told = f"{fault}: {frame.where}"
            self.titles.add(lambda: Fault(told, self._at(frame, "aare.responding-AP-title")))

    def _search(self, frame: _Seen, taped: TapedFrame) -> None:
        octets = taped.plain or apdu_of(taped)
        if octets is None:
            return
        self.plaintexts += 1
        leak: Leak | None = self._finder.find(octets)
        if leak is None:
            return
        deciding = None
        if frame.where.worker == self.worker and self.next_frame() is not None:
            deciding = leak.octets(frame.where.frame)
        told = f"the meter gives {leak.name} away{leak.how} in {frame.where}"
        self.leaks.add(lambda: Fault(told, deciding))

    def _decides(self, frame: _Seen, nonce: Nonce) -> DecidingOctets | None:
        if frame.taped is None or self.next_frame() is None:
            return None
        return nonce_octets(frame.taped, nonce, frame.where.frame)

    def _at(self, frame: _Seen, path: str) -> DecidingOctets | None:
        if frame.taped is None or self.next_frame() is None:
            return None
        return path_octets(frame.taped, path, frame.where.frame)
