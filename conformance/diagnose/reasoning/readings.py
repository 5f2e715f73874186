"""Values against one another: the same target read again, written and read, its own logical name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from conformance.diagnose.reasoning.accessed import Accessed, Deed, Ledger, Target, Way
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import DataType
from conformance.dlms.xdlms.attribute import AttributeDescriptor

INFERRED: Final = Evidence.INFERRED
_CLOCK: Final = 8
_PATH: Final = "result"

UNREADABLE: Final = Sign(
    "joined-blocks-not-readable",
    "The blocks joined are no value",
    "What the blocks of a reply carry does not decode when it is put together: octets are missing, doubled, or belong "
    "to another reply, or the last block is said too early.",
    "The meter is at fault: compare with the same value read in one piece.",
)
DIFFERS: Final = Sign(
    "reading-differs",
    "A value reads otherwise in blocks than by itself",
    "The same attribute was read twice, once in blocks, and the octets differ. A value that changes by itself does so "
    "too; one that is static does not.",
    "Read it again in both ways: if they keep differing, the meter cuts its blocks wrongly.",
)
NAME: Final = Sign(
    "logical-name-differs",
    "Attribute 1 is not the logical name of the object that was asked for",
    "Attribute 1 of every object is its logical name; what comes belongs to another object.",
    "The meter is at fault: look whether the results of a list come in another order.",
)
NAME_AS_VALUE: Final = Sign(
    "value-is-logical-name",
    "Another attribute reads as the logical name",
    "An attribute other than 1 is answered with the object's logical name: the meter may not know the attribute.",
    "Look the attribute up in the object_list.",
)
NOT_KEPT: Final = Sign(
    "write-not-kept",
    "What was written reads back otherwise",
    "The meter confirmed the write, and the attribute holds another value afterwards.",
    "The meter is at fault, or something else wrote in between.",
)
REFUSED_KEPT: Final = Sign(
    "refused-write-kept",
    "What was refused is written all the same",
    "The meter refused the write, and the attribute holds the refused value, or another than before, afterwards.",
    "The meter is at fault: a client that is refused must find everything as it was.",
)


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every contradiction between the values of an exchange."""
    ledger = Ledger(exchange)
    for item in ledger.unreadable:
        text = f"The {len(item.octets)} octets of the joined blocks do not decode: {item.reason}"
        yield item.step.state(UNREADABLE, "error", Evidence.READ, "raw-data", text, weight=8)
    yield from _names(ledger)
    yield from _again(ledger)
    yield from _written(exchange, ledger)


def across(exchanges: Sequence[Exchange]) -> Iterator[Statement]:
    """Blocks that do not fit what an earlier exchange of the same two SAPs read in one piece."""
    known: dict[tuple[object, Target], Accessed] = {}
    for exchange in exchanges:
        ledger = Ledger(exchange)
        for target, step, octets in ledger.partial:
            before = known.get((exchange.saps, target))
            if before is not None and not before.encoded.startswith(octets):
                at = _first_difference(before.encoded, octets)
                text = f"The blocks of {target} hold other octets than were read in frame {before.step.frame}, from "
                text += f"octet {at} on."
                yield step.state(DIFFERS, "error", INFERRED, "raw-data", text, weight=4)
        for entry in ledger.entries:
            target = entry.target
            if not isinstance(target, AttributeDescriptor) or entry.selection is not None:
                continue
            if entry.deed is not Deed.READ:
                known.pop((exchange.saps, target), None)
            elif entry.data is not None and target.class_id != _CLOCK:
                known.setdefault((exchange.saps, target), entry)


def _names(ledger: Ledger) -> Iterator[Statement]:
    for entry in ledger.entries:
        target, data = entry.target, entry.data
        if entry.deed is not Deed.READ or not isinstance(target, AttributeDescriptor) or data is None:
            continue
        own = data.type is DataType.OCTET_STRING and data.value == target.instance_id
        if target.attribute_id == 1 and not own:
            text = f"{target} reads {describe(data, 80)}: that is not its logical name."
            yield entry.step.state(NAME, "error", Evidence.READ, _PATH, text, weight=8)
        elif target.attribute_id > 1 and own:
            text = f"{target} reads as the logical name of the object."
            yield entry.step.state(NAME_AS_VALUE, "warning", INFERRED, _PATH, text)


