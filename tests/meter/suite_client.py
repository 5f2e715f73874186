"""A client of the meter in any security suite: the tester's own ciphering against the meter's, octets in between."""

from dataclasses import replace
from functools import cache
from itertools import count

from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.device.model import Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.data.values import octet_string
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.get import GetRequestNormal
from conformance.dlms.xdlms.initiate import InitiateRequest
from conformance.meter.model.populate import logical_devices
from conformance.meter.model.suite_profiles import profiles_of
from conformance.meter.server import CosemServer
from conformance.tester.high_level import HighLevel
from conformance.tester.security import ClientSecurity

CURRENT_ASSOCIATION = bytes.fromhex("0000280000FF")
SECURITY_SETUP = bytes.fromhex("00002B0000FF")
GET = bytes.fromhex("C001C1000F0000280000FF0100")
GOT = bytes.fromhex("C401C10009060000280000FF")
CONFIGS = {0: "simulator", 1: "simulator-suite1", 2: "simulator-suite2"}


@cache
def device_of(suite):
    return load(find_device_config(CONFIGS[suite]))


class Meter:
    """A meter of a suite, and clients of it."""

    def __init__(self, suite, *defects, policy=None):
        self.suite = suite
        self.server = CosemServer(logical_devices(profiles_of(suite, policy)), faults=frozenset(defects))
        self.counter = count(1).__next__

    @property
    def security(self):
        return self.server.devices[1].security

    def client(self, association="management", **changes):
        return SuiteClient(self, replace(device_of(self.suite).association(association), **changes))


class SuiteClient:
    def __init__(self, meter, settings):
        self.settings = settings
        self.connection = meter.server.connect()
        self.security = ClientSecurity(settings, meter.counter)
        self.ctos = b"ClientChallenge!"
        self.aare = None

    def send(self, octets):
        """Raw octets in, raw octets or None out."""
        return self.connection.request(self.settings.client_sap, self.settings.logical_device, octets, 0.0)

    def open(self, *, protection=Protection.GLO, dedicated=False, **initiate):
        settings, security = self.settings, self.security
        key = bytes(range(7, 7 + settings.key_octets)) if dedicated else None
        security.renew_dedicated_key(key)
        # Long replies go by the services' own blocks here.
        proposed = settings.conformance - {ConformanceBit.GENERAL_BLOCK_TRANSFER}
        plain = InitiateRequest(proposed, **{"dedicated_key": key, **initiate}).encode()
        aarq = Aarq(
            application_context_name=settings.context.oid,
            calling_ap_title=settings.client_system_title,
            sender_acse_requirements="1",
            mechanism_name=settings.mechanism.oid,
            calling_authentication_value=self.ctos,
            user_information=security.protect(plain, protection) if settings.ciphered else plain,
        )
        self.aare = apdus.decode(self.send(aarq.encode()))
        return self.aare

    def pass_3(self, answer=None, protection=Protection.GLO):
        high = HighLevel(self.security, self.ctos, self.aare.responding_authentication_value)
        request = high.request(high.answer() if answer is None else answer)
        return high, self.ask(request.encode(), protection)

    def establish(self, **options):
        pass_3 = options.pop("pass_3", Protection.GLO)
        aare = self.open(**options)
        assert aare.result == 0, aare
        if self.settings.mechanism >= Mechanism.HLS:
            high, (plain, _) = self.pass_3(protection=pass_3 if self.settings.ciphered else Protection.NONE)
            response = apdus.decode(plain)
            assert response.result == 0, response
            assert high._answer_fault(response.return_parameters.value) is None
        return self

    def ask(self, plain, protection=Protection.GLO, **options):
        """The plain reply, and how it was protected; a reply that does not open fails the test."""
        octets, protected = self.security.open(self.send(self.security.protect(plain, protection, **options)))
        assert protected is None or protected.error is None, protected.error
        return octets, protected

    def refuses(self, octets):
        """Whether an APDU is answered with an ExceptionResponse, or not at all."""
        reply = self.send(octets)
        return reply is None or reply[0] == 0xD8

    def alive(self, protection=Protection.GLO):
        return self.ask(GET, protection)[0] == GOT

    def get(self, class_id, name, attribute, protection=Protection.GLO):
        request = GetRequestNormal(0xC1, AttributeDescriptor(class_id, name, attribute))
        return apdus.decode(self.ask(request.encode(), protection)[0]).result

    def invoke(self, method, parameters=None, protection=Protection.GLO):
        """A method of Security setup: the response."""
        request = ActionRequestNormal(0xC1, MethodDescriptor(64, SECURITY_SETUP, method), parameters)
        return apdus.decode(self.ask(request.encode(), protection)[0])


def octets_of(value):
    """What a method returned as an octet-string."""
    assert value == octet_string(value.value)
    return value.value
