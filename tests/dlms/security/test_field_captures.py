"""Ciphered APDUs that real clients and meters exchanged, with the keys that were published beside them."""

import pytest

from conformance.dlms.errors import CipherError
from conformance.dlms.reader import decode
from conformance.dlms.security import ciphered, gcm, gmac_reply
from conformance.dlms.security.ciphered import GeneralGlobal, is_dedicated

ZERO = "00000000000000000000000000000000"
KAIFA = "00112233445566778899AABBCCDDEEFF"
WASION = ("000102030405060708090A0B0C0D0E0F", "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF")
DEDICATED = "5E168412318BA71848C99B2B2AB33294"

SESSIONS = {
    "ctl_ded_key_session": (
        (KAIFA, KAIFA),
        [
            (
                "4349520000000001",
                "2130300000005992D807DBCF8533E9AD675AE0948241FB8E6CF9AFA7006BAA134A473C9151B3362F56DC12F89E85DA97E176",
                "0101105E168412318BA71848C99B2B2AB332940000065F1F040000181F0200",
            ),
            (
                "4C475A2022604828",
                "281F300000005AE916783AF33B5317AD0E453A799A65F26AE97660CF8B14FEB7B0",
                "0800065F1F040000181F00FA0007",
            ),
            (
                "4349520000000001",
                "D01E3000000001D3B903996D9508C5B6BCDEB025DD1800A5C92775FB55F317CF",
                "C001C100080000010000FF0200",
            ),
            (
                "4C475A2022604828",
                "D4233000000001AA07A549F82E6B8EEA919659D91689BF995BE6F93C95A7208718A3B84EE4",
                "C401C100090C07E7020F0311371500800000",
            ),
            (
                "4349520000000001",
                "2130300000005A8E9B83D641B89FAAF36DA504132C34F87E4BA66175A7DCED015460239699C72C18C06DB29C54673B83BAC0",
                "0101105E168412318BA71848C99B2B2AB332940000065F1F040000181F0200",
            ),
            (
                "4C475A2022604828",
                "281F300000005BCD34827974EDCF8B1DAB306F62C58AB42052DB67361377507825",
                "0800065F1F040000181F00FA0007",
            ),
        ],
    ),
    "ctl_hes_gmac_auth_only": (
        (ZERO, ZERO),
        [
            (
                "4142433132333435",
                "211F100000000001000000065F1F0400621E5DFFFF0D3F3C0C118A5A32DDF0C517",
                "01000000065F1F0400621E5DFFFF",
            ),
            (
                "4142433132333435",
                "281F10000000000800065F1F040000001D0400000707227E9F6E3F26626D8F542E",
                "0800065F1F040000001D04000007",
            ),
            (
                "4142433132333435",
                "CB311000000001C301C1000F0000280000FF01010911100000000196D71D8EAE497C9D20D92F2F1AA02A2EDBA31F69392021AC",
                "C301C1000F0000280000FF01010911100000000196D71D8EAE497C9D20D92F2F",
            ),
            (
                "4142433132333435",
                "CF2A1000000002C701C100010009111000000001CA099019CFA296F228356AB14E021FDE3707555D64CA05E9",
                "C701C100010009111000000001CA099019CFA296F228356AB1",
            ),
        ],
    ),
    "hexing_hls_gmac_accepted": (
        (ZERO, ZERO),
        [
            (
                "4845430005000001",
                "211E300000000170C12E82E5BD9494FE83243FF289D911A252A0F32836897378",
                "01000000065F0400000019FFFF",
            ),
            (
                "4858451120000A44",
                "281F300000000240E954DA3BA890264AAA755A28C3EA2AE9B23F9560CF6BD3C3DD",
                "0800065F1F0400601A1D00C80007",
            ),
            (
                "4845430005000001",
                "CB3130000000020FF93F90CBB722C20F985B7BFDFE56E4E522D6B4C11D71490B94109408DA3F1B543B87CB5D968CB5E48A8F35",
                "C301C1000F0000280000FF01010911100000000264291A77B8C6105196437F44",
            ),
            (
                "4858451120000A44",
                "CF2A3000000003B28BDF4CF9E597C515884ED8570375FFD313D79C41C8B47F1E027BCB259CF6839F30DF3014",
                "C701A1000100091110000000035B18500B0420530348B12ECF",
            ),
            (
                "4845430005000001",
                "C81E3000000003C952F666F2B02FB2BB6A99741FE5CBF171B1D5F2AA30B081EC",
                "C001C100010100000208FF0200",
            ),
            (
                "4858451120000A44",
                "CC2C300000000448CFD6D7F85E3B7E867253143D8B127106CE2C2D94C807D85C48C23CF3E1CEF5DA02FB6D9D3324",
                "C40130000915687863707530312D32303137303232332D30303032",
            ),
        ],
    ),
    "hexing_hls_gmac_garbled": (
        (ZERO, ZERO),
        [
            (
                "4845430005000001",
                "211F3000000002CDF8FE90C5E83DEE0F98DA650308F4B65BE0DC04921E40E266B2",
                "01000000015F1F0400007E1FFFFF",
            ),
        ],
    ),
    # The meter writes its counter little-endian; the nonce takes the octets as they were sent.
    "wasion_hls_gmac_accepted": (
        WASION,
        [
            (
                "5753450000000001",
                "2130300123456783B5C82464E59B39625AB7E68815385EE99BC9C43F0647C0F473E5C22572BDD1B50E034FE484F702C95DB4",
                "01011000112233445566778899AABBCCDDEEFF0000065F1F0400007E1F0000",
            ),
            (
                "5753450000000001",
                "281F307C0100005B825F6C7BE760247D0C43A72908910E0A13205D14611115B7A7",
                "0800065F1F040000381F00AC0007",
            ),
        ],
    ),
    # The request is encrypted only; the answer opens under the all-zero title that the meter gave.
    "wasion_hls_gmac_rejected": (
        WASION,
        [
            ("5753450000000001", "211320000000002FBB42C11943522D04156FB40F43", "01000000065F1F0400621E5DFFFF"),
            (
                "0000000000000000",
                "281F30A7010000784B389ABE11802013096993CCBEEC16BF9382855E9340959B80",
                "0800065F1F0400003C1F00AC0007",
            ),
        ],
    ),
    "kaifa_wrong_keys_glo_cse, request": (
        (KAIFA, KAIFA),
        [
            (
                "4349520000000001",
                "2130300000005992D807DBCF8533E9AD675AE0948241FB8E6CF9AFA7006BAA134A473C9151B3362F56DC12F89E85DA97E176",
                "0101105E168412318BA71848C99B2B2AB332940000065F1F040000181F0200",
            ),
        ],
    ),
}
APDUS = [
    pytest.param(keys, title, octets, plain, id=f"{session} {octets[:2]}")
    for session, (keys, apdus) in SESSIONS.items()
    for title, octets, plain in apdus
]


