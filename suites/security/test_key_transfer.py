"""Key transfer: new global keys under the master key, and transfers that must change nothing.

Every key is on the disk before it is sent, and the declared keys are transferred back. The cases are called after suite
0 in the catalogue; the method is the same in suites 1 and 2, so they run there too.
"""

from collections.abc import Iterator, Mapping

from conformance.device.model import AssociationSettings, Permission
from conformance.dlms.security.secret import Secret
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import ciphered, key_transfer, logical_names, negotiates
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.key_transfer import FORGED, Forgery, judge_forgeries, judge_new_counter, judge_transfer
from conformance.harness.trial import Trial
from conformance.tester.key_wrapping import DEFAULT_INITIAL_VALUE, unwrap_unchecked, wrap_with
from conformance.tester.security_setup import KeyId

_CLAUSE = "IEC 62056-6-2, Security setup, key_transfer (version 0: global_key_transfer)"
_APPLIES = ciphered & logical_names & negotiates(ConformanceBit.ACTION) & key_transfer
_GUEK = KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY
_GAK = KeyId.AUTHENTICATION_KEY
_UNKNOWN_KEY_IDS = (4, 0x42, 0x80)
"""None that ends in 3: a meter that looks at some bits only would put it in the place of the master key, for good."""
_ALMOST = DEFAULT_INITIAL_VALUE[:-1] + bytes((DEFAULT_INITIAL_VALUE[-1] ^ 0x01,))
_SERVES = "action-result success; the new keys serve, the old ones do not; the declared ones can be put back, and serve"


@case("T_SYMSEC_0_Key_Tx_P1", title="key transfer of the GUEK", clause=_CLAUSE, applies=_APPLIES, negative=False)
@subtests(
    Subtest(
        1,
        "new global unicast encryption key",
        procedure="transfers a new GUEK under the master key; opens under it and under the old one; transfers it back",
        accepts=_SERVES,
        permission=Permission.CHANGES_KEYS,
    ),
    Subtest(
        2,
        "invocation counter of a new key",
        procedure="transfers a new GUEK; opens under it with invocation counters from 1 on; transfers the old one back",
        accepts="the new key serves: its invocation counters begin anew",
        permission=Permission.CHANGES_KEYS,
    ),
)
def test_key_tx_p1(subtest: Trial) -> None:
    """A new global unicast key serves once it was transferred, with counters of its own, and the old one no more."""
    if subtest.number == 1:
        judge_transfer(subtest, _GUEK)
    else:
        judge_new_counter(subtest)


@case("T_SYMSEC_0_Key_Tx_P2", title="key transfer of the GAK", clause=_CLAUSE, applies=_APPLIES, negative=False)
@subtests(
    Subtest(
        1,
        "new authentication key",
        procedure="transfers a new GAK under the master key; opens under it and under the old one; transfers it back",
        accepts=_SERVES,
        permission=Permission.CHANGES_KEYS,
    )
)
def test_key_tx_p2(subtest: Trial) -> None:
    """A new authentication key serves once it was transferred, and the old one no more."""
    judge_transfer(subtest, _GAK)


@case("T_SYMSEC_0_Key_Tx_P3", title="key transfer of GUEK and GAK", clause=_CLAUSE, applies=_APPLIES, negative=False)
@subtests(
    Subtest(
        1,
        "both keys in one request",
        procedure="transfers a new GUEK and a new GAK in one array; opens under both, under the old ones; back again",
        accepts=_SERVES,
        permission=Permission.CHANGES_KEYS,
    )
)
def test_key_tx_p3(subtest: Trial) -> None:
    """All keys of one transfer are put in force."""
    judge_transfer(subtest, _GUEK, _GAK)


@case("T_SYMSEC_0_Key_Tx_N1", title="key transfer with an unknown key_id", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    Subtest(
        1,
        "unknown key_id",
        procedure="transfers a key under the key_ids 4, 66 and 128; opens under the declared keys after each",
        expectation=FORGED,
        permission=Permission.CHANGES_KEYS,
    ),
    Subtest(
        2,
        "unknown key_id beside a good key",
        procedure="transfers a new GUEK, and a key under key_id 128, in one array; opens under the declared keys",
        expectation=FORGED,
        permission=Permission.CHANGES_KEYS,
    ),
)
def test_key_tx_n1(subtest: Trial) -> None:
    """A key whose key_id means nothing is refused, the whole transfer with it, and the keys in force go on serving."""
    judge_forgeries(subtest, _unknown if subtest.number == 1 else _unknown_beside_good)


