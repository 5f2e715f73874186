"""`[[association]]` as it is written: every key with its meaning, which is what editors show and `schema` prints."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from conformance.device.model import Protection
from conformance.device.toml_types import (
    Attribute,
    DedicatedKey,
    LogicalName,
    Method,
    Name,
    PublicKey,
    Sap,
    SecretReference,
    ServiceName,
    ShortName,
    SystemTitle,
    Table,
)
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism

ContextName = Literal["ln", "sn", "ln-ciphered", "sn-ciphered"]
MechanismName = Literal["none", "lls", "hls-manufacturer", "hls-md5", "hls-sha1", "hls-gmac", "hls-sha256", "hls-ecdsa"]
ProtectionName = Literal[
    "none",
    "glo",
    "ded",
    "general-glo",
    "general-ded",
    "general-ciphering",
    "general-signing",
    "general-ciphering-signed",
]

CONTEXTS: Mapping[str, ApplicationContext] = MappingProxyType(
    {
        "ln": ApplicationContext.LN,
        "sn": ApplicationContext.SN,
        "ln-ciphered": ApplicationContext.LN_CIPHERED,
        "sn-ciphered": ApplicationContext.SN_CIPHERED,
    }
)
MECHANISMS: Mapping[str, Mechanism] = MappingProxyType(
    {
        "none": Mechanism.LOWEST,
        "lls": Mechanism.LLS,
        "hls-manufacturer": Mechanism.HLS,
        "hls-md5": Mechanism.HLS_MD5,
        "hls-sha1": Mechanism.HLS_SHA1,
        "hls-gmac": Mechanism.HLS_GMAC,
        "hls-sha256": Mechanism.HLS_SHA256,
        "hls-ecdsa": Mechanism.HLS_ECDSA,
    }
)


class CounterToml(Table):
    """Where the client's invocation counter starts."""

    association: Name | None = None
    """Name of the association through which the counter is read before this one is opened."""
    instance_id: LogicalName = "0-0:43.1.0.255"
    """Logical name of the Data object (class 1, attribute 2) that holds the counter."""
    start: Annotated[int, Field(ge=0, le=0xFFFFFFFF)] = 0
    """First counter where nothing is read and no earlier run has kept one."""


class TargetsToml(Table):
    """Objects that cases may use; what is left out makes the cases that need it inapplicable."""

    alive: Attribute | None = None
    """What is asked to see that the association is served; left out: logical_name of the current association."""
    readable: Attribute | None = None
    """A short attribute that must be served."""
    long_readable: Attribute | None = None
    """An attribute longer than a small PDU, for block transfer: usually the object_list of the association."""
    writable: Attribute | None = None
    """An attribute that may be written; it is restored, and touched only with permission `writes`."""
    long_writable: Attribute | None = None
    """An octet-string of at least 60 octets that takes others of its length, for block transfer; likewise restored."""
    read_only: Attribute | None = None
    """An attribute that can be read; writing it must be refused."""
    not_readable: Attribute | None = None
    """An attribute whose reading must be refused."""
    method: Method | None = None
    """A method that does no harm."""
    profile: Attribute | None = None
    """The buffer of a profile generic (class 7, attribute 2) that holds at least 5 entries, for selective access."""