def parts(octets):
    apdu = decode(bytes.fromhex(octets), ciphered.read, "apdu")
    return apdu, apdu.security_control, apdu.invocation_counter, apdu.content


@pytest.mark.parametrize(("keys", "title", "octets", "plain"), APDUS)
def test_every_captured_apdu_opens_and_is_made_again_octet_for_octet(keys, title, octets, plain):
    apdu, control, counter, content = parts(octets)
    assert apdu.encode().hex().upper() == octets
    title, authentication_key = bytes.fromhex(title), bytes.fromhex(keys[1])
    key = bytes.fromhex(DEDICATED if is_dedicated(apdu.tag) else keys[0])
    assert gcm.unprotect(control, title, counter, key, authentication_key, content).hex().upper() == plain
    assert gcm.protect(control, title, counter, key, authentication_key, bytes.fromhex(plain)) == content


@pytest.mark.parametrize(("keys", "title", "octets", "plain"), APDUS)
def test_no_captured_apdu_with_a_tag_opens_under_another_title(keys, title, octets, plain):
    apdu, control, counter, content = parts(octets)
    key = bytes.fromhex(DEDICATED if is_dedicated(apdu.tag) else keys[0])
    arguments = (control, b"NOTTITLE", counter, key, bytes.fromhex(keys[1]), content)
    if control.authenticated:
        with pytest.raises(CipherError, match="does not verify"):
            gcm.unprotect(*arguments)
    else:
        assert gcm.unprotect(*arguments).hex().upper() != plain


