"""The application associations of an information file, as far as its members have names that say what they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from conformance.device.association_toml import CONTEXTS, MECHANISMS
from conformance.device.config_text import Entry, Inline
from conformance.device.information_file.reading import Members, octets_of, plain, text_of, whole
from conformance.device.information_file.syntax import Block, Member
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.xdlms.conformance import Conformance, ConformanceBit, decode_bits

CLIENT_TITLE: Final = "5844434C49454E54"
_SN: Final = frozenset(
    (
        ConformanceBit.READ,
        ConformanceBit.WRITE,
        ConformanceBit.UNCONFIRMED_WRITE,
        ConformanceBit.INFORMATION_REPORT,
        ConformanceBit.PARAMETERIZED_ACCESS,
    )
)
_LN: Final = frozenset(
    (
        ConformanceBit.GET,
        ConformanceBit.SET,
        ConformanceBit.ACTION,
        ConformanceBit.ACCESS,
        ConformanceBit.EVENT_NOTIFICATION,
    )
)
_RESERVED: Final = frozenset((ConformanceBit.RESERVED_ZERO, ConformanceBit.RESERVED_SEVEN))
_BITS: Final = {plain(bit.label): bit for bit in ConformanceBit if bit not in _RESERVED}
_CONTEXT_NAMES: Final = {context: name for name, context in CONTEXTS.items()}
_MECHANISM_NAMES: Final = {mechanism: name for name, mechanism in MECHANISMS.items()}
_CONTEXT_WORDS: Final = {plain(name): c for c in ApplicationContext for name in (c.label, _CONTEXT_NAMES[c])} | {
    "lnwithciphering": ApplicationContext.LN_CIPHERED,
    "snwithciphering": ApplicationContext.SN_CIPHERED,
    "lnnociphering": ApplicationContext.LN,
    "snnociphering": ApplicationContext.SN,
}
_MECHANISM_WORDS: Final = {plain(name): m for m in Mechanism for name in (m.label, _MECHANISM_NAMES[m])} | {
    "lowest": Mechanism.LOWEST,
    "lowestlevel": Mechanism.LOWEST,
    "low": Mechanism.LLS,
    "lowlevel": Mechanism.LLS,
    "md5": Mechanism.HLS_MD5,
    "sha1": Mechanism.HLS_SHA1,
    "gmac": Mechanism.HLS_GMAC,
    "sha256": Mechanism.HLS_SHA256,
    "ecdsa": Mechanism.HLS_ECDSA,
}
_SECRET_NAMES: Final = ("Secret", "Password", "LLS_Secret", "HLS_Secret", "AuthenticationValue")
_KEY_NAMES: Final = {
    "encryption_key": ("GUEK", "EncryptionKey", "GlobalUnicastEncryptionKey", "GlobalEncryptionKey"),
    "authentication_key": ("GAK", "AuthenticationKey", "GlobalAuthenticationKey"),
    "master_key": ("KEK", "MasterKey", "KeyEncryptionKey"),
}
_DEDICATED: Final = ("DedicatedKey", "DED_KEY")


@dataclass(frozen=True, slots=True)
class Association:
    """An association as it is written; `off`: it lacks what no information file tells, and stands as a comment."""

    name: str
    server: int
    client: int
    entries: tuple[Entry, ...]
    remarks: tuple[str, ...] = ()
    off: bool = False


def association(members: Members, server: int, taken: set[str]) -> Association | None:
    """An association of a server; None where it names no client SAP.

    Args:
        members: of its block; what is not taken stays.
        server: SAP of the logical device.
        taken: names that other associations have.
    """
    client = members.number(1, 126, "ClientSAP", "Client_SAP", "ClientAddress", "Client")
    if client is None:
        return None
    given = members.text(48, "Name", "AssociationName")
    kept = re.sub(r"[^A-Za-z0-9._ -]+", "-", given or "").strip("-._ ")
    name = _unique(kept if kept and kept[0].isascii() and kept[0].isalnum() else f"client-{client}", taken)
    context = _context(members) or ApplicationContext.LN
    told = _mechanism(members)
    mechanism = Mechanism.LOWEST if told is None else told
    entries = [
        Entry("name", name),
        Entry("logical_device", server),
        Entry("client_sap", client),
        Entry("context", _CONTEXT_NAMES[context]),
        Entry("mechanism", _MECHANISM_NAMES[mechanism], "" if told is not None else "a guess: the file does not say"),
        *_security(members, name, context, mechanism),
        _conformance(members, context),
        *_sizes(members),
    ]
    if mechanism is Mechanism.HLS_ECDSA:
        why = "Mechanism 7 wants signing_key and server_signature_key: add them, then remove the # before each key."
        return Association(name, server, client, tuple(entries), (why,), off=True)
    return Association(name, server, client, tuple(entries))


def _unique(name: str, taken: set[str]) -> str:
    number, made = 2, name
    while made in taken:
        made, number = f"{name}-{number}", number + 1
    taken.add(made)
    return made


def _context(members: Members) -> ApplicationContext | None:
    member = members.take("ApplicationContext", "ApplicationContextName", "Context", "Application_Context_Name")
    found = None if member is None else _named(member, _CONTEXT_WORDS)
    if member is not None and found is None:
        members.refuse(member, "expected an application context: its name, or a number from 1 to 4")
    return None if found is None else ApplicationContext(found)


def _mechanism(members: Members) -> Mechanism | None:
    names = ("Mechanism", "AuthenticationMechanism", "AuthenticationMechanismName", "Authentication")
    member = members.take(*names)
    found = None if member is None else _named(member, _MECHANISM_WORDS)
    if member is not None and found is None:
        members.refuse(member, "expected an authentication mechanism: its name, or a number from 0 to 7")
    return None if found is None else Mechanism(found)


def _named(member: Member, words: dict[str, ApplicationContext] | dict[str, Mechanism]) -> int | None:
    """What a name, a number, or an OBJECT IDENTIFIER whose last octet is the number stands for."""
    octets = octets_of(member.value)
    number = octets[-1] if octets is not None and len(octets) in (1, 7) else whole(member.value)
    if number is not None:
        return number if number in set(map(int, words.values())) else None
    return words.get(plain(text_of(member.value) or ""))


def _security(members: Members, name: str, context: ApplicationContext, mechanism: Mechanism) -> list[Entry]:
    """What rests on secrets: each of them is a reference to be set, whatever the file holds."""
    found: list[Entry] = []
    if mechanism not in (Mechanism.LOWEST, Mechanism.HLS_GMAC, Mechanism.HLS_ECDSA):
        found.append(_reference(members, name, "secret", _SECRET_NAMES))
    if mechanism is Mechanism.HLS:
        found.append(Entry("manufacturer_mechanism", "aes-ecb", "fill in: the registered name of the computation"))
    keyed = context.ciphered or mechanism is Mechanism.HLS_GMAC
    if keyed:
        dedicated = members.take(*_DEDICATED) if context.ciphered else None
        if context.ciphered:
            forms = ["glo", "ded"] if dedicated is not None else ["glo"]
            found.append(Entry("protections", forms, "a guess: add ded, general-glo, general-ded as the meter claims"))
        if dedicated is not None:
            found.append(Entry("dedicated_key", "random", "the file's own is not taken: a new one each time"))
        suite = members.number(0, 2, "SecuritySuite", "SecuritySuiteId")
        found.append(Entry("security_suite", suite or 0, "" if suite is not None else "a guess"))
        policy = members.number(0, 3, "SecurityPolicy")
        if policy is not None:
            found.append(Entry("security_policy", policy))
        found += [_reference(members, name, key, names) for key, names in _KEY_NAMES.items() if key != "master_key"]
        if members.take(*_KEY_NAMES["master_key"]) is not None:
            found.append(Entry("master_key", Inline({"env": _variable(name, "master_key")}), "fill in", off=True))
    if keyed or mechanism in (Mechanism.HLS_SHA256, Mechanism.HLS_ECDSA):
        title = members.octets(8, "ClientSystemTitle", "Client_System_Title")
        shown = CLIENT_TITLE if title is None else title.hex().upper()
        found.append(Entry("client_system_title", shown, "" if title is not None else "a guess"))
        own = members.octets(8, "ServerSystemTitle", "SystemTitle", "Server_System_Title")
        if own is not None:
            found.append(Entry("server_system_title", own.hex().upper()))
    return found


def _reference(members: Members, name: str, key: str, names: tuple[str, ...]) -> Entry:
    there = members.take(*names) is not None
    remark = "set this variable: the value in the file is not copied" if there else "fill in: the file holds none"
    return Entry(key, Inline({"env": _variable(name, key)}), remark)


def _variable(name: str, key: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", f"DLMS_{name}_{key}".upper())


def _conformance(members: Members, context: ApplicationContext) -> Entry:
    assumed = {ConformanceBit.READ} if context.short_names else {ConformanceBit.GET}
    own, foreign = (_SN, _LN) if context.short_names else (_LN, _SN)
    member = members.take("Conformance", "ConformanceBlock", "Conformance_Block", "ProposedConformance")
    bits = None if member is None else _bits(member)
    if member is not None and bits is None:
        members.refuse(member, "expected 3 octets in hexadecimal digits, or a list of names of conformance bits")
    if member is None or bits is None:
        return Entry("conformance", [bit.label for bit in assumed], "a guess: the file does not say")
    kept = bits - foreign - _RESERVED
    dropped = sorted(bits - kept)
    remark = f"left out, as they do not go with this context: {', '.join(b.label for b in dropped)}" if dropped else ""
    if not kept & own:
        kept, remark = kept | assumed, "a guess: what the file says serves nothing in this context"
    return Entry("conformance", [bit.label for bit in sorted(kept)], remark)


def _bits(member: Member) -> Conformance | None:
    if isinstance(member.value, Block):
        names = [plain(text_of(item.value) or item.name or "") for item in member.value.entries]
        return frozenset(_BITS[name] for name in names) if names and all(name in _BITS for name in names) else None
    octets = octets_of(member.value)
    if octets is not None and len(octets) == 7 and octets[:4] == bytes.fromhex("5F1F0400"):
        octets = octets[4:]
    return decode_bits(octets) if octets is not None and len(octets) == 3 else None


def _sizes(members: Members) -> list[Entry]:
    found: list[Entry] = []
    size = members.number(12, 0xFFFF, "MaxReceivePduSize", "ClientMaxReceivePduSize", "Client_Max_Receive_PDU_Size")
    if size is not None:
        found.append(Entry("max_receive_pdu_size", size))
    user = members.number(0, 255, "ClientUserId", "UserId", "User_Id")
    if user is not None:
        found.append(Entry("client_user_id", user))
    return found
