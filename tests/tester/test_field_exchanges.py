"""Exchanges of the field, played back: the tester, configured for the meter, understands what the meter did."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.device.model import AssociationSettings, Device, HdlcSettings, LogicalDevice, Profile, Protection
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.enumerations import (
    ApplicationContext,
    AssociationResult,
    DiagnosticSource,
    Mechanism,
    ServiceUserDiagnostic,
)
from conformance.dlms.acse.release import Rlre
from conformance.dlms.data.values import octet_string
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.frame import read as read_frame
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.reader import dissect
from conformance.dlms.security.secret import Secret
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.get import GetRequestNormal, GetResponseNormal
from conformance.tester.association import Association, PreambleFailed, State
from conformance.tester.data_link.data_link import DataLink
from conformance.tester.data_link.hdlc import HdlcDataLink
from conformance.tester.data_link.wrapper import WrapperDataLink
from conformance.tester.reaction import DisconnectedMode, FrameRejected, Reply, Silence, Unreadable
from conformance.tester.seen import seen
from conformance.tester.stimulus import aarq, apdu
from tests.tester.far_side import (
    TIMEOUT_S,
    FarSide,
    SetChallenges,
    association,
    from_meter,
    hdlc_line,
    wrapped,
    wrapper_line,
)
from tests.tester.field_exchanges import EXCHANGES

CONFIGS = Path(__file__).parents[2] / "device_configs"
BASIC = frozenset((ConformanceBit.GET, ConformanceBit.SET, ConformanceBit.ACTION))


def settings(**values: object) -> AssociationSettings:
    usual: dict[str, object] = {
        "name": "field",
        "logical_device": 1,
        "client_sap": 1,
        "context": ApplicationContext.LN,
        "mechanism": Mechanism.LOWEST,
        "conformance": BASIC,
    }
    return AssociationSettings(**(usual | values))  # type: ignore[arg-type]


def device(association_settings: AssociationSettings, profile: Profile, **hdlc: object) -> Device:
    return Device(
        name="field",
        manufacturer="field",
        link="loopback:",
        profile=profile,
        logical_devices=(LogicalDevice(sap=association_settings.logical_device),),
        associations=(association_settings,),
        hdlc=HdlcSettings(**hdlc),  # type: ignore[arg-type]
    )


def shipped(name: str) -> Device:
    """A shipped device config; keys that are not public are stand-ins."""
    public = name in ("hexing", "wasion-im300")
    return load(CONFIGS / f"{name}.toml", environ={}, secrets="resolve" if public else "placeholder")


@dataclass
class Playback:
    """A meter that answers each frame by what the meter of an exchange answered."""

    device: Device
    exchange: str
    challenges: tuple[bytes, ...] = ()
    protection: Protection | None = None
    changes: dict[str, object] = field(default_factory=dict)

    def association(self) -> Association:
        declared = replace(self.device.associations[0], **self.changes)
        data_link = self._hdlc(declared) if self.device.profile is Profile.HDLC else self._wrapper(declared)
        random = SetChallenges(*self.challenges)
        return association(self.device, declared, data_link, protection=self.protection, random=random)

    def _script(self) -> list[list[bytes]]:
        script: list[list[bytes]] = []
        for frame in EXCHANGES[self.exchange]:
            if frame.direction == "C>S":
                script.append([])
            elif script:
                script[-1].append(frame.octets)
        return script

    def _wrapper(self, declared: AssociationSettings) -> DataLink:
        script = self._script()
        if EXCHANGES[self.exchange][0].layer == "apdu":
            ports = declared.logical_device, declared.client_sap
            script = [[wrapped(octets, *ports) for octets in answers] for answers in script]
        return WrapperDataLink(
            wrapper_line(FarSide(*script)), client_wport=declared.client_sap, server_wport=declared.logical_device
        )

    def _hdlc(self, declared: AssociationSettings) -> DataLink:
        hdlc = self.device.hdlc
        client = HdlcAddress(declared.client_sap)
        server = HdlcAddress(declared.logical_device, hdlc.server_lower, hdlc.address_length)
        script = self._script()
        if _control(EXCHANGES[self.exchange][0].octets) is not FrameType.SNRM:
            script.insert(0, [from_meter(FrameType.UA, source=server, destination=client)])
        return HdlcDataLink(
            hdlc_line(FarSide(*script)),
            client=client,
            server=server,
            proposed=LinkParameters(1024, 1024, 1, 1),
            response_timeout_s=TIMEOUT_S,
            llc=hdlc.llc,
        )


def _control(octets: bytes) -> FrameType | None:
    shown = dissect(octets, read_frame, "hdlc-frame").root.find("hdlc-frame.content.control")
    return getattr(shown.value, "type", None) if shown is not None else None


def aare_of(reaction: object) -> Aare:
    assert isinstance(reaction, Reply), seen(reaction)  # type: ignore[arg-type]
    assert isinstance(reaction.value, Aare)
    return reaction.value


def verdict(aare: Aare) -> tuple[int, int, int]:
    return aare.result, aare.diagnostic_source, aare.diagnostic


ACCEPTED, PERMANENT, TRANSIENT = AssociationResult
USER, PROVIDER = DiagnosticSource
PENDING = (ACCEPTED, USER, ServiceUserDiagnostic.AUTHENTICATION_REQUIRED)
ZERO_KEY = Secret(bytes(16))
GOSEM_KEY = Secret(bytes.fromhex("00112233445566778899AABBCCDDEEFF"))
GOSEM = settings(
    context=ApplicationContext.LN_CIPHERED,
    mechanism=Mechanism.LLS,
    secret=Secret(b"JuS66BCZ"),
    protections=(Protection.DED,),
    client_system_title=bytes.fromhex("4349520000000001"),
    encryption_key=GOSEM_KEY,
    authentication_key=GOSEM_KEY,
    dedicated_key=Secret(bytes.fromhex("5E168412318BA71848C99B2B2AB33294")),
    initiate_protection=Protection.GLO,
)
HES = settings(
    logical_device=1001,
    context=ApplicationContext.LN_CIPHERED,
    mechanism=Mechanism.HLS_GMAC,
    protections=(Protection.GLO,),
    security_control=0x10,
    client_system_title=b"ABC12345",
    encryption_key=ZERO_KEY,
    authentication_key=ZERO_KEY,
    initiate_protection=Protection.GLO,
)
CONCENTRATOR = settings(mechanism=Mechanism.LLS, secret=Secret(b"xRwPbExF"))
CLOCK = apdu(GetRequestNormal(0xC1, AttributeDescriptor(8, bytes.fromhex("0000010000FF"), 2)).encode(), "GET clock")


def test_hexing_association_comes_up_and_serves() -> None:
    """UA with a wrong group length, all-station address, GMAC under zero keys, both passes right, a value read."""
    meter = Playback(shipped("hexing"), "hexing_hls_gmac_accepted", (bytes.fromhex("0D7A76B77F42EB88"),)).association()

    reply = meter.establish()
    served = meter.request(CLOCK)
    meter.close()

    assert verdict(aare_of(reply)) == PENDING
    assert meter.state is State.IDLE
    assert meter.negotiated is not None
    assert meter.negotiated.server_max_receive_pdu_size == 200
    assert meter.security.server_title == bytes.fromhex("4858451120000A44")
    assert isinstance(served, Reply)
    assert isinstance(served.value, GetResponseNormal)
    assert served.value.result == octet_string(b"hxcpu01-20170223-0002")
    link = meter.data_link
    assert isinstance(link, HdlcDataLink)
    assert [deviation.code for deviation in link.deviations] == ["group-length"]
    assert link.negotiated.max_information_transmit == 200


def test_hexing_answer_to_another_challenge_is_no_pass_4() -> None:
    meter = Playback(shipped("hexing"), "hexing_hls_gmac_accepted", (bytes(8),)).association()

    with pytest.raises(PreambleFailed, match=r"HLS pass 3 as declared: f\(CtoS\) is not the one"):
        meter.establish()


def test_hexing_without_llc_is_told_from_an_aare() -> None:
    device = shipped("hexing")
    reaction = Playback(device, "hexing_hls_gmac_garbled").association().open()

    assert isinstance(reaction, Reply)
    assert reaction.value is None
    assert reaction.error is not None
    assert "0501C8" in seen(reaction)


def test_wasion_accepts_under_little_endian_counter_and_its_client_s_own_title() -> None:
    meter = Playback(shipped("wasion-im300"), "wasion_hls_gmac_accepted").association()

    reaction = meter.open()

    assert verdict(aare_of(reaction)) == PENDING
    assert isinstance(reaction, Reply)
    assert reaction.initiate_protected is not None
    assert reaction.initiate_protected.invocation_counter == 0x7C010000
    assert reaction.initiate_plain == bytes.fromhex("0800065F1F040000381F00AC0007")
    assert [deviation.code for deviation in reaction.deviations] == ["apdu-length"]
    assert meter.state is State.AUTHENTICATION_PENDING
    assert meter.security.server_title == meter.security.client_title


def test_wasion_rejects_and_its_initiate_response_opens_under_the_title_of_zeros() -> None:
    meter = Playback(shipped("wasion-im300"), "wasion_hls_gmac_rejected").association()

    reaction = meter.open()

    assert verdict(aare_of(reaction)) == (TRANSIENT, USER, ServiceUserDiagnostic.AUTHENTICATION_FAILURE)
    assert isinstance(reaction, Reply)
    assert reaction.initiate_plain == bytes.fromhex("0800065F1F0400003C1F00AC0007")
    assert meter.state is State.IDLE


def test_genus_refuses_pass_3_under_the_dedicated_key() -> None:
    device = shipped("genus")
    changes = {"pass3_key": "dedicated"}
    meter = Playback(device, "genus_dedicated_key_pass3", protection=Protection.DED, changes=changes).association()

    opened = meter.open()
    reaction = meter.authenticate(bytes(16))

    assert verdict(aare_of(opened)) == PENDING
    assert isinstance(opened, Reply)
    assert [deviation.code for deviation in opened.deviations] == ["component-order"]
    assert opened.initiate_error is not None, "the keys of this meter are not public"
    assert meter.security.server_title == bytes.fromhex("474F450000581CF1")
    assert isinstance(reaction, Reply)
    assert reaction.value == ConfirmedServiceError(6, 0, 6)
    assert "deciphering-error" in (meter.pass4_fault(reaction) or "")
    assert meter.state is State.AUTHENTICATION_PENDING


def test_installer_is_accepted_as_user_100_under_an_empty_system_title() -> None:
    meter = Playback(shipped("installer-client"), "installer_user_id_accepted").association()

    reaction = meter.open()

    assert verdict(aare_of(reaction)) == (ACCEPTED, USER, ServiceUserDiagnostic.NULL)
    assert isinstance(reaction, Reply)
    assert reaction.initiate_protected is not None
    assert reaction.initiate_protected.tag == 0xDB
    assert reaction.initiate_protected.system_title == b""
    assert meter.proposed is not None
    assert meter.proposed.calling_ae_invocation_id == 100
    assert meter.proposed.user_information is not None
    assert meter.proposed.user_information[:2] == b"\xdb\x00", "the tester's own title is empty too"


def test_installer_without_its_user_is_refused_by_the_service_user() -> None:
    device = shipped("installer-client")
    reaction = Playback(device, "installer_user_id_rejected", changes={"client_user_id": None}).association().open()

    diagnostic = ServiceUserDiagnostic.CALLING_AE_INVOCATION_IDENTIFIER_NOT_RECOGNIZED
    assert verdict(aare_of(reaction)) == (PERMANENT, USER, diagnostic)
    assert isinstance(reaction, Reply)
    assert reaction.initiate is not None, "an InitiateResponse in clear, though the association is refused"
    assert reaction.initiate_protected is None


def test_elster_accepts_gmac_without_ciphering() -> None:
    meter = Playback(shipped("elster-ip-module"), "elster_no_ciphering_accepted").association()

    reaction = meter.open()

    assert verdict(aare_of(reaction)) == PENDING
    assert meter.proposed is not None
    assert meter.proposed.calling_ap_title == bytes.fromhex("454C531111111111")
    assert meter.server_challenge == bytes(20)
    assert meter.pass3_protection is Protection.NONE
    assert len(meter.answer_to_challenge()) == 17
    assert meter.negotiated is not None
    assert meter.negotiated.server_max_receive_pdu_size == 1224


def test_elster_refuses_short_names() -> None:
    short_names = {"context": ApplicationContext.SN_CIPHERED, "initiate_protection": Protection.GLO}
    device = shipped("elster-ip-module")
    reaction = Playback(device, "elster_sn_context_rejected", changes=short_names).association().open()

    assert verdict(aare_of(reaction)) == (PERMANENT, USER, ServiceUserDiagnostic.NO_REASON_GIVEN)
    assert isinstance(reaction, Reply)
    assert reaction.initiate == ConfirmedServiceError(1, 6, 0)


def test_elster_is_silent_towards_a_wrong_port() -> None:
    reaction = Playback(shipped("elster-ip-module"), "elster_wrong_wrapper_port").association().open()

    assert reaction == Silence(TIMEOUT_S)


def test_head_end_authenticates_with_authenticated_apdus() -> None:
    ctos = bytes.fromhex("4506354B1076356C0345174149082F63")
    meter = Playback(device(HES, Profile.WRAPPER), "ctl_hes_gmac_auth_only", (ctos,)).association()
    opened = meter.open()
    answer = meter.authenticate()

    assert verdict(aare_of(opened)) == PENDING
    assert isinstance(opened, Reply)
    assert opened.initiate_protected is not None
    assert opened.initiate_protected.security_control.octet == 0x10
    assert meter.pass4_fault(answer) is None
    assert meter.state is State.ASSOCIATED


def test_head_end_that_never_sends_pass_3_is_left_pending() -> None:
    plain = replace(HES, context=ApplicationContext.LN, protections=(Protection.NONE,))
    meter = Playback(device(plain, Profile.WRAPPER), "hes_gmac_pass3_missing").association()

    assert verdict(aare_of(meter.open())) == PENDING
    assert meter.state is State.AUTHENTICATION_PENDING


def test_dedicated_key_session_from_opening_to_release() -> None:
    meter = Playback(device(GOSEM, Profile.WRAPPER), "ctl_ded_key_session").association()

    opened = meter.establish()
    served = meter.request(CLOCK)
    released = meter.release()

    assert verdict(aare_of(opened)) == (ACCEPTED, USER, ServiceUserDiagnostic.NULL)
    assert isinstance(served, Reply)
    assert served.protected is not None
    assert served.protected.dedicated
    assert isinstance(served.value, GetResponseNormal)
    assert served.value.result == octet_string(bytes.fromhex("07E7020F0311371500800000"))
    assert isinstance(released, Reply)
    assert isinstance(released.value, Rlre)
    assert released.initiate is not None
    assert meter.state is State.IDLE


def test_kaifa_refuses_with_a_service_error_under_other_keys() -> None:
    meter = Playback(device(GOSEM, Profile.WRAPPER), "kaifa_wrong_keys_glo_cse").association()

    reaction = meter.open()

    assert verdict(aare_of(reaction)) == (PERMANENT, USER, ServiceUserDiagnostic.NO_REASON_GIVEN)
    assert isinstance(reaction, Reply)
    assert reaction.initiate_protected is not None
    assert reaction.initiate_protected.tag == 0x2E
    assert "tag does not verify" in str(reaction.initiate_error)


@pytest.mark.parametrize(
    ("exchange", "diagnostic"),
    [
        ("ctl_lls_right_password", (ACCEPTED, USER, ServiceUserDiagnostic.NULL)),
        ("lls_wrong_password", (PERMANENT, USER, ServiceUserDiagnostic.AUTHENTICATION_FAILURE)),
    ],
)
def test_password_right_and_wrong(exchange: str, diagnostic: tuple[int, int, int]) -> None:
    concentrator = device(CONCENTRATOR, Profile.HDLC, server_lower=1230, address_length=4)
    meter = Playback(concentrator, exchange).association()

    assert verdict(aare_of(meter.open())) == diagnostic
    assert (meter.state is State.ASSOCIATED) == (diagnostic[0] == ACCEPTED)


def test_protocol_version_is_refused_by_the_service_provider() -> None:
    meter = Playback(device(settings(client_sap=16), Profile.WRAPPER), "protocol_version_no_common").association()

    assert verdict(aare_of(meter.open(aarq(protocol_version="100001")))) == (ACCEPTED, USER, 0)
    assert verdict(aare_of(meter.open(aarq(protocol_version="010001")))) == (PERMANENT, PROVIDER, 2)
    assert meter.state is State.IDLE


def test_meter_without_i_frames_rejects_the_aarq_with_w() -> None:
    reaction = Playback(device(settings(client_sap=16), Profile.HDLC), "tpc_frmr_w").association().open()

    assert isinstance(reaction, FrameRejected)
    assert reaction.reject is not None
    assert (reaction.reject.w, reaction.reject.x, reaction.reject.y, reaction.reject.z) == (True, False, False, False)


def test_wires_that_echo_are_told_from_a_meter() -> None:
    echo = device(settings(client_sap=32), Profile.HDLC)
    data_link = Playback(echo, "saral_echo_of_snrm").association().data_link
    assert isinstance(data_link, HdlcDataLink)
    data_link._proposed = None  # the client of the capture proposes nothing

    meter = association(echo, echo.associations[0], data_link)
    with pytest.raises(PreambleFailed, match="echoes") as caught:
        meter.connect()

    assert isinstance(caught.value.reaction, Unreadable)


def test_meter_at_an_address_that_it_does_not_serve_says_dm() -> None:
    other = device(settings(logical_device=0, client_sap=16), Profile.HDLC, server_lower=32, address_length=2)
    with pytest.raises(PreambleFailed, match="normal disconnected mode") as caught:
        Playback(other, "snrm_hcs_wrong_and_dm").association().connect()

    assert isinstance(caught.value.reaction, DisconnectedMode)
