"""The associations that the embedded meter offers: who may connect where, how he proves it, and what he may use.

The secrets and keys are published test values. They protect nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.xdlms.conformance import Conformance, ConformanceBit


class AccessLevel(StrEnum):
    """The set of access rights that an association gives."""

    PUBLIC = "public"
    READING = "reading"
    MANAGEMENT = "management"


@dataclass(frozen=True, slots=True)
class User:
    """One entry of user_list: the id that a client sends as calling-AE-invocation-id, and a name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Keys:
    """Symmetric keys as the meter leaves the factory: 16 octets each in security suites 0 and 1, 32 in suite 2."""

    global_unicast: bytes
    authentication: bytes
    master: bytes
    global_broadcast: bytes = bytes.fromhex("0F0E0D0C0B0A09080706050403020100")


@dataclass(frozen=True, slots=True)
class AssociationProfile:
    """One association that a client can open.

    Attributes:
        name: in kebab-case, unique in the meter.
        server_sap: SAP of the logical device.
        client_sap: SAP of the client.
        instance: value group E of the object `0-0:40.0.E.255` that stands for this association.
        context: the application context that is required.
        mechanism: the authentication mechanism that is required.
        access_level: names the access rights.
        conformance: what the meter is ready to negotiate.
        secret: LLS password or HLS secret as the meter leaves the factory; None where none is used.
        manufacturer_mechanism: name of the algorithm where `mechanism` is HLS, which leaves it to the manufacturer.
        keys: where the context is ciphered or the mechanism uses keys.
        client_system_title: the title that the client must use; None where any will do.
        server_system_title: the meter's own.
        users: user_list; empty where users are not identified.
        policy: security control that requests and responses must carry at least: 00, 10, 20 or 30.
        security_suite: id of the suite that the keys are of.
        pass3_key: where a dedicated key was sent, passes 3 and 4 of HLS are under this one.
        server_max_receive_pdu_size: in octets.
    """

    name: str
    server_sap: int
    client_sap: int
    instance: int
    context: ApplicationContext
    mechanism: Mechanism
    access_level: AccessLevel
    conformance: Conformance
    secret: bytes | None = None
    manufacturer_mechanism: str | None = None
    keys: Keys | None = None
    client_system_title: bytes | None = None
    server_system_title: bytes = bytes.fromhex("5844430000000001")
    users: tuple[User, ...] = ()
    policy: int = 0x00
    security_suite: int = 0
    pass3_key: Literal["global", "dedicated"] = "global"
    server_max_receive_pdu_size: int = 1024

    @property
    def hls(self) -> bool:
        """Whether passes 3 and 4 follow the AARE."""
        return self.mechanism >= Mechanism.HLS


PUBLIC_CONFORMANCE: Final[Conformance] = frozenset(
    (
        ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ,
        ConformanceBit.GET,
        ConformanceBit.SELECTIVE_ACCESS,
        ConformanceBit.MULTIPLE_REFERENCES,
        ConformanceBit.PRIORITY_MGMT_SUPPORTED,
    )
)
READING_CONFORMANCE: Final[Conformance] = PUBLIC_CONFORMANCE | {
    ConformanceBit.SET,
    ConformanceBit.ACTION,
    ConformanceBit.BLOCK_TRANSFER_WITH_SET_OR_WRITE,
    ConformanceBit.BLOCK_TRANSFER_WITH_ACTION,
}
BLOCK_CONFORMANCE: Final[Conformance] = READING_CONFORMANCE | {
    ConformanceBit.GENERAL_BLOCK_TRANSFER,
    ConformanceBit.ACCESS,
}
MANAGEMENT_CONFORMANCE: Final[Conformance] = BLOCK_CONFORMANCE | {
    ConformanceBit.GENERAL_PROTECTION,
    ConformanceBit.DATA_NOTIFICATION,
    ConformanceBit.EVENT_NOTIFICATION,
}
SHORT_NAME_CONFORMANCE: Final[Conformance] = frozenset(
    (
        ConformanceBit.READ,
        ConformanceBit.WRITE,
        ConformanceBit.UNCONFIRMED_WRITE,
        ConformanceBit.PARAMETERIZED_ACCESS,
        ConformanceBit.MULTIPLE_REFERENCES,
        ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ,
        ConformanceBit.BLOCK_TRANSFER_WITH_SET_OR_WRITE,
    )
)

MANAGEMENT_SAP: Final = 1
"""SAP of the management logical device: reserved HDLC address (IEC 62056-46) and wrapper port (IEC 62056-47)."""
SHORT_NAME_SAP: Final = 17
PUBLIC_CLIENT_SAP: Final = 16
"""SAP of the public client: reserved HDLC address (IEC 62056-46) and wrapper port (IEC 62056-47)."""

