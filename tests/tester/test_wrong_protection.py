"""Requests that are protected wrongly: each is wrong in what it says, and right in all else."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.device.model import Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.errors import CipherError
from conformance.dlms.security import gcm
from conformance.dlms.security.ciphered import GeneralDedicated, GeneralGlobal, ServiceCiphered
from conformance.dlms.security.general_ciphering import GeneralCiphering
from conformance.tester import wrong_protection as wrong
from conformance.tester.security import ClientSecurity
from conformance.tester.wrong_protection import WrongProtection

SETTINGS = load(Path(__file__).parents[2] / "device_configs" / "simulator.toml").association("management")
GET = bytes.fromhex("C001C1000F0000280000FF0100")
KEY = bytes(range(0x60, 0x70))
COUNTER = 77
FORMS = (
    Protection.GLO,
    Protection.DED,
    Protection.GENERAL_GLO,
    Protection.GENERAL_DED,
    Protection.GENERAL_CIPHERING,
)
Ciphered = ServiceCiphered | GeneralGlobal | GeneralDedicated | GeneralCiphering
every_form = pytest.mark.parametrize("form", FORMS)
UNDER_RIGHT_CONTROL = (
    wrong.ANOTHER_KEY,
    wrong.ANOTHER_AUTHENTICATION_KEY,
    wrong.WRONG_TAG,
    wrong.SHORT_TAG,
    wrong.WRONG_CIPHERTEXT,
    wrong.ANOTHER_TITLE,
)
CONTROLS = {
    wrong.ANOTHER_SUITE: (0x31, 0x32),
    wrong.RESERVED_SUITE: (0x33, 0x3F),
    wrong.KEY_SET: (0x70,),
    wrong.COMPRESSION: (0xB0,),
    wrong.ENCRYPTED_ONLY: (0x20,),
    wrong.AUTHENTICATED_ONLY: (0x10,),
    wrong.NEITHER: (0x00,),
}


def security() -> ClientSecurity:
    made = ClientSecurity(SETTINGS, lambda: COUNTER, draw=lambda octets: bytes(range(0x80, 0x80 + octets)))
    made.renew_dedicated_key(KEY)
    made._dedicated_counter = COUNTER - 1
    return made


def made(wrongness: WrongProtection, form: Protection) -> list[Ciphered]:
    found = []
    for make in wrongness.makes:
        apdu = apdus.decode(make(security(), GET, form), deviations=[])
        assert isinstance(apdu, Ciphered)
        found.append(apdu)
    return found


def right(form: Protection) -> Ciphered:
    apdu = apdus.decode(security().protect(GET, form))
    assert isinstance(apdu, Ciphered)
    return apdu


def opened(apdu: Ciphered, form: Protection) -> bytes:
    """As the meter opens it: with the keys and the title that both know."""
    known = security()
    key = KEY if form.dedicated else known.encryption_key
    additional = apdu.additional_data if isinstance(apdu, GeneralCiphering) else b""
    return gcm.unprotect(
        apdu.security_control,
        known.client_title,
        apdu.invocation_counter,
        key,
        known.authentication_key,
        apdu.content,
        additional=additional,
    )


@every_form
def test_what_is_right_opens(form: Protection) -> None:
    assert opened(right(form), form) == GET


@every_form
@pytest.mark.parametrize("wrongness", UNDER_RIGHT_CONTROL, ids=lambda item: item.title)
def test_a_wrong_key_tag_title_or_text_does_not_open_though_its_header_is_right(
    wrongness: WrongProtection, form: Protection
) -> None:
    for apdu in made(wrongness, form):
        assert (apdu.security_control.octet, apdu.invocation_counter) == (0x30, COUNTER)
        with pytest.raises(CipherError):
            opened(apdu, form)


@every_form
@pytest.mark.parametrize("wrongness", CONTROLS, ids=lambda item: item.title)
def test_a_wrong_security_control_is_the_only_thing_wrong(wrongness: WrongProtection, form: Protection) -> None:
    apdus_made = made(wrongness, form)
    assert tuple(apdu.security_control.octet for apdu in apdus_made) == CONTROLS[wrongness]
    for apdu in apdus_made:
        if apdu.security_control.suite in (0, 1):
            assert opened(apdu, form) == GET


@every_form
def test_a_tag_of_11_octets_is_the_right_one_cut(form: Protection) -> None:
    (short,) = made(wrong.SHORT_TAG, form)
    assert short.content == right(form).content[:-1]


@every_form
def test_one_bit_is_wrong_in_the_tag_or_in_the_last_octet_before_it(form: Protection) -> None:
    for wrongness, place in ((wrong.WRONG_TAG, -1), (wrong.WRONG_CIPHERTEXT, -13)):
        (apdu,) = made(wrongness, form)
        valid = right(form).content
        differing = [index - len(valid) for index in range(len(valid)) if apdu.content[index] != valid[index]]
        assert differing == [place]
        assert apdu.content[place] ^ valid[place] == 1


@pytest.mark.parametrize("form", [Protection.GENERAL_GLO, Protection.GENERAL_DED])
def test_another_title_is_the_one_that_is_carried_and_the_one_in_the_nonce(form: Protection) -> None:
    (apdu,) = made(wrong.ANOTHER_TITLE, form)
    assert isinstance(apdu, (GeneralGlobal, GeneralDedicated))
    assert apdu.system_title != security().client_title
    key = KEY if form.dedicated else security().encryption_key
    ak = security().authentication_key
    assert gcm.unprotect(apdu.security_control, apdu.system_title, COUNTER, key, ak, apdu.content) == GET


def test_in_clear_is_the_plain_request() -> None:
    assert wrong.IN_CLEAR.makes[0](security(), GET, Protection.GLO) == GET