@case("T_SYMSEC_0_Key_Tx_N2", title="key transfer with a damaged wrapped key", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    Subtest(
        1,
        "wrong integrity check value",
        procedure="transfers a new GUEK wrapped with another initial value, one bit off; opens under the declared keys",
        expectation=FORGED,
        permission=Permission.CHANGES_KEYS,
        argument="integrity",
    ),
    Subtest(
        2,
        "wrapped under another key, or damaged on its way",
        procedure="transfers a new GUEK wrapped under the GUEK, then one with an octet wrong; opens as declared",
        expectation=FORGED,
        permission=Permission.CHANGES_KEYS,
        argument="damaged",
    ),
    Subtest(
        3,
        "key of a wrong length",
        procedure="transfers a GUEK of 32 and of 24 octets (suite 2: 16 and 24), rightly wrapped; opens as declared",
        expectation=FORGED,
        permission=Permission.CHANGES_KEYS,
        argument="length",
    ),
    Subtest(
        4,
        "damaged key beside a good one",
        procedure="transfers a new GUEK, and a damaged GAK, in one array; opens under the declared keys",
        expectation=FORGED,
        permission=Permission.CHANGES_KEYS,
        argument="beside",
    ),
)
def test_key_tx_n2(subtest: Trial) -> None:
    """A wrapped key that is damaged, under another key or of a wrong length is refused; the keys in force still serve.

    What a meter would make of it that does not check is known beforehand, so that it can be brought back.
    """
    forges = {"integrity": _integrity, "damaged": _damaged, "length": _lengths, "beside": _damaged_beside_good}
    judge_forgeries(subtest, forges[str(subtest.argument)])


def _unknown(settings: AssociationSettings, keys: Mapping[int, Secret]) -> Iterator[Forgery]:
    key = keys[_GUEK].reveal()
    for key_id in _UNKNOWN_KEY_IDS:
        # A meter that looks at a part of the key_id may put it in the place of either key.
        yield Forgery(((key_id, wrap_with(_kek(settings), key)),), ((_GUEK, key), (_GAK, key)))


def _unknown_beside_good(settings: AssociationSettings, keys: Mapping[int, Secret]) -> Iterator[Forgery]:
    good, other = keys[_GUEK].reveal(), keys[_GAK].reveal()
    kek = _kek(settings)
    pairs = ((int(_GUEK), wrap_with(kek, good)), (_UNKNOWN_KEY_IDS[-1], wrap_with(kek, other)))
    yield Forgery(pairs, ((_GUEK, good), (_GUEK, other), (_GAK, other)))


def _integrity(settings: AssociationSettings, keys: Mapping[int, Secret]) -> Iterator[Forgery]:
    key = keys[_GUEK].reveal()
    yield Forgery(((int(_GUEK), wrap_with(_kek(settings), key, _ALMOST)),), ((_GUEK, key),))


def _damaged(settings: AssociationSettings, keys: Mapping[int, Secret]) -> Iterator[Forgery]:
    assert settings.encryption_key is not None
    key, kek = keys[_GUEK].reveal(), _kek(settings)
    damaged = bytearray(wrap_with(kek, key))
    damaged[-1] ^= 0x80
    for octets in (wrap_with(settings.encryption_key.reveal(), key), bytes(damaged)):
        yield Forgery(((int(_GUEK), octets),), ((_GUEK, unwrap_unchecked(kek, octets)[1]),))


def _lengths(settings: AssociationSettings, keys: Mapping[int, Secret]) -> Iterator[Forgery]:
    """Keys of lengths that other suites have; cut, filled up with zeros, or from the other end, they would be these."""
    wanted = settings.key_octets
    key = keys[_GUEK].reveal()
    for size in (16, 24) if wanted == 32 else (32, 24):
        sent = (key + key)[:size]
        results = dict.fromkeys((sent[:wanted].ljust(wanted, b"\0"), sent[-wanted:].rjust(wanted, b"\0")))
        yield Forgery(((int(_GUEK), wrap_with(_kek(settings), sent)),), tuple((_GUEK, result) for result in results))


def _damaged_beside_good(settings: AssociationSettings, keys: Mapping[int, Secret]) -> Iterator[Forgery]:
    guek, gak, kek = keys[_GUEK].reveal(), keys[_GAK].reveal(), _kek(settings)
    pairs = ((int(_GUEK), wrap_with(kek, guek)), (int(_GAK), wrap_with(kek, gak, _ALMOST)))
    yield Forgery(pairs, ((_GUEK, guek), (_GAK, gak)))


def _kek(settings: AssociationSettings) -> bytes:
    assert settings.master_key is not None
    return settings.master_key.reveal()