MANAGEMENT_KEYS: Final = Keys(
    global_unicast=bytes.fromhex("000102030405060708090A0B0C0D0E0F"),
    authentication=bytes.fromhex("D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"),
    master=bytes.fromhex("00112233445566778899AABBCCDDEEFF"),
)
SERVER_SYSTEM_TITLE: Final = bytes.fromhex("5844430000000001")
CLIENT_SYSTEM_TITLE: Final = bytes.fromhex("5844434C49454E54")

PUBLIC: Final = AssociationProfile(
    name="public",
    server_sap=MANAGEMENT_SAP,
    client_sap=PUBLIC_CLIENT_SAP,
    instance=1,
    context=ApplicationContext.LN,
    mechanism=Mechanism.LOWEST,
    access_level=AccessLevel.PUBLIC,
    conformance=PUBLIC_CONFORMANCE,
)
READING: Final = AssociationProfile(
    name="reading",
    server_sap=MANAGEMENT_SAP,
    client_sap=2,
    instance=2,
    context=ApplicationContext.LN,
    mechanism=Mechanism.LLS,
    access_level=AccessLevel.READING,
    conformance=BLOCK_CONFORMANCE,
    secret=b"Conform1",
    users=(User(1, "operator"), User(100, "installer")),
)
MANAGEMENT: Final = AssociationProfile(
    name="management",
    server_sap=MANAGEMENT_SAP,
    client_sap=1,
    instance=3,
    context=ApplicationContext.LN_CIPHERED,
    mechanism=Mechanism.HLS_GMAC,
    access_level=AccessLevel.MANAGEMENT,
    conformance=MANAGEMENT_CONFORMANCE,
    keys=MANAGEMENT_KEYS,
    client_system_title=CLIENT_SYSTEM_TITLE,
    server_system_title=SERVER_SYSTEM_TITLE,
    policy=0x30,
)


def _hls(
    name: str, client_sap: int, instance: int, mechanism: Mechanism, secret: bytes, *, algorithm: str | None = None
) -> AssociationProfile:
    return AssociationProfile(
        name=name,
        server_sap=MANAGEMENT_SAP,
        client_sap=client_sap,
        instance=instance,
        context=ApplicationContext.LN,
        mechanism=mechanism,
        access_level=AccessLevel.READING,
        conformance=READING_CONFORMANCE,
        secret=secret,
        manufacturer_mechanism=algorithm,
    )


HLS_MD5: Final = _hls("hls-md5", 3, 4, Mechanism.HLS_MD5, b"MD5-secret-16oct")
HLS_SHA1: Final = _hls("hls-sha1", 4, 5, Mechanism.HLS_SHA1, b"SHA1secret-16octs")
HLS_SHA256: Final = _hls("hls-sha256", 6, 6, Mechanism.HLS_SHA256, b"SHA256secret-32-octets-long-value")
HLS_MANUFACTURER: Final = _hls("hls-manufacturer", 7, 7, Mechanism.HLS, b"MFG-secret-16oct", algorithm="worked-example")

SN_PUBLIC: Final = AssociationProfile(
    name="sn-public",
    server_sap=SHORT_NAME_SAP,
    client_sap=PUBLIC_CLIENT_SAP,
    instance=1,
    context=ApplicationContext.SN,
    mechanism=Mechanism.LOWEST,
    access_level=AccessLevel.PUBLIC,
    conformance=SHORT_NAME_CONFORMANCE,
)
SN_READING: Final = AssociationProfile(
    name="sn-reading",
    server_sap=SHORT_NAME_SAP,
    client_sap=2,
    instance=2,
    context=ApplicationContext.SN,
    mechanism=Mechanism.LLS,
    access_level=AccessLevel.READING,
    conformance=SHORT_NAME_CONFORMANCE,
    secret=b"Conform1",
)

PROFILES: Final = (
    PUBLIC,
    READING,
    MANAGEMENT,
    HLS_MD5,
    HLS_SHA1,
    HLS_SHA256,
    HLS_MANUFACTURER,
    SN_PUBLIC,
    SN_READING,
)


def profile_for(
    client_sap: int, server_sap: int, profiles: tuple[AssociationProfile, ...] = PROFILES
) -> AssociationProfile | None:
    """The association between these SAPs; None when the meter offers none."""
    for profile in profiles:
        if profile.client_sap == client_sap and profile.server_sap == server_sap:
            return profile
    return None
