"""Whether the objects that every logical device must have tell the truth: its association, its SAPs, its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from conformance.cosem.listed_objects import ListedObject
from conformance.cosem.names import CURRENT_ASSOCIATION, LOGICAL_DEVICE_NAME, SAP_ASSIGNMENT, ClassId
from conformance.cosem.obis import text_of
from conformance.device.model import Acceptance
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.listed_values import ListedValues, Served

MandatoryQuestion = Callable[[ListedValues], None]
LONGEST_NAME = 16
"""Octets of a logical device name."""
MANAGEMENT_SAP = 1
"""Of the management logical device, which every meter has."""
_STRINGS = (DataType.OCTET_STRING, DataType.VISIBLE_STRING, DataType.UTF8_STRING)
_FLAG_LETTERS = 3
_ASSOCIATED = 2
_ARC = (2, 16, 756, 5, 8)
_CONTEXT_ARC, _MECHANISM_ARC = 1, 2
_OID_HEAD = bytes.fromhex("6085740508")
"""2.16.756.5.8 as the content octets of an OBJECT IDENTIFIER."""
_MOST_SAPS = 1000


def judge_listed(values: ListedValues) -> None:
    """The object_list has the current association, the logical device name and, in the management device, the SAPs."""
    short = values.subtest.settings.short_names
    wanted = [
        (ClassId.ASSOCIATION_SN if short else ClassId.ASSOCIATION_LN, CURRENT_ASSOCIATION),
        (ClassId.DATA, LOGICAL_DEVICE_NAME),
    ]
    if values.subtest.settings.logical_device == MANAGEMENT_SAP:
        wanted.append((ClassId.SAP_ASSIGNMENT, SAP_ASSIGNMENT))
    for class_id, name in wanted:
        what = f"{class_id.label} {text_of(name)}"
        with values.subtest.each(what):
            times = values.survey.counts.get((class_id, name), 0)
            expected = f"{what} once in the object_list"
            values.subtest.check(times == 1, expected=expected, observed=f"{what}: {times} times in the object_list")


def judge_partners(values: ListedValues) -> None:
    """associated_partners_id has the SAPs that this association was opened with."""
    settings, served = values.subtest.settings, _own(values, 3)
    expected = (settings.client_sap, settings.logical_device)
    given = _numbers(served.data)
    values.check(
        len(given) == 2 and (given[0] & 0xFF, given[1]) == (expected[0] & 0xFF, expected[1]),
        served,
        f"client_SAP {expected[0]}, server_SAP {expected[1]}, as on the link",
    )


def judge_context_name(values: ListedValues) -> None:
    """application_context_name is that of the AARQ."""
    served, context = _own(values, 4), values.subtest.settings.context
    expected = f"application context {int(context)}, {context.label}"
    values.check(_last_arc(served.data, _CONTEXT_ARC) == int(context), served, expected)


def judge_context_info(values: ListedValues) -> None:
    """xDLMS_context_info is what the InitiateResponse of this association has."""
    served, association = _own(values, 5), values.standing.established()
    negotiated, proposed = association.negotiated, association.proposed_initiate
    if negotiated is None or proposed is None:
        values.subtest.inconclusive("the AARE has no readable InitiateResponse to compare with")
    elements: tuple[Data, ...] = served.data.value if served.data.type is DataType.STRUCTURE else ()
    values.check(len(elements) >= 4, served, "a structure of conformance, PDU sizes, version, …")
    conformance, max_receive, max_send, version = elements[:4]
    bits = conformance.value if conformance.type is DataType.BIT_STRING else ""
    told = frozenset(number for number, bit in enumerate(bits) if bit == "1")
    differing = sorted(told ^ {int(bit) for bit in negotiated.negotiated_conformance})
    names = ", ".join(_label(bit) for bit in differing)
    values.check(
        not differing,
        served,
        "conformance as negotiated in the AARE",
        f"conformance differs from the AARE's in: {names}" if differing else "conformance as in the AARE",
        ".element[0]",
    )
    receive = negotiated.server_max_receive_pdu_size
    _check_number(values, served, 1, "max_receive_pdu_size", max_receive, receive)
    _check_sending(values, served, max_send, proposed.client_max_receive_pdu_size)
    _check_number(values, served, 3, "dlms_version_number", version, negotiated.negotiated_dlms_version_number)


def judge_mechanism(values: ListedValues) -> None:
    """authentication_mechanism_name is that of the AARQ; where there was none, it is mechanism 0, or left empty."""
    served, mechanism = _own(values, 6), values.subtest.settings.mechanism
    empty = served.data.type is DataType.NULL_DATA or not served.data.value
    fits = _last_arc(served.data, _MECHANISM_ARC) == int(mechanism) or (int(mechanism) == 0 and empty)
    values.check(fits, served, f"authentication mechanism {int(mechanism)}")


def judge_status(values: ListedValues) -> None:
    """association_status is associated (2): who reads it is associated."""
    served = _own(values, 8)
    values.check(served.data.value == _ASSOCIATED, served, "association_status 2, associated")


def judge_saps(values: ListedValues) -> None:
    """SAP_assignment_list has every declared logical device, and no SAP and no name twice."""
    listed = values.named(ClassId.SAP_ASSIGNMENT, SAP_ASSIGNMENT)
    if listed is None:
        values.subtest.inapplicable(f"association {values.survey.association}: the object_list has no SAP assignment")
    served = _needed(values, listed, 2)
    rows = _sap_rows(values, served)
    saps = [sap for sap, _ in rows]
    for what, counts in (("SAP", Counter(saps)), ("logical device name", Counter(name for _, name in rows))):
        twice = ", ".join(_shown(one) for one, times in counts.items() if times > 1)
        values.check(not twice, served, f"no {what} twice", f"{what} twice: {twice}" if twice else f"no {what} twice")
    for device in values.subtest.bench.device.logical_devices:
        with values.subtest.each(f"logical device {device.sap}"):
            given = next((name for sap, name in rows if sap == device.sap), None)
            listing = ", ".join(map(str, saps[:20]))
            values.check(given is not None, served, f"an entry for SAP {device.sap}", f"entries for SAP {listing} only")
            fits = device.name is None or given == device.name.encode()
            values.check(fits, served, f"SAP {device.sap}: {device.name}", f"SAP {device.sap}: {_shown(given)}")


def judge_device_name(values: ListedValues) -> None:
    """The logical device name begins with a FLAG identifier, has 16 octets at most, and is the declared one.

    FLAG identifiers are three capital letters, under which the manufacturer is registered.
    """
    subtest = values.subtest
    listed = values.named(ClassId.DATA, LOGICAL_DEVICE_NAME)
    if listed is None:
        subtest.inapplicable(f"association {values.survey.association}: the object_list has no logical device name")
    served = _needed(values, listed, 2)
    name = _octets(served.data)
    values.check(name is not None, served, "an octet-string")
    name = name or b""
    shown = f"{_shown(name)}, {len(name)} octets"
    values.check(_FLAG_LETTERS < len(name) <= LONGEST_NAME, served, f"{LONGEST_NAME} octets at most", shown)
    letters = name[:_FLAG_LETTERS]
    flag = letters.isalpha() and letters.isupper()
    values.check(flag, served, "three capital letters first, a FLAG identifier", shown)
    sap = subtest.settings.logical_device
    declared = next((one.name for one in subtest.bench.device.logical_devices if one.sap == sap), None)
    fits = declared is None or name == declared.encode()
    values.check(fits, served, f"{declared}, as the device config declares", shown)


def _own(values: ListedValues, index: int) -> Served:
    """An attribute of the current association."""
    listed = values.named(ClassId.ASSOCIATION_LN, CURRENT_ASSOCIATION)
    if listed is None:
        values.subtest.inapplicable(f"association {values.survey.association}: the object_list has no Association LN")
    return _needed(values, listed, index)


def _needed(values: ListedValues, listed: ListedObject, index: int) -> Served:
    served = values.served(listed, index)
    if served is None:
        values.subtest.inapplicable(
            f"association {values.survey.association}: the object_list denies attribute {index} of {listed}"
        )
    return served


def _numbers(value: Data) -> tuple[int, ...]:
    elements = value.value if value.type is DataType.STRUCTURE else ()
    return tuple(one.value for one in elements if isinstance(one.value, int))


def _last_arc(value: Data, arc: int) -> int | None:
    """The last arc of a COSEM object identifier, a structure of its arcs or an octet-string; None for another one."""
    if value.type is DataType.OCTET_STRING:
        octets: bytes = value.value
        return octets[-1] if len(octets) == 7 and octets[:-1] == _OID_HEAD + bytes((arc,)) else None
    given = _numbers(value)
    return given[-1] if len(given) == 7 and given[:-1] == (*_ARC, arc) else None


def _label(bit: int) -> str:
    try:
        return ConformanceBit(bit).label
    except ValueError:
        return f"reserved bit {bit}"


def _check_number(values: ListedValues, served: Served, index: int, name: str, found: Data, expected: int) -> None:
    told = f"{name} {expected}, as in the InitiateResponse"
    values.check(found.value == expected, served, told, f"{name}: {describe(found)}", f".element[{index}]")


def _check_sending(values: ListedValues, served: Served, found: Data, client: int) -> None:
    """What the meter may send is what the client takes; a meter that sends less than that may say so when tolerated."""
    less = values.subtest.bench.device.acceptance is Acceptance.TOLERANT and isinstance(found.value, int)
    fits = not client or found.value == client or (less and 0 < found.value < client)
    told = f"max_send_pdu_size {client}, the client-max-receive-pdu-size"
    values.check(fits, served, told, f"max_send_pdu_size: {describe(found)}", ".element[2]")


def _sap_rows(values: ListedValues, served: Served) -> list[tuple[int, bytes]]:
    rows: list[tuple[int, bytes]] = []
    elements = served.data.value if served.data.type is DataType.ARRAY else ()
    for number, element in enumerate(elements[:_MOST_SAPS]):
        parts: tuple[Data, ...] = element.value if element.type is DataType.STRUCTURE else ()
        sap, name = (parts[0].value, _octets(parts[1])) if len(parts) == 2 else (None, None)
        fits = name is not None and isinstance(sap, int)
        expected = "structures of SAP and logical_device_name"
        values.check(fits, served, expected, describe(element), f".element[{number}]")
        rows.append((int(sap or 0), name or b""))
    values.check(bool(rows), served, "an array with an entry for each logical device")
    return rows


def _octets(value: Data) -> bytes | None:
    if value.type not in _STRINGS:
        return None
    return value.value if isinstance(value.value, bytes) else str(value.value).encode()


def _shown(value: object) -> str:
    return repr(value.decode("ascii", "backslashreplace")) if isinstance(value, bytes) else str(value)
