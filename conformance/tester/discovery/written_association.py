"""One association that was found, as the tables of a device config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from conformance.cosem.obis import text_of
from conformance.device.association_toml import CONTEXTS, MECHANISMS
from conformance.device.config_text import Entry, Hexadecimal, Inline, Value, one_line
from conformance.device.model import Protection
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.tester.discovery.conformance_bits import SN_ONLY, assumed, everything, fitting
from conformance.tester.discovery.findings import AssociationFound, Findings, Opened
from conformance.tester.discovery.names import variable
from conformance.tester.discovery.opening import base_names, needs_keys, needs_secret
from conformance.tester.discovery.plan import KeyName, Plan

_CONTEXT_NAMES: Final = {context: name for name, context in CONTEXTS.items()}
_MECHANISM_NAMES: Final = {mechanism: name for name, mechanism in MECHANISMS.items()}
_TITLED: Final = (Mechanism.HLS_GMAC, Mechanism.HLS_SHA256, Mechanism.HLS_ECDSA)
_LARGEST_PROPOSAL: Final = 1024


@dataclass(frozen=True, slots=True)
class Written:
    """What an association is written from.

    Attributes:
        device: name of the device.
        names: of the associations, by server and client.
    """

    found: AssociationFound
    findings: Findings
    plan: Plan
    device: str
    names: Mapping[tuple[int, int], str]

    @property
    def name(self) -> str:
        """The name of this association."""
        return self.names[self.found.server, self.found.client]


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one association."""

    remarks: tuple[str, ...]
    entries: tuple[Entry, ...]
    targets: tuple[Entry, ...]
    base_names: tuple[Entry, ...]


def is_ready(found: AssociationFound, *, secrets_set: bool = False) -> bool:
    """Whether a run can use it as it is written; with `secrets_set`, once the variables for its secrets are set."""
    if found.opened is not None:
        return True
    known = found.mechanism not in (None, Mechanism.HLS, Mechanism.HLS_ECDSA)
    return secrets_set and known and not found.needs_user


def association(written: Written) -> Tables:
    """The tables of an association."""
    inside = written.found.opened
    names = () if inside is None else base_names(inside)
    return Tables(
        tuple(_remarks(written)),
        tuple(_entries(written)),
        () if inside is None else tuple(_targets(inside)),
        tuple(Entry(text_of(name), Hexadecimal(base, 4)) for name, base in names),
    )


def _assumed(found: AssociationFound) -> Mechanism:
    """The mechanism, or the usual one of the context where it could not be told."""
    if found.mechanism is not None:
        return found.mechanism
    return Mechanism.HLS_GMAC if found.context.ciphered else Mechanism.LLS


def _remarks(written: Written) -> Iterator[str]:
    found = written.found
    if found.opened is None:
        yield f"Client {found.client} of server {found.server}: {found.why_closed or 'not opened'}."
        if found.said:
            yield f"The meter said last: {found.said}."
    elif found.opened.objects is not None:
        yield f"{len(found.opened.objects)} objects in its object_list."
    if found.title_refused:
        yield "The meter does not know the client's system title that was sent: give the right one with --client-title."
    for other in found.also:
        yield f"Also answered: {other}."
    for note in () if found.opened is None else found.opened.notes[:8]:
        yield f"Note: {note}."


def _entries(written: Written) -> Iterator[Entry]:
    found, inside, plan = written.found, written.found.opened, written.plan
    given = plan.of(found.server, found.client)
    yield Entry("name", written.name)
    yield Entry("logical_device", found.server)
    yield Entry("client_sap", found.client)
    yield Entry("context", _CONTEXT_NAMES[found.context])
    guess = "" if found.certain else "a guess, from what the meter refused"
    yield Entry("mechanism", _MECHANISM_NAMES[_assumed(found)], guess)
    if found.mechanism is Mechanism.HLS:
        yield Entry("manufacturer_mechanism", "aes-ecb", "fill in: the registered name of the maker's computation")
    if found.needs_user or given.user_id is not None:
        remark = "" if given.user_id is not None else "fill in: the meter wants a client user"
        user = 0 if given.user_id is None else given.user_id
        yield Entry("client_user_id", user, remark)
        if inside is not None and user in inside.users:
            yield Entry("user_list", list(inside.users), "as read")
    yield from _security(written)
    yield from _services(found)
    smallest = 12 if inside is None or inside.smallest_pdu_size is None else inside.smallest_pdu_size
    served = inside is not None and inside.smallest_pdu_size is not None
    size = found.server_max_receive_pdu_size
    told = "" if size is None else f"; the meter takes {size if size else 'any'}"
    yield Entry("max_receive_pdu_size", _LARGEST_PROPOSAL, f"what the client takes, octets{told}")
    yield Entry("smallest_pdu_size", smallest, "the first of those tried that was kept to" if served else "a guess")