class AssociationToml(Table):
    """One application association that the meter claims to offer."""

    name: Name
    """Unique in this file; in reports, and in `--dlms-association`."""
    logical_device: Sap
    """SAP of the logical device that serves it."""
    client_sap: Sap
    """SAP of the client: 16 is the public client, 1 the management client."""
    context: ContextName
    """Application context: logical (ln) or short (sn) name referencing, without or with ciphering."""
    mechanism: MechanismName
    """Authentication mechanism: none (lowest level), a password (lls), or high level security."""
    conformance: Annotated[list[ServiceName], Field(min_length=1)]
    """The services that the meter declares to support in this association, in the standard's spelling."""
    secret: SecretReference | None = None
    """LLS password, or HLS secret; not used by hls-gmac and hls-ecdsa."""
    manufacturer_mechanism: str | None = None
    """For hls-manufacturer: the name under which its computation is registered."""
    protections: Annotated[list[ProtectionName], Field(min_length=1)] = Field(default=["none"])
    """Every form in which the meter takes APDUs here; the cases run once in each."""
    security_suite: Annotated[int, Field(ge=0, le=2)] = 0
    """Security suite: 0 (AES-GCM-128), 1, or 2 (AES-GCM-256)."""
    security_control: Literal[0x10, 0x20, 0x30] = 0x30
    """What ciphered requests carry: 0x10 authenticated, 0x20 encrypted, 0x30 both."""
    security_policy: Annotated[int, Field(ge=0, le=3)] | None = None
    """What the meter demands of requests: 0 nothing, 1 authenticated, 2 encrypted, 3 both; left out: what
    security_control says, or 0 where `none` is among the protections."""
    client_system_title: SystemTitle | None = None
    """System title of the client: 16 hexadecimal digits."""
    server_system_title: SystemTitle | None = None
    """System title expected of the meter; left out: whatever it answers."""
    encryption_key: SecretReference | None = None
    """Global unicast encryption key (GUEK)."""
    authentication_key: SecretReference | None = None
    """Global authentication key (GAK)."""
    master_key: SecretReference | None = None
    """Master key, key encryption key (KEK): for key transfer only."""
    dedicated_key: DedicatedKey | None = None
    """"random", a new one for every association, or where a fixed one is."""
    signing_key: SecretReference | None = None
    """The client's private digital signature key, 32 octets in suite 1, 48 in suite 2."""
    key_agreement_key: SecretReference | None = None
    """The client's private static key agreement key, 32 octets in suite 1, 48 in suite 2."""
    server_signature_key: PublicKey | None = None
    """The meter's public digital signature key: x and y in hexadecimal digits, or { certificate = "meter.pem" }."""
    server_key_agreement_key: PublicKey | None = None
    """The meter's public static key agreement key, written likewise."""
    general_ciphering_key: Literal["identified", "wrapped", "one-pass", "static-unified"] = "identified"
    """Key of general-ciphering: the global unicast one, a new one under the master key, or an agreed one."""
    initiate_protection: Literal["none", "glo", "general-glo"] | None = None
    """How the xDLMS InitiateRequest in the AARQ is ciphered; left out: glo in a ciphered context, else none."""
    pass3_key: Literal["global", "dedicated"] = "global"
    """The key under which pass 3 of HLS is ciphered."""
    pass4_key: Literal["global", "dedicated"] | None = None
    """The key under which the meter must cipher pass 4; left out: that of pass 3."""
    reply_key: Literal["as-request", "global", "dedicated"] = "as-request"
    """The key under which the meter must cipher replies."""
    notification_key: Literal["none", "global", "dedicated"] | None = None
    """The key under which the meter must cipher notifications; left out: global in a ciphered context, else none."""
    empty_system_title: bool = False
    """General ciphering carries a system title of no octets, as is legal once the titles are known."""
    challenge_octets: Annotated[int, Field(ge=8, le=64)] = 16
    """Length of the client's HLS challenge, octets."""
    max_receive_pdu_size: Annotated[int, Field(ge=0, le=0xFFFF)] = 1024
    """Client-max-receive-pdu-size, octets; 0: no limit."""
    smallest_pdu_size: Annotated[int, Field(ge=12, le=0xFFFF)] = 12
    """The smallest client-max-receive-pdu-size that the meter declares to accept, octets."""
    client_user_id: Annotated[int, Field(ge=0, le=255)] | None = None
    """Client user, sent as calling-AE-invocation-id; left out: not sent."""
    user_list: list[Annotated[int, Field(ge=0, le=255)]] = Field(default=[])
    """The client users that the meter knows; empty: it does not identify users."""
    invocation_counter: CounterToml = CounterToml()
    """Where the client's invocation counter starts in this association."""
    targets: TargetsToml = TargetsToml()
    """Objects that cases may use."""
    base_names: dict[LogicalName, ShortName] = Field(default={})
    """Short name referencing only: base name of each object that the targets name."""

    @property
    def application_context(self) -> ApplicationContext:
        """The context by its number."""
        return CONTEXTS[self.context]

    @property
    def authentication(self) -> Mechanism:
        """The mechanism by its number."""
        return MECHANISMS[self.mechanism]

    @property
    def forms(self) -> tuple[Protection, ...]:
        """The protections, each once, in the order of the file."""
        return tuple(dict.fromkeys(Protection(name) for name in self.protections))

    @property
    def initiate_form(self) -> Protection:
        """How the InitiateRequest is ciphered, after the default."""
        if self.initiate_protection is not None:
            return Protection(self.initiate_protection)
        return Protection.GLO if self.application_context.ciphered else Protection.NONE

    @property
    def pass4_form(self) -> Literal["global", "dedicated"]:
        """The key of pass 4 after the default."""
        return self.pass4_key or self.pass3_key

    @property
    def notification_form(self) -> Literal["none", "global", "dedicated"]:
        """The key of notifications after the default."""
        if self.notification_key is not None:
            return self.notification_key
        return "global" if self.application_context.ciphered else "none"

    @property
    def policy(self) -> int:
        """The security policy after the default: bit 0 authenticated, bit 1 encrypted requests."""
        if self.security_policy is not None:
            return self.security_policy
        return 0 if Protection.NONE in self.forms else self.security_control >> 4
