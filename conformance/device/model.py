"""What a meter claims to be: the frozen values that every room above works with.

A device config is loaded by `conformance.device.load`; whatever stands here has been checked there, so that no reader
of these values has to ask again whether a key is missing or an address fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from conformance.cosem.companion import Companion
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.data.types import Data
from conformance.dlms.security.secret import Secret
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.conformance import Conformance


class Profile(StrEnum):
    """The communication profile that carries the APDUs."""

    HDLC = "hdlc"
    WRAPPER = "wrapper"


class Acceptance(StrEnum):
    """Which reactions pass: only the standard's own, or also what certified meters are known to do."""

    STRICT = "strict"
    TOLERANT = "tolerant"


class Permission(StrEnum):
    """How intrusive a case may be; the owner of the meter grants it."""

    READS = "reads"
    WRITES = "writes"
    CHANGES_KEYS = "changes_keys"
    CHANGES_POLICY = "changes_policy"
    LEAVES_POLICY = "leaves_policy"
    """A security policy may be strengthened although the standard has no way back."""
    MAY_LOCK_OUT = "may_lock_out"
    DISCONNECTS = "disconnects"
    UPDATES_FIRMWARE = "updates_firmware"


class Protection(StrEnum):
    """The form in which an APDU is ciphered; each declared one is tested."""

    NONE = "none"
    GLO = "glo"
    DED = "ded"
    GENERAL_GLO = "general-glo"
    GENERAL_DED = "general-ded"
    GENERAL_CIPHERING = "general-ciphering"
    GENERAL_SIGNING = "general-signing"
    GENERAL_CIPHERING_SIGNED = "general-ciphering-signed"
    """general-ciphering around general-signing: signed first, then ciphered."""

    @property
    def dedicated(self) -> bool:
        """True where the dedicated key protects, not the global unicast key."""
        return self in (Protection.DED, Protection.GENERAL_DED)

    @property
    def general(self) -> bool:
        """True where one container tag carries any APDU: the conformance bit general-protection speaks of these."""
        return self not in (Protection.NONE, Protection.GLO, Protection.DED)

    @property
    def ciphered(self) -> bool:
        """True where the APDU is protected with a symmetric key."""
        return self not in (Protection.NONE, Protection.GENERAL_SIGNING)

    @property
    def signed(self) -> bool:
        """True where the APDU carries a digital signature."""
        return self in (Protection.GENERAL_SIGNING, Protection.GENERAL_CIPHERING_SIGNED)


