"""HDLC frames out of pieces of one direction, damaged ones too, and how they are damaged."""

from __future__ import annotations

from typing import Final

from conformance.diagnose.intake.conversation import Damage, Span
from conformance.diagnose.intake.cut import Cut, Waiting
from conformance.diagnose.intake.frame_look import says, sound
from conformance.dlms.hdlc.fcs import GOOD, fcs16, remainder
from conformance.dlms.hdlc.frame import FLAG, FORMAT_TYPE, LONGEST, SHORTEST

_FLAG: Final = bytes((FLAG,))
_PORTION: Final = 4096
_MOST_TRIES: Final = 64
"""Flags inside a frame at which another one is looked for."""


class HdlcCutter:
    """Cuts the pieces of one direction into frames.

    Where the length subfield leads to a flag, the frame ends there, whatever flags it holds, unless a sound frame
    begins inside an unsound one. What cannot be a frame is handed out all the same, with what is wrong with it.
    """

    __slots__ = ("_shared", "_waiting")

    def __init__(self) -> None:
        self._waiting = Waiting()
        self._shared = False

    def feed(self, piece: int, octets: bytes, unknown: tuple[Span, ...] = ()) -> list[Cut]:
        """The units that a piece completes."""
        cuts = [] if self._continues(octets) else self.flush()
        # In portions, so that what waits stays short however long the piece is.
        for start in range(0, len(octets) or 1, _PORTION):
            end = start + _PORTION
            spans = tuple((max(a - start, 0), min(b, end) - start) for a, b in unknown if a < end and b > start)
            self._waiting.add(piece, octets[start:end], spans)
            cuts += self._cut(final=False)
        return cuts

    def flush(self) -> list[Cut]:
        """What waits for more, which does not come."""
        cuts = self._cut(final=True)
        self._waiting = Waiting()
        self._shared = False
        return cuts

    def _continues(self, octets: bytes) -> bool:
        """Whether a piece goes on with what waits, rather than begins anew."""
        waiting = self._waiting.octets
        if len(waiting) <= 1:
            return True
        size = says(waiting)
        if size is not None and sound((waiting + octets)[:size]):
            return True
        return says(octets) is None and not _bare_frame(octets)

    def _cut(self, *, final: bool) -> list[Cut]:
        cuts: list[Cut] = []
        while self._waiting.octets:
            cut = self._next(final=final)
            if cut is None:
                break
            if cut.octets:
                cuts.append(cut)
        return cuts

    def _next(self, *, final: bool) -> Cut | None:
        """The unit at the front; one without octets where something was dropped; None when more is wanted."""
        waiting = self._waiting
        octets = waiting.octets
        if octets[0] != FLAG:
            return self._without_flag()
        if octets[1:2] == _FLAG or (len(octets) == 1 and final):
            flags = len(octets) - len(octets.lstrip(_FLAG))
            waiting.drop(max(flags - 1, 1))
            self._shared = False
            return Cut(b"", ())
        if len(octets) < 3 and not final:
            return None
        if (
            self._shared
            and len(octets) > 1
            and (bare := _bare_frame(octets[1:]))
            and octets[bare + 1 : bare + 2] != _FLAG
        ):
            waiting.drop(1)
            self._shared = False
            return waiting.cut(bare, flags_added=True)
        size = says(octets)
        if size is None:
            return self._no_frame(final=final)
        if len(octets) >= size and octets[size - 1] == FLAG:
            inner = None if sound(octets[:size]) else _sound_frame_within(octets[:size], octets)
            return self._front(inner) if inner is not None else self._take(size)
        if (inner := _sound_frame_within(octets, octets)) is not None:
            return self._front(inner)
        if len(octets) < size:
            return self._take(len(octets)) if final else None
        return self._to_a_flag(size, final=final)

    def _take(self, size: int) -> Cut:
        """Cut a unit that ends with `size`; a closing flag may open the next one."""
        octets = self._waiting.octets[:size]
        damage, remark = damage_of(octets)
        closed = octets[-1] == FLAG and size < len(self._waiting.octets) + 1
        self._shared = closed
        return self._waiting.cut(size, damage, remark, keep=1 if closed else 0)

    def _front(self, inner: int) -> Cut:
        """Cut what stands before a sound frame that begins at `inner`."""
        own_flag = self._waiting.octets[inner - 1] == FLAG and inner > 1
        size = inner if own_flag else inner + 1
        damage, remark = damage_of(self._waiting.octets[:size])
        self._shared = not own_flag
        return self._waiting.cut(size, damage, remark, keep=0 if own_flag else 1)

    def _to_a_flag(self, size: int, *, final: bool) -> Cut | None:
        """Cut at the flag that most likely ends a frame whose length subfield leads to none."""
        octets = self._waiting.octets
        flags = _flags(octets, 2)
        for flag in flags:
            if flag > SHORTEST and remainder(octets[1:flag]) == GOOD:
                return self._take(flag + 1)
        for flag in flags:
            if flag + 1 == len(octets) or octets[flag + 1] == FLAG or says(octets[flag:]) is not None:
                return self._take(flag + 1)
        if flags:
            return self._take(flags[0] + 1)
        return self._take(len(octets)) if final or len(octets) > LONGEST + 2 else None

    def _no_frame(self, *, final: bool) -> Cut | None:
        """Cut what stands between two flags and is no frame format type 3."""
        octets = self._waiting.octets
        closing = octets.find(_FLAG, 1)
        if closing < 0:
            if not final and len(octets) <= LONGEST + 2:
                return None
            closing = len(octets) - 1
        if self._shared:
            self._waiting.drop(1)
            self._shared = False
            return self._stray(max(closing - 1 if octets[closing] == FLAG else closing, 1))
        return self._take(closing + 1)

    def _without_flag(self) -> Cut:
        octets = self._waiting.octets
        self._shared = False
        bare = _bare_frame(octets)
        if bare:
            return self._waiting.cut(bare, flags_added=True)
        flag = octets.find(_FLAG)
        return self._stray(flag if flag > 0 else len(octets))

    def _stray(self, size: int) -> Cut:
        remark = f"{size} octets outside any frame"
        return self._waiting.cut(size, Damage.STRAY, remark)