def _again(ledger: Ledger) -> Iterator[Statement]:
    """The same attribute read in two ways, and nothing written in between."""
    known: dict[Target, Accessed] = {}
    for entry in ledger.entries:
        target = entry.target
        if not isinstance(target, AttributeDescriptor) or target.class_id == _CLOCK or entry.selection is not None:
            continue
        if entry.deed is not Deed.READ:
            known.pop(target, None)
        elif entry.data is not None:
            before = known.setdefault(target, entry)
            blocks = Way.BLOCKS in (before.way, entry.way) or entry.step.joined or before.step.joined
            if blocks and before.encoded != entry.encoded:
                at = _first_difference(before.encoded, entry.encoded)
                text = (
                    f"{target} reads otherwise {entry.way.value} than in frame {before.step.frame}, from octet {at} on."
                )
                yield entry.step.state(DIFFERS, "error", INFERRED, _PATH, text, weight=4)
    for target, step, octets in ledger.partial:
        if target in known and isinstance(target, AttributeDescriptor) and not known[target].encoded.startswith(octets):
            at = _first_difference(known[target].encoded, octets)
            text = f"The blocks of {target} hold other octets than were read in frame {known[target].step.frame}, from "
            text += f"octet {at} on."
            yield step.state(DIFFERS, "error", INFERRED, "raw-data", text, weight=4)


def _first_difference(one: bytes, other: bytes) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _written(exchange: Exchange, ledger: Ledger) -> Iterator[Statement]:
    before: dict[Target, Accessed] = {}
    written: dict[Target, Accessed] = {}
    refused: dict[Target, Accessed] = {}
    sealed = [
        step for step in exchange.steps if step.direction == "C>S" and step.value is None and step.seal is not None
    ]
    for entry in ledger.entries:
        target = entry.target
        if target is None or entry.selection is not None:
            continue
        if isinstance(target, AttributeDescriptor) and target.class_id == _CLOCK:
            continue
        if entry.deed is Deed.WRITE and entry.data is not None:
            (refused if entry.result else written)[target] = entry
            if not entry.result:
                refused.pop(target, None)
        elif entry.deed is Deed.INVOKE:
            written.clear()
            refused.clear()
            before.clear()
        elif entry.deed is Deed.READ and entry.data is not None:
            yield from _read_back(entry, before.get(target), written.pop(target, None), refused.pop(target, None))
            last = before.get(target)
            if (
                last is not None
                and last.encoded != entry.encoded
                and not written
                and isinstance(target, AttributeDescriptor)
            ):
                between = [step for step in sealed if last.step.position < step.position < entry.step.position]
                if between and target.class_id == 1 and target not in refused:
                    text = f"{target} holds another value than in frame {last.step.frame}, and in between an APDU was "
                    text += f"refused that does not open (frame {between[-1].frame})."
                    yield entry.step.state(REFUSED_KEPT, "error", INFERRED, _PATH, text, weight=8)
            before[target] = entry
        if entry.deed is Deed.WRITE and not entry.result:
            before.pop(target, None)


def _read_back(
    entry: Accessed, before: Accessed | None, written: Accessed | None, refused: Accessed | None
) -> Iterator[Statement]:
    latest = written if refused is None or (written and written.step.position > refused.step.position) else None
    if latest is not None and latest.encoded != entry.encoded and latest.data is not None and entry.data is not None:
        text = f"{entry.target} was written in frame {latest.step.frame} with {describe(latest.data, 80)}, and reads "
        text += f"{describe(entry.data, 80)}."
        yield entry.step.state(NOT_KEPT, "error", INFERRED, _PATH, text, weight=8)
    changed = before is not None and before.encoded != entry.encoded
    known = isinstance(entry.target, AttributeDescriptor)
    if refused is not None and (refused.encoded == entry.encoded or known) and changed and written is None:
        text = f"The write of {entry.target} was refused in frame {refused.step.frame}, and it reads otherwise than "
        text += "before."
        yield entry.step.state(REFUSED_KEPT, "error", INFERRED, _PATH, text, weight=8)
