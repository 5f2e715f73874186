"""Units out of the pieces of every stream."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.diagnose.intake.conversation import Damage, Direction, Heard, Layer, Unit
from conformance.diagnose.intake.cut import Cut
from conformance.diagnose.intake.hdlc_cut import HdlcCutter
from conformance.diagnose.intake.wrapper_cut import WrapperCutter

_Cutter = HdlcCutter | WrapperCutter


def units(heard: Sequence[Heard], layers: Sequence[Layer], records: Sequence[bool], most: int) -> list[Unit]:
    """The units of all streams, in the order in which they were complete.

    Args:
        heard: the pieces in order.
        layers: of each stream.
        records: of each stream, whether its pieces are units by themselves.
        most: units that are cut; about so many are given where there are more.
    """
    cutters: dict[tuple[int, Direction | None], _Cutter] = {}
    found: list[Unit] = []
    for index, piece in enumerate(heard):
        if len(found) >= most:
            break
        layer = layers[piece.stream]
        if layer in (Layer.APDU, Layer.OCTETS):
            found.append(_by_itself(index, piece, layer))
            continue
        key = (piece.stream, piece.direction)
        cutter = cutters.get(key)
        if cutter is None:
            fresh = WrapperCutter(records=records[piece.stream])
            cutter = cutters[key] = HdlcCutter() if layer is Layer.HDLC else fresh
        if any("octets before this are missing" in note for note in piece.notes):
            found += [_unit(heard, layer, key, cut) for cut in cutter.flush()]
        found += [_unit(heard, layer, key, cut) for cut in cutter.feed(index, piece.octets, piece.unknown)]
    for key, cutter in cutters.items():
        found += [_unit(heard, layers[key[0]], key, cut) for cut in cutter.flush()]
    # A unit that is found broken only at the end, or when another one begins, belongs where its last octet stood.
    return sorted(found, key=lambda unit: unit.pieces[-1] if unit.pieces else -1)


def _by_itself(index: int, piece: Heard, layer: Layer) -> Unit:
    stray = layer is Layer.OCTETS
    return Unit(
        layer,
        piece.direction,
        piece.octets,
        piece.time,
        piece.place,
        piece.stream,
        (index,),
        Damage.STRAY if stray else Damage.NONE,
        "neither frame nor wrapper PDU nor APDU" if stray else "",
        piece.unknown,
    )


def _unit(heard: Sequence[Heard], layer: Layer, key: tuple[int, Direction | None], cut: Cut) -> Unit:
    first, last = heard[cut.pieces[0]], heard[cut.pieces[-1]]
    return Unit(
        layer,
        key[1],
        cut.octets,
        last.time,
        first.place,
        key[0],
        cut.pieces,
        cut.damage,
        cut.remark,
        cut.unknown,
        flags_added=cut.flags_added,
    )
