"""What a discovery has found: values only, bounded, and each guess marked as one."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.device.model import Profile, Protection, Targets
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.conformance import Conformance


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a logical device answers.

    Attributes:
        sap: wrapper port, or upper HDLC address.
        lower: lower HDLC address; None with an address of one octet, and with the wrapper.
        length: octets of the HDLC address.
    """

    sap: int
    lower: int | None = None
    length: int = 1

    def __str__(self) -> str:
        lower = "" if self.lower is None else f"/{self.lower} on {self.length} octets"
        return f"server {self.sap}{lower}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HdlcFound:
    """The HDLC data link.

    Attributes:
        addresses: every server address that answered.
        parameters: what the meter agreed to when as much as possible was proposed, from its side; None: it answered
            such a proposal with nothing, and takes an SNRM without parameters.
        inter_octet_timeout_s: as its IEC HDLC setup says; None: not read.
        inactivity_timeout_s: likewise; 0: never.
    """

    addresses: tuple[ServerAddress, ...] = ()
    parameters: LinkParameters | None = None
    inter_octet_timeout_s: float | None = None
    inactivity_timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object as the object_list tells it; rights that are not told are None.

    Attributes:
        readable: attributes that the list says can be read.
        writable: attributes that it says can be written.
        base_name: by short names.
    """

    class_id: int
    version: int
    logical_name: bytes
    attributes: frozenset[int] | None = None
    readable: frozenset[int] | None = None
    writable: frozenset[int] | None = None
    base_name: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What was read in an association that could be opened.

    Attributes:
        objects: of its object_list; None: it could not be read.
        protections: forms of ciphering that were served.
        smallest_pdu_size: client-max-receive-pdu-size, octets: the first tried that was kept to; None: none.
        targets: objects that cases may use, each one tried.
        writable: an attribute that the object_list says can be written; never tried.
        method: a method that the object_list says can be invoked; never tried.
        logical_device_name: as read.
        sap_assignment: pairs of SAP and logical device name, as read.
        counters: objects that hold an invocation counter, as read.
        users: of user_list.
        security_policy: of Security setup: 0 nothing, 1 authenticated, 2 encrypted, 3 both requests; None: not read.
        security_suite: likewise.
        system_title: the meter's, of Security setup.
        inter_octet_timeout_s: of IEC HDLC setup.
        inactivity_timeout_s: likewise.
        notes: what could not be read, and why.
    """

    objects: tuple[ListedObject, ...] | None = None
    protections: tuple[Protection, ...] = (Protection.NONE,)
    smallest_pdu_size: int | None = None
    targets: Targets = field(default_factory=Targets)
    writable: AttributeDescriptor | None = None
    method: MethodDescriptor | None = None
    logical_device_name: bytes | None = None
    sap_assignment: tuple[tuple[int, bytes], ...] = ()
    counters: tuple[tuple[bytes, int], ...] = ()
    users: tuple[int, ...] = ()
    security_policy: int | None = None
    security_suite: int | None = None
    system_title: bytes | None = None
    inter_octet_timeout_s: float | None = None
    inactivity_timeout_s: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationFound:
    """An association that a client of a logical device can have.

    Attributes:
        server: SAP of the logical device.
        client: SAP of the client.
        mechanism: None: it could not be told.
        certain: the meter named or accepted the mechanism; otherwise it is inferred from what it refused.
        conformance: negotiated; None: not told without a secret.
        server_max_receive_pdu_size: octets; None: likewise.
        server_title: system title of the meter, of the AARE.
        needs_user: the meter asks for a client user.
        title_refused: it does not know the client's system title.
        opened: what was read in it; None: it could not be opened.
        why_closed: why it could not be opened, in words.
        said: what the meter answered last.
        also: further contexts in which it answered, in words.
    """

    server: int
    client: int
    context: ApplicationContext
    mechanism: Mechanism | None
    certain: bool
    conformance: Conformance | None = None
    server_max_receive_pdu_size: int | None = None
    server_title: bytes | None = None
    needs_user: bool = False
    title_refused: bool = False
    opened: Opened | None = None
    why_closed: str = ""
    said: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything that was found.

    Attributes:
        link: URL.
        profile: None: the meter answered in none.
        hdlc: of the HDLC profile.
        servers: SAPs of logical devices that answered.
        associations: by server and client.
        attempts: set-ups and openings that were made.
        heard_octets: octets that came from the meter.
        notes: what a reader should know.
    """

    link: str
    profile: Profile | None = None
    hdlc: HdlcFound = field(default_factory=HdlcFound)
    servers: tuple[int, ...] = ()
    associations: tuple[AssociationFound, ...] = ()
    attempts: int = 0
    heard_octets: int = 0
    notes: tuple[str, ...] = ()

    @property
    def opened(self) -> tuple[AssociationFound, ...]:
        """The associations that could be opened."""
        return tuple(item for item in self.associations if item.opened is not None)
