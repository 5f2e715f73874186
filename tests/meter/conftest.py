"""A client of the meter's application layer, octets in and octets out, for the tests of the server."""

from dataclasses import dataclass, field, replace

import pytest

from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.data.values import octet_string
from conformance.dlms.security import gcm
from conformance.dlms.security.ciphered import (
    GeneralDedicated,
    GeneralGlobal,
    ServiceCiphered,
    is_dedicated,
    protected_tag,
)
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.mechanisms import reply_to_challenge
from conformance.dlms.xdlms.action import ActionRequestNormal, ActionResponseNormal
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.get import GetRequestNormal
from conformance.dlms.xdlms.initiate import InitiateRequest
from conformance.meter.model.associations import AssociationProfile
from conformance.meter.model.populate import logical_devices
from conformance.meter.server import CosemServer

GBT = ConformanceBit.GENERAL_BLOCK_TRANSFER
CURRENT_ASSOCIATION = bytes.fromhex("0000280000FF")


@dataclass
class Client:
    connection: object
    profile: AssociationProfile
    protection: str | None = None
    now: float = 0.0
    control: int = 0x30
    title: bytes = b"XDCLIENT"
    ctos: bytes = b"ClientChallenge!"
    dedicated_key: bytes | None = None
    counter: int = 0
    dedicated_counter: int = 0
    aare: Aare | None = None
    initiate: object = None
    opened: list = field(default_factory=list)

    def send(self, octets):
        """Raw octets in, raw octets or None out."""
        octets = bytes.fromhex(octets) if isinstance(octets, str) else octets
        return self.connection.request(self.profile.client_sap, self.profile.server_sap, octets, self.now)

    def aarq(self, *, initiate=None, user_information=None, **fields):
        profile = self.profile
        # Long values go by the services' own blocks here; general block transfer has tests of its own.
        initiate = {"proposed_conformance": profile.conformance - {GBT}, **(initiate or {})}
        self.dedicated_key = initiate.get("dedicated_key")
        plain = InitiateRequest(**initiate).encode()
        if profile.context.ciphered and user_information is None:
            user_information = self.protect(plain, self.protection if self.protection == "general-glo" else "glo")
        authenticated = profile.mechanism is not Mechanism.LOWEST
        value = profile.secret if profile.mechanism is Mechanism.LLS else self.ctos
        message = Aarq(
            application_context_name=profile.context.oid,
            calling_ap_title=self.title if profile.hls else None,
            calling_ae_invocation_id=profile.users[0].id if profile.users else None,
            sender_acse_requirements="1" if authenticated else None,
            mechanism_name=profile.mechanism.oid if authenticated else None,
            calling_authentication_value=value if authenticated else None,
            user_information=plain if user_information is None else user_information,
        )
        return replace(message, **fields).encode()

    def open(self, **values):
        """Send an AARQ; the decoded AARE, or None for silence."""
        reply = self.send(self.aarq(**values))
        self.aare = None if reply is None else apdus.decode(reply)
        self.initiate = None
        if self.aare is not None and self.aare.user_information:
            self.initiate = apdus.decode(self.unprotect(self.aare.user_information))
        return self.aare

    def pass_3(self, reply=None, protection=None):
        reply = self.answer(self.aare.responding_authentication_value) if reply is None else reply
        request = ActionRequestNormal(0xC1, MethodDescriptor(15, CURRENT_ASSOCIATION, 1), octet_string(reply))
        if protection is None:
            protection = self.protection if self.profile.context.ciphered else None
            protection = {"ded": "glo", "general-ded": "general-glo"}.get(protection, protection)
        return self.exchange(request, protection or "none")

    def establish(self, **values):
        aare = self.open(**values)
        assert aare.result == 0, aare.describe()
        if self.profile.hls:
            response = self.pass_3()
            assert isinstance(response, ActionResponseNormal), response
            assert response.result == 0
        return self

    def answer(self, challenge, *, own=True, counter=None):
        profile = self.profile
        keys = profile.keys
        titles = (self.title, profile.server_system_title)
        gmac = profile.mechanism is Mechanism.HLS_GMAC
        if counter is None and gmac:
            counter = self.next_counter()
        return reply_to_challenge(
            profile.manufacturer_mechanism or profile.mechanism,
            challenge=challenge,
            own_challenge=self.ctos if own else self.aare.responding_authentication_value,
            secret=profile.secret or b"",
            own_title=titles[0] if own else titles[1],
            peer_title=titles[1] if own else titles[0],
            encryption_key=keys.global_unicast if gmac else b"",
            authentication_key=keys.authentication if gmac else b"",
            invocation_counter=counter or 0,
        )

    def exchange(self, request, protection=None):
        """Send a request as usual; the reply decoded, opened where it is protected, or None."""
        octets = request if isinstance(request, bytes) else request.encode()
        protection = protection or self.protection or "none"
        reply = self.send(octets if protection == "none" else self.protect(octets, protection))
        return None if reply is None else apdus.decode(self.unprotect(reply))

    def get(self, class_id, name, attribute, **options):
        return self.exchange(GetRequestNormal(0xC1, AttributeDescriptor(class_id, name, attribute)), **options)

    def alive(self):
        if self.profile.context.short_names:
            return self.exchange(bytes.fromhex("050102FA00")).results == (octet_string(CURRENT_ASSOCIATION),)
        return self.get(15, CURRENT_ASSOCIATION, 1).result == octet_string(CURRENT_ASSOCIATION)

    def next_counter(self):
        self.counter += 1
        return self.counter

    def protect(self, plain, protection, *, control=None, counter=None, key=None, title=None):
        control = SecurityControl.from_octet(self.control if control is None else control)
        dedicated = protection in ("ded", "general-ded")
        if counter is None and dedicated:
            self.dedicated_counter += 1
            counter = self.dedicated_counter
        elif counter is None:
            counter = self.next_counter()
        key = key or (self.dedicated_key if dedicated else self.profile.keys.global_unicast)
        title = self.title if title is None else title
        content = gcm.protect(control, title or self.title, counter, key, self.profile.keys.authentication, plain)
        match protection:
            case "general-glo":
                return GeneralGlobal(title, control, counter, content).encode()
            case "general-ded":
                return GeneralDedicated(title, control, counter, content).encode()
        return ServiceCiphered(protected_tag(plain[0], dedicated), control, counter, content).encode()

    def unprotect(self, octets):
        apdu = apdus.decode(octets)
        if not isinstance(apdu, ServiceCiphered | GeneralGlobal | GeneralDedicated):
            return octets
        key = self.dedicated_key if is_dedicated(octets[0]) else self.profile.keys.global_unicast
        self.opened.append(apdu)
        return gcm.unprotect(
            apdu.security_control,
            self.profile.server_system_title,
            apdu.invocation_counter,
            key,
            self.profile.keys.authentication,
            apdu.content,
        )


class Bench:
    """A meter, and clients of it."""

    def __init__(self, *defects):
        self.server = CosemServer(logical_devices(), faults=frozenset(defects))

    def client(self, profile, protection=None, connection=None):
        protection = protection or ("glo" if profile.context.ciphered else None)
        client = Client(connection or self.server.connect(), profile, protection)
        if profile.client_system_title is not None:
            client.title = profile.client_system_title
            # As a client that reads the counter before it begins.
            client.counter = self.server.devices[profile.server_sap].security.received_invocation_counter
        return client


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture
def faulty():
    return Bench
