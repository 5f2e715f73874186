"""AARQ, AARE, RLRQ and RLRE of real clients and meters."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.dlms.acse import aare, aarq, release
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism, ServiceUserDiagnostic
from conformance.dlms.errors import DecodeError
from conformance.dlms.fields import Field
from conformance.dlms.reader import decode, dissect

READERS = {
    0x60: ("aarq", aarq.read),
    0x61: ("aare", aare.read),
    0x62: ("rlrq", release.read_rlrq),
    0x63: ("rlre", release.read_rlre),
}
LINES = (Path(__file__).parent / "field_apdus.txt").read_text().splitlines()
APDUS = {f"{name}-{frame}": bytes.fromhex(octets) for name, frame, octets in (line.split() for line in LINES[1:])}
DEVIATING = {"genus_dedicated_key_pass3-1": "component-order", "wasion_hls_gmac_accepted-3": "apdu-length"}


def leaves(root: Field) -> list[Field]:
    return [field for _, field in root.walk() if not field.children]


@pytest.mark.parametrize("name", APDUS)
def test_decodes_and_shows_every_octet_in_exactly_one_field(name: str) -> None:
    octets = APDUS[name]
    root, read = READERS[octets[0]]

    dissection = dissect(octets, read, root)

    assert dissection.error is None
    assert b"".join(octets[leaf.start : leaf.end] for leaf in leaves(dissection.root)) == octets
    assert dissection.value == decode(octets, read, root, deviations=[])


@pytest.mark.parametrize("name", [name for name in APDUS if name not in DEVIATING])
def test_is_encoded_again_octet_for_octet(name: str) -> None:
    octets = APDUS[name]
    root, read = READERS[octets[0]]

    assert decode(octets, read, root).encode() == octets


@pytest.mark.parametrize(("name", "code"), DEVIATING.items())
def test_what_a_meter_coded_illegally_is_noted_or_refused(name: str, code: str) -> None:
    found: list = []
    decode(APDUS[name], aare.read, "aare", deviations=found)

    assert [deviation.code for deviation in found] == [code]
    with pytest.raises(DecodeError):
        decode(APDUS[name], aare.read, "aare")


def test_component_out_of_order_is_named_with_its_place() -> None:
    found: list = []
    response = decode(APDUS["genus_dedicated_key_pass3-1"], aare.read, "aare", deviations=found)

    assert (found[0].path, found[0].offset) == ("aare.responding-AP-title", 58)
    assert response.responding_ap_title == bytes.fromhex("474F450000581CF1")
    assert response.user_information is not None
    assert response.user_information[0] == 0x28


def test_apdu_length_that_ends_before_the_apdu_is_a_deviation() -> None:
    found: list = []
    response = decode(APDUS["wasion_hls_gmac_accepted-3"], aare.read, "aare", deviations=found)

    assert str(found[0]) == "aare.length, octet 1: length 78, but 97 octets follow"
    assert response.responding_authentication_value == bytes.fromhex("9F09BF33DE450000")
    assert len(response.encode()) == 99


def test_client_user_in_primitive_form_is_read_and_kept_primitive() -> None:
    request = decode(APDUS["installer_user_id_accepted-2"], aarq.read, "aarq")

    assert request.calling_ae_invocation_id == 100
    assert request.other_tags == (0x89,)
    assert bytes.fromhex("890164") in request.encode()


def test_request_for_ciphered_context_with_gmac() -> None:
    request = decode(APDUS["wasion_hls_gmac_rejected-2"], aarq.read, "aarq")

    assert request.application_context is ApplicationContext.LN_CIPHERED
    assert request.mechanism is Mechanism.HLS_GMAC
    assert request.sender_acse_requirements == "1"
    assert request.calling_authentication_value is not None
    assert len(request.calling_authentication_value) == 16


def test_protocol_version_is_a_bit_string_not_a_number() -> None:
    first = decode(APDUS["protocol_version_no_common-0"], aarq.read, "aarq")
    second = decode(APDUS["protocol_version_no_common-2"], aarq.read, "aarq")

    assert (first.protocol_version, second.protocol_version) == ("100001", "010001")


def test_rejection_by_the_provider_is_told_from_one_by_the_user() -> None:
    by_provider = decode(APDUS["protocol_version_no_common-3"], aare.read, "aare")
    by_user = decode(APDUS["installer_user_id_rejected-3"], aare.read, "aare")

    assert by_provider.describe() == "rejected-permanent (1), acse-service-provider: no-common-acse-version (2)"
    assert by_user.diagnostic == ServiceUserDiagnostic.CALLING_AE_INVOCATION_IDENTIFIER_NOT_RECOGNIZED
    assert not by_user.accepted


def test_why_a_meter_rejects_stays_in_the_user_information() -> None:
    response = decode(APDUS["elster_sn_context_rejected-1"], aare.read, "aare")

    assert response.user_information == bytes.fromhex("0E010600")


def test_tree_says_what_the_numbers_mean() -> None:
    root = dissect(APDUS["installer_user_id_rejected-3"], aare.read, "aare").root

    def shown(path: str) -> object:
        field = root.find(path)
        assert field is not None, path
        return field.value

    assert shown("aare.result.value") == "rejected-permanent (1)"
    assert shown("aare.result-source-diagnostic.value") == (
        "acse-service-user: calling-AE-invocation-identifier-not-recognized (6)"
    )
    assert shown("aare.application-context-name.value") == "Logical_Name_Referencing_With_Ciphering (3)"
    assert shown("aare.mechanism-name.value") == "COSEM_High_Level_Security_Mechanism_Name_Using_GMAC (5)"
