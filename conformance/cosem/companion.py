"""A companion profile: what a companion specification wants of a meter beyond the standard, as rows with sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from conformance.cosem.obis_table import CodePattern
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism

EVERY: Final = "every"
CIPHERED: Final = "ciphered"
LOGICAL_NAMES: Final = "logical-names"
SHORT_NAMES: Final = "short-names"
MANAGEMENT_DEVICE: Final = "management-logical-device"
WORDS: Final[Mapping[str, str]] = {
    EVERY: "every association",
    CIPHERED: "associations with an application context with ciphering",
    LOGICAL_NAMES: "associations that reference by logical name",
    SHORT_NAMES: "associations that reference by short name",
    MANAGEMENT_DEVICE: "associations of the management logical device, SAP 1",
}
"""Roles that no profile declares: an association has them by what it is."""

CONTEXTS: Final[Mapping[str, ApplicationContext]] = {
    "ln": ApplicationContext.LN,
    "sn": ApplicationContext.SN,
    "ln-ciphered": ApplicationContext.LN_CIPHERED,
    "sn-ciphered": ApplicationContext.SN_CIPHERED,
}
MECHANISMS: Final[Mapping[str, Mechanism]] = {
    "none": Mechanism.LOWEST,
    "lls": Mechanism.LLS,
    "hls-manufacturer": Mechanism.HLS,
    "hls-md5": Mechanism.HLS_MD5,
    "hls-sha1": Mechanism.HLS_SHA1,
    "hls-gmac": Mechanism.HLS_GMAC,
    "hls-sha256": Mechanism.HLS_SHA256,
    "hls-ecdsa": Mechanism.HLS_ECDSA,
}
"""Contexts and mechanisms by the names that device configs have for them."""


class Wish(StrEnum):
    """What an association is to be let do with an attribute; what is not named is left open."""

    READ = "read"
    READ_ONLY = "read-only"
    WRITE = "write"
    WRITE_ONLY = "write-only"
    READ_WRITE = "read-write"
    NONE = "none"

    @property
    def wants_read(self) -> bool:
        """The right to read must be there."""
        return self in (Wish.READ, Wish.READ_ONLY, Wish.READ_WRITE)

    @property
    def wants_write(self) -> bool:
        """The right to write must be there."""
        return self in (Wish.WRITE, Wish.WRITE_ONLY, Wish.READ_WRITE)

    @property
    def forbids_read(self) -> bool:
        """The right to read must not be there."""
        return self in (Wish.WRITE_ONLY, Wish.NONE)

    @property
    def forbids_write(self) -> bool:
        """The right to write must not be there."""
        return self in (Wish.READ_ONLY, Wish.NONE)


@dataclass(frozen=True, slots=True)
class AssociationRow:
    """One association that the profile speaks of.

    Attributes:
        role: its name within the profile.
        client_saps: SAPs of the client that it is known by.
        logical_device: SAP of the server that it must be offered by; None: any.
        contexts: application contexts that are legal, as device configs name them; empty: any.
        mechanisms: authentication mechanisms that are legal, likewise.
        conformance: labels of the conformance bits that must be negotiated.
        mandatory: the meter must offer it.
        when: options of the meter that must all be declared for the row to count.
        source: where this is said.
        line: in the file.
    """

    role: str
    client_saps: frozenset[int]
    logical_device: int | None
    contexts: frozenset[str]
    mechanisms: frozenset[str]
    conformance: frozenset[str]
    mandatory: bool
    when: frozenset[str]
    source: str
    line: int

    def knows(self, client_sap: int, logical_device: int) -> bool:
        """Whether an association of these SAPs is this one."""
        return client_sap in self.client_saps and self.logical_device in (None, logical_device)


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """One object that the profile speaks of.

    Attributes:
        table: the part of the profile that the row stands in.
        name: in words.
        classes: class_id of the classes that it may be of.
        versions: that it may have; empty: any.
        instance: its logical name, or a pattern of them, as written.
        codes: the same, to be asked.
        roles: in whose associations it is wanted.
        access: what is wanted for each attribute, by role.
        units: of scaler_unit, numbers of the enumeration `unit`; empty: not said.
        scaler: of scaler_unit; None: not said.
        mandatory: it must be there; otherwise the row counts where it is.
        when: options of the meter that must all be declared for the row to count.
        source: where this is said.
        line: in the file.
    """

    table: str
    name: str
    classes: tuple[int, ...]
    versions: frozenset[int]
    instance: str
    codes: CodePattern
    roles: frozenset[str]
    access: Mapping[str, Mapping[int, Wish]] = field(hash=False)
    units: frozenset[int]
    scaler: int | None
    mandatory: bool
    when: frozenset[str]
    source: str
    line: int

    def fits(self, class_id: int, version: int) -> bool:
        """Whether class and version are as wanted."""
        return class_id in self.classes and (not self.versions or version in self.versions)

    @property
    def kind(self) -> str:
        """Class and version that are wanted, in words."""
        classes = " or ".join(map(str, self.classes))
        versions = " or ".join(map(str, sorted(self.versions)))
        return f"class {classes} version {versions}" if versions else f"class {classes}"

    def wishes(self, roles: Iterable[str]) -> dict[int, tuple[str, Wish]]:
        """What is wanted for each attribute in an association of these roles, with the role that wants it.

        A role that the profile declares goes before one that an association has by what it is.
        """
        wanted: dict[int, tuple[str, Wish]] = {}
        for role in sorted(roles, key=lambda one: (one not in WORDS, one)):
            for index, wish in self.access.get(role, {}).items():
                wanted[index] = (role, wish)
        return dict(sorted(wanted.items()))


@dataclass(frozen=True, slots=True)
class Companion:
    """A companion profile.

    Attributes:
        file: where it was read, for messages.
        name: of the profile.
        edition: of what it follows.
        note: what a reader must know of how far it goes.
        sources: documents and other public sources by their short names.
        options: the conditions of its rows, each with its meaning.
        associations: in the order of the file.
        objects: likewise.
    """

    file: str
    name: str
    edition: str
    note: str
    sources: Mapping[str, str] = field(hash=False)
    options: Mapping[str, str] = field(hash=False)
    associations: tuple[AssociationRow, ...]
    objects: tuple[ObjectRow, ...]

    def associations_for(self, options: frozenset[str]) -> tuple[AssociationRow, ...]:
        """The associations that count for a meter with these options."""
        return tuple(row for row in self.associations if row.when <= options)

    def objects_for(self, options: frozenset[str], roles: frozenset[str]) -> tuple[ObjectRow, ...]:
        """The objects that count in an association of these roles, for a meter with these options."""
        return tuple(row for row in self.objects if row.when <= options and row.roles & roles)
