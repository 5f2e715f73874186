"""The association: what the client keeps of an opening, and when it takes itself for associated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.device.model import AssociationSettings, Protection
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.enumerations import ApplicationContext, AssociationResult, DiagnosticSource, Mechanism
from conformance.dlms.acse.release import Rlre
from conformance.dlms.data.values import octet_string
from conformance.dlms.security.mechanisms import reply_to_challenge
from conformance.dlms.security.secret import Secret
from conformance.dlms.xdlms.action import ActionResponseNormal
from conformance.dlms.xdlms.get import GetResponseNormal
from conformance.dlms.xdlms.initiate import InitiateResponse
from conformance.dlms.xdlms.read import DataAccessError, ReadResponse
from conformance.tester.association import Association, PreambleFailed, State
from conformance.tester.not_declared import NotDeclared
from conformance.tester.reaction import Reply
from conformance.tester.stimulus import aarq, apdu
from tests.tester.far_side import TIMEOUT_S, FarSide, association, hdlc_link, wrapped, wrapper_link

SIMULATOR = load(Path(__file__).parents[2] / "device_configs" / "simulator.toml")
PUBLIC = SIMULATOR.association("public")
CTOS, STOC = bytes(range(16)), bytes(range(16, 32))
TITLE = b"XDCMETER"
GET = apdu("C001C1000F0000280000FF0100", "GET")


def aare(settings: AssociationSettings, *, result: int = 0, diagnostic: int = 0, size: int = 500) -> bytes:
    hls = settings.mechanism >= Mechanism.HLS
    initiate = InitiateResponse(
        negotiated_quality_of_service=None,
        negotiated_dlms_version_number=6,
        negotiated_conformance=settings.conformance,
        server_max_receive_pdu_size=size,
        vaa_name=0xFA00 if settings.short_names else 7,
    )
    message = Aare(
        settings.context.oid,
        result,
        DiagnosticSource.USER,
        14 if hls else diagnostic,
        responding_ap_title=TITLE if hls else None,
        responder_acse_requirements="1" if hls else None,
        mechanism_name=settings.mechanism.oid if hls else None,
        responding_authentication_value=STOC if hls else None,
        user_information=initiate.encode(),
    )
    return message.encode()


def opened(settings: AssociationSettings, *replies: bytes) -> Association:
    """An association whose AARQ and whatever follows it are answered by `replies`."""
    link = wrapper_link(FarSide(*[[wrapped(reply)] for reply in replies]))
    return association(SIMULATOR, settings, link)


def with_mechanism(mechanism: Mechanism, context: ApplicationContext = ApplicationContext.LN) -> AssociationSettings:
    management = SIMULATOR.association("management")
    keys = {"encryption_key": management.encryption_key, "authentication_key": management.authentication_key}
    gmac = keys if mechanism is Mechanism.HLS_GMAC else {"secret": Secret(b"0123456789ABCDEF")}
    manufacturer = "aes-ecb" if mechanism is Mechanism.HLS else None
    title = b"XDCLIENT"
    return replace(
        PUBLIC,
        context=context,
        mechanism=mechanism,
        manufacturer_mechanism=manufacturer,
        client_system_title=title,
        **gmac,  # type: ignore[arg-type]
    )


def right_answer(settings: AssociationSettings) -> bytes:
    """f(CtoS) as the meter computes it."""
    gmac = settings.mechanism is Mechanism.HLS_GMAC
    key = settings.encryption_key.reveal() if gmac and settings.encryption_key else b""
    ak = settings.authentication_key.reveal() if gmac and settings.authentication_key else b""
    return reply_to_challenge(
        settings.manufacturer_mechanism or settings.mechanism,
        challenge=CTOS,
        own_challenge=STOC,
        secret=settings.secret.reveal() if settings.secret else b"",
        own_title=TITLE,
        peer_title=b"XDCLIENT",
        encryption_key=key,
        authentication_key=ak,
        invocation_counter=9,
    )


MECHANISMS = [Mechanism.HLS, Mechanism.HLS_MD5, Mechanism.HLS_SHA1, Mechanism.HLS_GMAC, Mechanism.HLS_SHA256]


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("context", [ApplicationContext.LN, ApplicationContext.SN])
def test_four_passes_bring_the_association_up(mechanism: Mechanism, context: ApplicationContext) -> None:
    settings = with_mechanism(mechanism, context)
    answer = octet_string(right_answer(settings))
    pass4 = ReadResponse((answer,)) if context.short_names else ActionResponseNormal(0xC1, 0, answer)
    meter = opened(settings, aare(settings), pass4.encode())

    meter.establish(aarq(challenge=CTOS))

    assert meter.state is State.ASSOCIATED
    assert meter.server_challenge == STOC
    assert meter.security.server_title == TITLE


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_wrong_answer_to_the_client_s_challenge_leaves_the_association_pending(mechanism: Mechanism) -> None:
    settings = with_mechanism(mechanism)
    wrong = right_answer(settings)[:-1] + b"\x00"
    meter = opened(settings, aare(settings), ActionResponseNormal(0xC1, 0, octet_string(wrong)).encode())

    with pytest.raises(PreambleFailed, match=r"f\(CtoS\)"):
        meter.establish(aarq(challenge=CTOS))

    assert meter.state is State.AUTHENTICATION_PENDING


def test_refusal_of_pass_3_is_told_by_its_result() -> None:
    settings = with_mechanism(Mechanism.HLS_SHA1)
    ln = opened(settings, aare(settings), ActionResponseNormal(0xC1, 3).encode())
    ln.open(aarq(challenge=CTOS))
    assert "action-result 3" in (ln.pass4_fault(ln.authenticate()) or "")

    settings = with_mechanism(Mechanism.HLS_SHA1, ApplicationContext.SN)
    sn = opened(settings, aare(settings), ReadResponse((DataAccessError(3),)).encode())
    sn.open(aarq(challenge=CTOS))
    assert sn.pass4_fault(sn.authenticate()) is not None


def test_a_mechanism_that_cannot_be_computed_is_not_declared() -> None:
    settings = with_mechanism(Mechanism.HLS_ECDSA)
    meter = opened(settings, aare(settings))
    meter.open(aarq(challenge=CTOS))

    with pytest.raises(NotDeclared, match=r"signing_key is not declared"):
        meter.authenticate()


def test_a_rejected_opening_is_no_association_though_it_carries_an_initiate_response() -> None:
    meter = opened(PUBLIC, aare(PUBLIC, result=AssociationResult.REJECTED_PERMANENT, diagnostic=1))

    reaction = meter.open()

    assert meter.state is State.IDLE
    assert isinstance(reaction, Reply)
    assert reaction.initiate is not None
    with pytest.raises(PreambleFailed, match="AARQ as declared: AARE rejected-permanent"):
        opened(PUBLIC, aare(PUBLIC, result=1, diagnostic=1)).establish()


def test_a_second_opening_forgets_the_first() -> None:
    meter = opened(PUBLIC, aare(PUBLIC), b"\xd8\x01\x01")
    meter.open()
    assert meter.state is State.ASSOCIATED
    meter.open()

    assert (meter.state, meter.aare, meter.negotiated) == (State.IDLE, None, None)


def test_a_release_that_is_not_confirmed_is_none() -> None:
    meter = opened(PUBLIC, aare(PUBLIC), b"\xd8\x01\x01", Rlre(0, None).encode())
    meter.establish()
    meter.release()
    assert meter.state is State.ASSOCIATED
    meter.release()
    assert meter.state is State.IDLE


def test_a_reply_longer_than_the_client_takes_is_told_by_how_much() -> None:
    long = GetResponseNormal(0xC1, octet_string(bytes(100))).encode()
    meter = opened(PUBLIC, aare(PUBLIC), long, long)
    meter.establish(aarq(client_max_receive_pdu_size=64))

    assert meter.excess_of(meter.request(GET)) == len(long) - 64
    assert meter.proposed_initiate is not None
    meter.proposed_initiate = replace(meter.proposed_initiate, client_max_receive_pdu_size=0)
    assert meter.excess_of(meter.request(GET)) == 0, "0 sets no limit"


def test_a_link_that_does_not_come_up_is_tried_anew_by_the_next_request() -> None:
    far_side = FarSide()
    meter = association(SIMULATOR, PUBLIC, hdlc_link(far_side))
    for _ in range(2):
        with pytest.raises(PreambleFailed, match=f"data link set-up: silence for {TIMEOUT_S:g} s"):
            meter.open()

    assert len(far_side.received) == 2


def test_pass_3_goes_under_the_declared_key() -> None:
    management = SIMULATOR.association("management")
    for key, variant, wanted in (
        ("global", Protection.DED, Protection.GLO),
        ("dedicated", Protection.DED, Protection.DED),
        ("dedicated", Protection.GENERAL_DED, Protection.GENERAL_DED),
        ("global", Protection.GENERAL_DED, Protection.GENERAL_GLO),
        ("dedicated", Protection.GLO, Protection.GLO),
        ("global", Protection.GENERAL_CIPHERING, Protection.GENERAL_CIPHERING),
    ):
        settings = replace(management, pass3_key=key)  # type: ignore[arg-type]
        meter = association(SIMULATOR, settings, wrapper_link(FarSide()), protection=variant)
        meter.open()
        assert meter.pass3_protection is wanted
