"""Findings for programs: plain values that JSON takes, with nothing secret among them."""

from __future__ import annotations

from conformance.cosem.obis import text_of
from conformance.device.config_text import one_line
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.tester.discovery.findings import AssociationFound, Findings, Opened

_TARGETS = ("alive", "readable", "long_readable", "read_only", "not_readable", "profile")


def as_json(findings: Findings) -> dict[str, object]:
    """The findings; octets are hexadecimal digits, objects are logical names."""
    hdlc, settled = findings.hdlc, findings.hdlc.parameters
    return {
        "link": findings.link,
        "profile": None if findings.profile is None else findings.profile.value,
        "attempts": findings.attempts,
        "heard_octets": findings.heard_octets,
        "servers": list(findings.servers),
        "hdlc": {
            "addresses": [{"sap": a.sap, "lower": a.lower, "octets": a.length} for a in hdlc.addresses],
            "parameters": None
            if settled is None
            else {
                "max_information_field_length_transmit": settled.max_information_transmit,
                "max_information_field_length_receive": settled.max_information_receive,
                "window_size_transmit": settled.window_transmit,
                "window_size_receive": settled.window_receive,
            },
        },
        "associations": [_association(item) for item in findings.associations],
        "notes": [one_line(note) for note in findings.notes],
    }


def _association(found: AssociationFound) -> dict[str, object]:
    negotiated = found.conformance
    return {
        "server": found.server,
        "client": found.client,
        "context": found.context.label,
        "mechanism": None if found.mechanism is None else int(found.mechanism),
        "certain": found.certain,
        "conformance": None if negotiated is None else [bit.label for bit in sorted(negotiated)],
        "server_max_receive_pdu_size": found.server_max_receive_pdu_size,
        "server_system_title": _digits(found.server_title),
        "needs_user": found.needs_user,
        "title_refused": found.title_refused,
        "why_closed": one_line(found.why_closed) or None,
        "also": [one_line(other) for other in found.also],
        "opened": None if found.opened is None else _opened(found.opened),
    }


def _opened(inside: Opened) -> dict[str, object]:
    return {
        "logical_device_name": _digits(inside.logical_device_name),
        "sap_assignment": [{"sap": sap, "name": name.hex().upper()} for sap, name in inside.sap_assignment],
        "invocation_counters": {text_of(name): value for name, value in inside.counters},
        "security_policy": inside.security_policy,
        "security_suite": inside.security_suite,
        "system_title": _digits(inside.system_title),
        "user_list": list(inside.users),
        "protections": [form.value for form in inside.protections],
        "smallest_pdu_size": inside.smallest_pdu_size,
        "targets": {key: _attribute(getattr(inside.targets, key)) for key in _TARGETS},
        "objects": None
        if inside.objects is None
        else [
            {
                "class_id": int(item.class_id),
                "version": item.version,
                "logical_name": text_of(item.logical_name),
                "base_name": item.base_name,
                "readable": None if item.readable is None else sorted(item.readable),
                "writable": None if item.writable is None else sorted(item.writable),
            }
            for item in inside.objects
        ],
        "notes": [one_line(note) for note in inside.notes],
    }


def _attribute(attribute: AttributeDescriptor | None) -> str | None:
    return None if attribute is None else f"{text_of(attribute.instance_id)} attribute {attribute.attribute_id}"


def _digits(octets: bytes | None) -> str | None:
    return None if octets is None else octets.hex().upper()