def test_the_little_endian_counter_does_not_verify_when_put_right():
    _, control, counter, content = parts("281F307C0100005B825F6C7BE760247D0C43A72908910E0A13205D14611115B7A7")
    assert counter == 0x7C010000
    with pytest.raises(CipherError):
        gcm.unprotect(control, bytes.fromhex("5753450000000001"), 380, *map(bytes.fromhex, WASION), content)


def test_the_dedicated_session_does_not_open_under_the_global_key():
    _, control, counter, content = parts("D01E3000000001D3B903996D9508C5B6BCDEB025DD1800A5C92775FB55F317CF")
    key = bytes.fromhex(KAIFA)
    with pytest.raises(CipherError):
        gcm.unprotect(control, bytes.fromhex("4349520000000001"), counter, key, key, content)


def test_the_refusal_of_a_meter_with_other_keys_does_not_verify():
    apdu, control, counter, content = parts("2E153000000027AB078E5DA8EECF61040812F75CB5B5EA")
    assert ciphered.NAMES[apdu.tag] == "glo-confirmed-service-error"
    assert (control.octet, counter, len(content)) == (0x30, 0x27, 4 + 12)
    for key in (KAIFA, DEDICATED):
        with pytest.raises(CipherError) as caught:
            gcm.unprotect(
                control, bytes.fromhex("4B464D3434383831"), counter, bytes.fromhex(key), bytes.fromhex(KAIFA), content
            )
        assert caught.value.reason == "tag-invalid"


def test_a_general_glo_ciphering_with_an_empty_title_is_legal():
    apdu, control, counter, _ = parts("DB001F3000000002D0F52DF614FCB2A2647E28688FD744DBC4A38750678D75FD22D6")
    assert isinstance(apdu, GeneralGlobal)
    assert (apdu.system_title, control.octet, counter) == (b"", 0x30, 2)


@pytest.mark.parametrize(
    ("answer", "challenge", "title", "counter"),
    [
        # hexing_hls_gmac_accepted, pass 3 and pass 4
        ("100000000264291A77B8C6105196437F44", "4645414532414646", "4845430005000001", 2),
        ("10000000035B18500B0420530348B12ECF", "0D7A76B77F42EB88", "4858451120000A44", 3),
        # ctl_hes_gmac_auth_only, pass 3 and pass 4
        ("100000000196D71D8EAE497C9D20D92F2F", "37150A231A38126F475341606B717022", "4142433132333435", 1),
        ("1000000001CA099019CFA296F228356AB1", "4506354B1076356C0345174149082F63", "4142433132333435", 1),
    ],
)
def test_captured_gmac_answers_are_right_and_are_made_again(answer, challenge, title, counter):
    keys = {"encryption_key": bytes(16), "authentication_key": bytes(16)}
    challenge, title = bytes.fromhex(challenge), bytes.fromhex(title)
    reply = gmac_reply.verify(bytes.fromhex(answer), challenge, system_title=title, **keys)
    assert reply.invocation_counter == counter
    made = gmac_reply.reply(challenge, system_title=title, invocation_counter=counter, **keys)
    assert made.hex().upper() == answer
    with pytest.raises(CipherError, match="does not verify"):
        gmac_reply.verify(bytes.fromhex(answer), challenge[::-1], system_title=title, **keys)