def damage_of(octets: bytes) -> tuple[Damage, str]:
    """What is wrong with the bounds of octets that should be one frame, and the same in words."""
    size = says(octets)
    if size is None:
        return Damage.FORMAT, "no frame format type 3 behind the flag"
    if len(octets) == size and octets[-1] == FLAG:
        return Damage.NONE, ""
    if len(octets) > size:
        return Damage.LONG, f"{len(octets)} octets from flag to flag, {size} by the length subfield"
    if octets[-1] == FLAG:
        name = _flag_of_own_check_sequence(octets, size)
        if name:
            damage = Damage.FLAG_IN_FCS if name == "FCS" else Damage.FLAG_IN_HCS
            return damage, f"cut at a 7E that belongs to its own {name}: {len(octets)} of {size} octets"
    return Damage.CUT, f"{len(octets)} of {size} octets"


def _flag_of_own_check_sequence(octets: bytes, size: int) -> str:
    """`FCS` or `HCS` where the last octet, 7E, is what that check sequence must hold there."""
    header_end = _header_end(octets)
    for behind in (0, 1):
        end = len(octets) - 1 - behind
        if end > 3 and fcs16(octets[1:end])[: behind + 1] == octets[end:]:
            if len(octets) == size - 2 + behind:
                return "FCS"
            if end == header_end:
                return "HCS"
    return ""


def _header_end(octets: bytes) -> int:
    """Where the control field ends; 0 where the addresses have no end."""
    position = 3
    for _ in range(2):
        end = next((at for at in range(position, min(position + 4, len(octets))) if octets[at] & 1), None)
        if end is None:
            return 0
        position = end + 1
    return position + 1


def _bare_frame(octets: bytes) -> int:
    """Octets of a frame at the front that stands there without its flags, proven by its FCS; 0 where none does."""
    if len(octets) < SHORTEST or octets[0] & 0xF0 != FORMAT_TYPE >> 8:
        return 0
    size = int.from_bytes(octets[:2], "big") & LONGEST
    return size if SHORTEST <= size <= len(octets) and remainder(octets[:size]) == GOOD else 0


def _flags(octets: bytes, start: int) -> list[int]:
    found: list[int] = []
    at = octets.find(_FLAG, start)
    while at >= 0 and len(found) < _MOST_TRIES:
        found.append(at)
        at = octets.find(_FLAG, at + 1)
    return found


def _sound_frame_within(part: bytes, octets: bytes) -> int | None:
    """Where in `part`, behind its front, a sound frame of `octets` begins."""
    for at in _flags(part, 2):
        size = says(octets[at : at + 3])
        if size is not None and sound(octets[at : at + size]):
            return at
    return None