class KeyEstablishment(StrEnum):
    """Which key general-ciphering uses, and how the other side comes to it: the choice of key-info."""

    IDENTIFIED = "identified"
    """The global unicast key, which both hold."""
    WRAPPED = "wrapped"
    """A new key, wrapped under the master key."""
    ONE_PASS = "one-pass"  # noqa: S105 - a scheme of key agreement
    """A key agreed by One-Pass Diffie-Hellman, C(1e, 1s)."""
    STATIC_UNIFIED = "static-unified"
    """A key agreed by the Static Unified Model, C(0e, 2s)."""

    @property
    def agreed(self) -> bool:
        """True where key agreement keys are needed."""
        return self in (KeyEstablishment.ONE_PASS, KeyEstablishment.STATIC_UNIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long the meter may take.

    Attributes:
        response_timeout_s: a request without any octet of an answer for so long has been met with silence.
        recovery_time_s: within so long after a refused or malformed request the meter serves a fresh link again.
        max_response_time_s: from the last octet of a request to the first of its answer; None: not judged.
        max_inter_octet_gap_s: between two octets of a frame from the meter; None: not judged.
    """

    response_timeout_s: float = 5.0
    recovery_time_s: float = 30.0
    max_response_time_s: float | None = None
    max_inter_octet_gap_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSettings:
    """How exact the meter's clock is.

    Attributes:
        max_deviation_s: from the clock of this host; None: measured, not judged.
    """

    max_deviation_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HdlcSettings:
    """The HDLC data link as declared (IEC 62056-46).

    The upper HDLC address of the server is the SAP of the logical device; the lower one, where there is one, the
    physical device. Lengths and windows are what the client proposes in the SNRM, transmit and receive as it sees them.

    Attributes:
        server_lower: lower HDLC address; None with an address of one octet.
        address_length: octets of the server address in use: 1, 2 or 4.
        max_information_field_length_transmit: octets.
        max_information_field_length_receive: octets.
        window_size_transmit: frames, 1…7.
        window_size_receive: frames, 1…7.
        inter_octet_timeout_s: a longer gap within a frame ends it.
        inactivity_timeout_s: the link falls back to disconnected after so long without a frame; 0: never.
        addressing: every address length that the meter claims to take.
        llc: information fields begin with the LLC header E6 E6 00 or E6 E7 00.
    """

    server_lower: int | None = None
    address_length: int = 1
    max_information_field_length_transmit: int = 128
    max_information_field_length_receive: int = 128
    window_size_transmit: int = 1
    window_size_receive: int = 1
    inter_octet_timeout_s: float = 0.025
    inactivity_timeout_s: float = 120.0
    addressing: tuple[int, ...] = (1,)
    llc: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LogicalDevice:
    """A logical device: its SAP (wPort or upper HDLC address) and its name, where the declaration gives one."""

    sap: int
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterSource:
    """Where the client's first invocation counter comes from.

    Attributes:
        association: name of the association through which the counter object is read first; None: not read.
        attribute: the attribute that holds it; None exactly when `association` is.
        start: the first counter when nothing is read and nothing was kept from an earlier run.
    """

    association: str | None = None
    attribute: AttributeDescriptor | None = None
    start: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """The objects of an association that cases may use; a case whose target is None is not applicable.

    Attributes:
        alive: what is asked to see that the association is served; None: the current association's logical_name.
        readable: a short attribute that must be served.
        long_readable: an attribute whose value is longer than a small PDU, for block transfer.
        writable: may be written and is restored; only with permission `writes`.
        long_writable: holds an octet-string of at least 60 octets and takes others of its length; likewise restored.
        read_only: readable, writing must be refused.
        not_readable: reading must be refused.
        method: a method that does no harm.
        method_parameters: what it is invoked with; None: without parameters.
        profile: the buffer of a profile generic, for selective access.
    """

    alive: AttributeDescriptor | None = None
    readable: AttributeDescriptor | None = None
    long_readable: AttributeDescriptor | None = None
    writable: AttributeDescriptor | None = None
    long_writable: AttributeDescriptor | None = None
    read_only: AttributeDescriptor | None = None
    not_readable: AttributeDescriptor | None = None
    method: MethodDescriptor | None = None
    method_parameters: Data | None = None
    profile: AttributeDescriptor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationSettings:
    """One application association as declared: who calls whom, with what, and what is served inside it.

    Attributes:
        name: unique in the device config.
        logical_device: SAP of the server.
        client_sap: SAP of the client.
        secret: LLS password or HLS secret.
        manufacturer_mechanism: the name under which the computation of mechanism 2 is registered.
        protections: every declared form of ciphering; the cases run once in each.
        security_suite: 0, 1 or 2.
        security_control: 0x10 authenticated, 0x20 encrypted, 0x30 both: what the client's requests carry.
        security_policy: what the meter demands of requests: 0 nothing, 1 authenticated, 2 encrypted, 3 both.
        client_system_title: 8 octets.
        server_system_title: 8 octets, expected; None: whatever the meter answers.
        encryption_key: global unicast encryption key, GUEK.
        authentication_key: global authentication key, GAK.
        master_key: key encryption key, for key transfer.
        dedicated_key: "random": a new one for every association.
        signing_key: the client's private digital signature key, for suites 1 and 2.
        key_agreement_key: the client's private static key agreement key.
        server_signature_key: the meter's public digital signature key, x ‖ y.
        server_key_agreement_key: the meter's public static key agreement key, x ‖ y.
        general_ciphering_key: which key general-ciphering requests use.
        initiate_protection: NONE, GLO or GENERAL_GLO.
        pass3_key: which key protects pass 3 of HLS.
        pass4_key: which key the meter must protect pass 4 with.
        reply_key: which key the meter must protect replies with: that of the request, or always one of the two.
        notification_key: which key the meter must protect notifications with.
        empty_system_title: general ciphering carries a system title of no octets.
        challenge_octets: length of the client's challenge.
        conformance: what the meter declares to serve here; the client proposes it.
        max_receive_pdu_size: the client's, octets; 0: no limit.
        smallest_pdu_size: the smallest that the meter declares to accept, octets.
        client_user_id: goes as calling-AE-invocation-id; None: left out.
        user_list: the users that the meter knows; empty: client users are not identified.
        base_names: for short names: pairs of an object's logical name and its base name.
    """

    name: str
    logical_device: int
    client_sap: int
    context: ApplicationContext
    mechanism: Mechanism
    conformance: Conformance
    secret: Secret | None = None
    manufacturer_mechanism: str | None = None
    protections: tuple[Protection, ...] = (Protection.NONE,)
    security_suite: int = 0
    security_control: int = 0x30
    security_policy: int = 0
    client_system_title: bytes | None = None
    server_system_title: bytes | None = None
    encryption_key: Secret | None = None
    authentication_key: Secret | None = None
    master_key: Secret | None = None
    dedicated_key: Secret | Literal["random"] | None = None
    signing_key: Secret | None = None
    key_agreement_key: Secret | None = None
    server_signature_key: bytes | None = None
    server_key_agreement_key: bytes | None = None
    general_ciphering_key: KeyEstablishment = KeyEstablishment.IDENTIFIED
    initiate_protection: Protection = Protection.NONE
    pass3_key: Literal["global", "dedicated"] = "global"
    pass4_key: Literal["global", "dedicated"] = "global"
    reply_key: Literal["as-request", "global", "dedicated"] = "as-request"
    notification_key: Literal["none", "global", "dedicated"] = "global"
    empty_system_title: bool = False
    challenge_octets: int = 16
    max_receive_pdu_size: int = 1024
    smallest_pdu_size: int = 12
    dlms_version: int = 6
    client_user_id: int | None = None
    user_list: tuple[int, ...] = ()
    invocation_counter: CounterSource = field(default_factory=CounterSource)
    targets: Targets = field(default_factory=Targets)
    base_names: tuple[tuple[bytes, int], ...] = ()

    @property
    def short_names(self) -> bool:
        """True where objects are referenced by short name."""
        return self.context.short_names

    @property
    def ciphered(self) -> bool:
        """True where the application context is one with ciphering."""
        return self.context.ciphered

    @property
    def title_required(self) -> bool:
        """True where the client must send its system title: for ciphering, or for a mechanism that hashes it."""
        return self.ciphered or self.mechanism in (Mechanism.HLS_GMAC, Mechanism.HLS_SHA256, Mechanism.HLS_ECDSA)

    @property
    def key_octets(self) -> int:
        """Length of every symmetric key of the security suite."""
        return 32 if self.security_suite == 2 else 16

    def short_name(self, attribute: AttributeDescriptor) -> int | None:
        """Short name of an attribute: base name plus 8 for each attribute before it; None without a base name."""
        base = dict(self.base_names).get(attribute.instance_id)
        return None if base is None else base + 8 * (attribute.attribute_id - 1)

    def secrets(self) -> Iterator[tuple[str, Secret]]:
        """Every secret with the name of its field, for redaction."""
        for name in (
            "secret",
            "encryption_key",
            "authentication_key",
            "master_key",
            "dedicated_key",
            "signing_key",
            "key_agreement_key",
        ):
            value = getattr(self, name)
            if isinstance(value, Secret):
                yield name, value


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedDeviation:
    """A known fault of this meter, accepted for a reason: reported as such, and no longer after `expires`.

    What is None matches everything: a deviation without `subtest` covers the whole case.
    """

    case: str
    reason: str
    owner: str
    subtest: int | None = None
    association: str | None = None
    variant: str | None = None
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedMeter:
    """The device is the meter inside this package, with these faults switched on.

    Attributes:
        defects: by name.
        security_suite: 0, 1 or 2: its keys, and what it can do with them.
        security_policy: what it demands of all messages at first: 0 nothing, 1 authenticated, 2 encrypted, 3 both;
            None: 3 in suite 0, otherwise 0.
        first_block_transfer: the blocks that its long replies begin with, where both mechanisms are negotiated.
        profile_rows: rows in the buffer of its load profile.
        extra_objects: registers in its management logical device, beside those that it has anyway.
        classes: "every": it has a logical device with an object of every class version too; "own": it has not.
    """

    defects: frozenset[str] = frozenset()
    security_suite: int = 0
    security_policy: int | None = None
    first_block_transfer: Literal["general", "service-specific"] = "service-specific"
    profile_rows: int = 2880
    extra_objects: int = 0
    classes: Literal["own", "every"] = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushSetup:
    """A Push setup object, and what is declared of its pushes.

    Attributes:
        association: name of the association that invokes push(); its keys protect what is pushed.
        instance_id: logical name.
        transport: where it goes: to a listener of the tester, or on the line of the association.
        protection: NONE, GENERAL_GLO, GENERAL_DED or GENERAL_CIPHERING.
        confirmed: the client must confirm.
        client_sap: that data-notifications are addressed to.
        destination: HOST:PORT, to be written into the object and put back; None: it is set up already.
        refused: names of associations in which push() must be refused.
    """

    association: str
    instance_id: bytes
    transport: Literal["tcp", "udp", "own-line"]
    protection: Protection
    confirmed: bool
    client_sap: int
    destination: str | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PushEvent:
    """An event that a method causes without harm, in the association that it is reported to.

    Attributes:
        association: its name.
        method: what causes it.
        parameters: what the method is invoked with; None: without parameters.
        attribute: whose value is reported.
    """

    association: str
    method: MethodDescriptor
    attribute: AttributeDescriptor
    parameters: Data | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushSettings:
    """What the meter sends of its own accord, and where the tester listens for it.

    Attributes:
        listen: URLs, `tcp` or `udp`.
        timeout_s: so long a data-notification is waited for.
        setups: the Push setup objects.
        events: what can be caused.
    """

    listen: tuple[str, ...] = ()
    timeout_s: float = 10.0
    setups: tuple[PushSetup, ...] = ()
    events: tuple[PushEvent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingSecret:
    """A secret that a device config names and that could not be had.

    Attributes:
        association: its name.
        key: field of the association.
        source: `env`, `file` or `command`.
        reason: why it could not be had; holds no octet of it.
    """

    association: str
    key: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One meter under test.

    Attributes:
        name: unique in a lab; in file names and reports.
        manufacturer: FLAG identifier or the maker's name.
        link: URL of the way to the meter.
        push: what it sends of its own accord; empty where nothing is declared.
        companion: the companion profile that it is made to; None: none is named.
        companion_options: which of the profile's options it has.
        published_keys: why keys may stand in the file; None: they may not.
        placeholders: secrets are stand-ins: good for listing and checking, never for a run.
        missing: secrets that could not be had, where the device was loaded without them.
        path: the file it was loaded from, as given.
        fingerprint: SHA-256 of the file's octets, hexadecimal.
    """

    name: str
    manufacturer: str
    link: str
    profile: Profile
    logical_devices: tuple[LogicalDevice, ...]
    associations: tuple[AssociationSettings, ...]
    model: str = ""
    description: str = ""
    timing: Timing = field(default_factory=Timing)
    clock: ClockSettings = field(default_factory=ClockSettings)
    hdlc: HdlcSettings = field(default_factory=HdlcSettings)
    acceptance: Acceptance = Acceptance.TOLERANT
    permissions: frozenset[Permission] = frozenset({Permission.READS})
    expected_deviations: tuple[ExpectedDeviation, ...] = ()
    push: PushSettings = field(default_factory=PushSettings)
    embedded: EmbeddedMeter | None = None
    companion: Companion | None = None
    companion_options: frozenset[str] = frozenset()
    published_keys: str | None = None
    placeholders: bool = False
    missing: tuple[MissingSecret, ...] = ()
    path: str = ""
    fingerprint: str = ""

    def association(self, name: str) -> AssociationSettings:
        """Return the association of that name.

        Raises:
            KeyError: there is none.
        """
        for association in self.associations:
            if association.name == name:
                return association
        raise KeyError(name)

    def logical_device(self, sap: int) -> LogicalDevice:
        """Return the logical device at a SAP.

        Raises:
            KeyError: there is none.
        """
        for logical_device in self.logical_devices:
            if logical_device.sap == sap:
                return logical_device
        raise KeyError(sap)

    def secrets(self) -> Iterator[tuple[str, Secret]]:
        """Every secret of every association with its place, for redaction."""
        for association in self.associations:
            for name, secret in association.secrets():
                yield f"{association.name}.{name}", secret
