"""From a stimulus to octets: every alteration at its layer, and none that is silently lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.device.model import Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.release import Rlrq
from conformance.dlms.alteration import AlterationError
from conformance.dlms.security.ciphered import GeneralGlobal, ServiceCiphered
from conformance.dlms.security.general_ciphering import GeneralCiphering
from conformance.tester.not_declared import NotDeclared
from conformance.tester.rendering import Rendered, render
from conformance.tester.security import ClientSecurity
from conformance.tester.stimulus import Layer, Stimulus, aarq, apdu, raw, rlrq
from tests.tester.far_side import UA, FarSide, association, counting, frames, hdlc_link, wrapper_link

SIMULATOR = load(Path(__file__).parents[2] / "device_configs" / "simulator.toml")
GET = apdu("C001C1000F0000280000FF0100", "GET")
CHALLENGE = bytes(range(16))


def rendered(stimulus: Stimulus, name: str = "management", protection: Protection | None = None) -> Rendered:
    settings = SIMULATOR.association(name)
    security = ClientSecurity(settings, counting())
    security.renew_dedicated_key(bytes(16))
    return render(stimulus, security, protection or settings.protections[0], CHALLENGE)


def decoded(message: Rendered) -> object:
    return apdus.decode(message.octets)


def test_plain_initiate_request_is_altered_before_it_is_ciphered() -> None:
    message = rendered(aarq().altered("initiate-request.proposed-dlms-version-number", "05"))

    assert message.plain is not None
    assert apdus.decode(message.plain).proposed_dlms_version_number == 5
    request = decoded(message)
    assert isinstance(request, Aarq)
    assert request.user_information is not None
    opened, protected = _meter_side().open(request.user_information, title=_meter_side().client_title)
    assert opened == message.plain
    assert protected is not None


def _meter_side() -> ClientSecurity:
    return ClientSecurity(SIMULATOR.association("management"), counting())


def test_ciphered_initiate_request_is_altered_after_it_was_ciphered() -> None:
    sound, broken = rendered(aarq()), rendered(aarq().flipped("ciphered.authentication-tag", "01"))
    one, other = decoded(sound), decoded(broken)

    assert isinstance(one, Aarq)
    assert isinstance(other, Aarq)
    assert one.user_information is not None
    assert other.user_information is not None
    assert one.user_information[:-1] == other.user_information[:-1]
    assert one.user_information[-1] ^ other.user_information[-1] == 1


def test_acse_apdu_is_altered_last_and_lengths_follow() -> None:
    message = rendered(aarq().dropped("aarq.calling-AP-title"))
    request = decoded(message)

    assert isinstance(request, Aarq)
    assert request.calling_ap_title is None


@pytest.mark.parametrize("protection", [Protection.GLO, Protection.DED])
def test_service_is_altered_and_then_protected(protection: Protection) -> None:
    message = rendered(GET.altered("get-request.invoke-id-and-priority", "81"), protection=protection)

    assert message.plain == bytes.fromhex("C00181000F0000280000FF0100")
    assert message.octets[0] == (0xC8 if protection is Protection.GLO else 0xD0)


def test_protected_service_is_altered_afterwards() -> None:
    message = rendered(GET.altered("ciphered.security-header.invocation-counter", "00000000"))
    request = decoded(message)

    assert isinstance(request, ServiceCiphered)
    assert request.invocation_counter == 0


def test_general_ciphering_names_both_titles_and_opens_again() -> None:
    message = rendered(GET, protection=Protection.GENERAL_CIPHERING)
    request = decoded(message)

    assert isinstance(request, GeneralCiphering)
    assert request.originator_system_title == bytes.fromhex("5844434C49454E54")
    assert request.recipient_system_title == bytes.fromhex("5844430000000001")
    assert _meter_side().open(message.octets)[0] == GET.octets


def test_declared_empty_title_is_carried_and_the_own_one_makes_the_nonce() -> None:
    settings = replace(SIMULATOR.association("management"), empty_system_title=True)
    security = ClientSecurity(settings, counting())
    octets = security.protect(GET.octets, Protection.GENERAL_GLO)
    request = apdus.decode(octets)

    assert isinstance(request, GeneralGlobal)
    assert request.system_title == b""
    assert security.open(octets, title=security.client_title)[0] == GET.octets


def test_values_stand_in_for_the_declaration_before_anything_is_encoded() -> None:
    message = rendered(aarq(client_max_receive_pdu_size=64, challenge=bytes(8)))

    assert message.initiate is not None
    assert message.initiate.client_max_receive_pdu_size == 64
    assert message.aarq is not None
    assert message.aarq.calling_authentication_value == bytes(8)


def test_release_of_a_ciphered_association_is_protected() -> None:
    request = decoded(rendered(rlrq(reason=1)))

    assert isinstance(request, Rlrq)
    assert request.reason == 1
    assert request.user_information is not None
    assert request.user_information[0] == 0x21


def test_password_and_dedicated_key_are_named_as_secrets() -> None:
    assert b"Conform1" in rendered(aarq(), "reading").secrets
    assert bytes(16) in rendered(aarq(), protection=Protection.DED).secrets


@pytest.mark.parametrize(
    ("stimulus", "name", "told"),
    [
        (aarq().altered("aarq.calling-AP-titel.value", "00"), "management", r"aarq\.calling-AP-title\.value"),
        (aarq().altered("initate-request.dedicated-key", "00"), "management", "paths begin with one of aarq, initiate"),
        (GET.altered("aarq.mechanism-name", "00"), "management", "paths begin with one of get-request"),
        (aarq().altered("ciphered.content", "00"), "public", "nothing ciphered in association public"),
        (GET.altered("ciphered.content", "00"), "public", "nothing ciphered"),
        (raw("C001").altered("ciphered.content", "00"), "management", "nothing ciphered"),
        (GET.altered("initiate-request.dedicated-key", "00"), "management", "no InitiateRequest of its own"),
        (aarq(user_information=b"").altered("initiate-request.dedicated-key", "00"), "public", "no InitiateRequest"),
        (rlrq().altered("initiate-request.dedicated-key", "00"), "public", "no InitiateRequest without ciphering"),
        (aarq(mechanism="x"), "public", "it has mechanism_name"),
        (rlrq(resaon=0), "public", "it has reason"),
    ],
)
def test_an_alteration_that_cannot_be_made_is_refused_with_what_can(stimulus: Stimulus, name: str, told: str) -> None:
    with pytest.raises(AlterationError, match=told):
        rendered(stimulus, name)


def test_what_the_config_lacks_is_not_declared() -> None:
    with pytest.raises(NotDeclared, match="client_system_title"):
        rendered(GET, "public", Protection.GLO)


def test_frame_and_wrapper_alterations_are_made_by_their_data_links() -> None:
    hdlc, wrapper = FarSide([UA]), FarSide()
    settings = SIMULATOR.association("public")
    association(SIMULATOR, settings, hdlc_link(hdlc)).notify(GET.altered("hdlc-frame.content.control", "FF"))
    association(SIMULATOR, settings, wrapper_link(wrapper)).notify(GET.altered("wrapper.version", "0002"))

    assert frames(hdlc)[1].control.undefined == 0xFF
    assert wrapper.received[0][:2] == b"\x00\x02"


@pytest.mark.parametrize("layer", [Layer.HDLC, Layer.WRAPPER])
def test_an_alteration_of_the_other_profile_s_layer_is_refused(layer: Layer) -> None:
    link = wrapper_link(FarSide()) if layer is Layer.HDLC else hdlc_link(FarSide([UA]))
    meter = association(SIMULATOR, SIMULATOR.association("public"), link)

    with pytest.raises(AlterationError, match="another profile"):
        meter.request(GET.truncated(3, layer))