def _security(written: Written) -> Iterator[Entry]:
    found, plan = written.found, written.plan
    if needs_secret(found.mechanism) or (found.mechanism is None and not found.context.ciphered):
        yield _secret(written, "secret")
    keyed = needs_keys(found)
    if keyed:
        yield from _ciphering(written)
    if keyed or found.mechanism in _TITLED:
        yield Entry(
            "client_system_title",
            plan.client_title.hex().upper(),
            "" if found.opened is not None else "a guess: the one that was sent",
        )
    if found.server_title is not None and (keyed or found.mechanism in _TITLED):
        yield Entry("server_system_title", found.server_title.hex().upper(), "as the AARE said")


def _ciphering(written: Written) -> Iterator[Entry]:
    found, inside = written.found, written.found.opened
    told = [item.opened for item in written.findings.opened if item.server == found.server and item.opened is not None]
    suite = next((item.security_suite for item in told if item.security_suite is not None), None)
    policy = next((item.security_policy for item in told if item.security_policy is not None), None)
    if found.context.ciphered:
        forms = (Protection.GLO,) if inside is None else inside.protections
        yield Entry("protections", [form.value for form in forms], "a guess" if inside is None else "as served")
        if any(form.dedicated for form in forms):
            yield Entry("dedicated_key", "random", "a new one for every association")
        if policy is not None:
            yield Entry("security_policy", policy, "as read of Security setup: what it demands of requests")
    used = written.plan.security_suite if inside is not None or suite is None else suite
    yield Entry("security_suite", used, "as read of Security setup" if suite == used else "a guess")
    yield Entry("security_control", Hexadecimal(0x30), "a guess: authenticated and encrypted")
    yield _secret(written, "encryption_key")
    yield _secret(written, "authentication_key")
    yield _counter(written)


def _counter(written: Written) -> Entry:
    """Through which association the invocation counter is read, and of which object: a guess if there are several."""
    found = written.found
    for item in written.findings.opened:
        held = () if item.opened is None or item.server != found.server or needs_keys(item) else item.opened.counters
        if held:
            objects = [name for name, _ in held]
            own = next((name for name in objects if name[4] == found.client), objects[0])
            several = f"a guess; there are also {', '.join(text_of(o) for o in objects if o != own)}"
            place: dict[str, Value] = {
                "association": written.names[item.server, item.client],
                "instance_id": text_of(own),
            }
            remark = several if len(objects) > 1 else "read before it is opened"
            return Entry("invocation_counter", Inline(place), remark)
    remark = "a guess: above the counter that the meter holds, which could not be read"
    return Entry("invocation_counter", Inline({"start": 1}), remark)


def _secret(written: Written, key: KeyName) -> Entry:
    """Where a secret is: as the user said, or a variable to be set. Never the secret."""
    given = written.plan.of(written.found.server, written.found.client)
    if key in given.references:
        source, place = given.references[key]
        return Entry(key, Inline({source: place}))
    place = variable(written.device, written.name, key)
    return Entry(key, Inline({"env": place}), "fill in: set this variable, or say where it is")


def _services(found: AssociationFound) -> Iterator[Entry]:
    negotiated = assumed(found.context) if found.conformance is None else found.conformance
    fits, foreign = fitting(found.context, negotiated)
    own = SN_ONLY if found.context.short_names else everything(found.context) - SN_ONLY
    remark = "negotiated" if found.conformance is not None else "a guess: nothing was negotiated"
    if not fits & own or (found.context.short_names and not fits & SN_ONLY):
        fits, remark = fits | assumed(found.context), "a guess: what was negotiated serves nothing in this context"
    if foreign:
        told = ", ".join(bit.label for bit in sorted(foreign))
        remark += one_line(f"; left out, for they are of the other way of naming: {told}", 400)
    yield Entry("conformance", [bit.label for bit in sorted(fits)], remark)


def _targets(inside: Opened) -> Iterator[Entry]:
    targets = inside.targets
    for key in ("alive", "readable", "long_readable", "read_only", "not_readable", "profile"):
        attribute = getattr(targets, key)
        if attribute is not None:
            remark = "from its access rights; not tried" if key == "not_readable" else ""
            yield Entry(key, _attribute(attribute), remark)
    if inside.writable is not None:
        yield Entry("writable", _attribute(inside.writable), "its access rights allow it; not tried", off=True)
    if inside.method is not None:
        method: dict[str, Value] = {
            "class_id": int(inside.method.class_id),
            "instance_id": text_of(inside.method.instance_id),
            "method_id": inside.method.method_id,
            "parameters": "120001",
        }
        yield Entry("method", Inline(method), "only if script 1 does no harm; not tried", off=True)


def _attribute(attribute: AttributeDescriptor) -> Inline:
    return Inline(
        {
            "class_id": int(attribute.class_id),
            "instance_id": text_of(attribute.instance_id),
            "attribute_id": attribute.attribute_id,
        }
    )
