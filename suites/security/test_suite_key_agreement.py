"""ECDH in security suites 1 and 2: key_agreement C(2e, 0s), and keys of general-ciphering C(1e, 1s) and C(0e, 2s)."""

from collections.abc import Callable

from conformance.device.model import KeyEstablishment, Permission, Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import array, enum, octet_string, structure
from conformance.dlms.security.general_ciphering import AgreedKey, GeneralCiphering
from conformance.dlms.security.suite import suite_of
from conformance.harness.agreement import Agreement, agree_in, master_key_transfer
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.judging import Failed
from conformance.harness.key_change import keys_at_risk
from conformance.harness.key_conditions import embedded, first_of, general_ciphering, one_pass_key, static_key
from conformance.harness.key_recovery import with_keys
from conformance.harness.master_key_change import master_key_at_risk, master_key_is_back
from conformance.harness.protected_exchange import asking, judge_served, opened
from conformance.harness.serving import opens_and_serves
from conformance.harness.setup_session import SetupSession
from conformance.harness.suite_conditions import calls_security_setup, declared, suite
from conformance.harness.trial import Trial
from conformance.tester.accepted_methods import method_fails
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.security_setup import KeyId
from conformance.tester.spoilt_key_data import SPOILT_KEY_DATA, Build
from conformance.tester.stimulus import Stimulus

_CLAUSE = "IEC 62056-6-2, Security setup, key_agreement; IEC 62056-5-3, key agreement schemes"
_FORMS = (Protection.GENERAL_CIPHERING, Protection.GENERAL_CIPHERING_SIGNED)
_METHOD = calls_security_setup & declared("signing_key", "server_signature_key", "master_key")
_REPLIES = 3
_ROUNDS = 2
_SPOILT_FROM = 21
_UNKNOWN_KEY_IDS = (4, 0x7F, 0xFF)
_REFUSED = f"{method_fails()}; the association serves on"


def _agrees(subtest: Trial, session: SetupSession) -> bytes:
    """Agree on a master key and put the declared one back under it; the meter's key_data."""
    agreement = Agreement.of(session.association, session.setup, KeyId.MASTER_KEY)
    with subtest.step("key_agreement on the master key"):
        answer, key = agree_in(subtest, agreement)
    back = master_key_transfer(session.association, session.setup, key.reveal())
    session.succeeds(back, "key_transfer of the declared master key under what was agreed")
    return answer


def _master_key(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    with master_key_at_risk(subtest, session.setup):
        _agrees(subtest, session)
        master_key_is_back(subtest)


def _another_each_time(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    size = 2 * session.suite.coordinate_octets
    seen: list[bytes] = []
    with master_key_at_risk(subtest, session.setup):
        for _ in range(_ROUNDS):
            public = _agrees(subtest, session)[:size]
            _new(subtest, public, seen)
        master_key_is_back(subtest)


def _new(subtest: Trial, public: bytes, seen: list[bytes], reaction: Reaction | None = None) -> None:
    again = public in seen
    subtest.check(
        not again,
        expected="an ephemeral key of the meter that it has not used before",
        observed="an ephemeral key of before" if again else "a new ephemeral key",
        reaction=reaction,
    )
    seen.append(public)


def _global_key(subtest: Trial) -> None:
    """Only where nothing can be lost: no other key brings a lost global key back."""
    session = SetupSession.open(subtest)
    agreement = Agreement.of(session.association, session.setup, KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY)
    try:
        with subtest.step("key_agreement on the global unicast encryption key"):
            _, key = agree_in(subtest, agreement)
    except Failed:
        # The meter may hold a key that nobody knows.
        subtest.bench.renew()
        raise
    keys = {int(KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY): key}
    session.close()
    step = subtest.step("an association under the agreed key opens and serves")
    with keys_at_risk(subtest, session.setup, keys.items()), step:
        changed = subtest.another(settings=with_keys(subtest.settings, keys))
        opens_and_serves(subtest, changed)
        changed.close()


def _refused(subtest: Trial, parameters: Callable[[SetupSession], Stimulus], title: str) -> None:
    session = SetupSession.open(subtest)
    with master_key_at_risk(subtest, session.setup):
        session.refuses(parameters(session), title)
        master_key_is_back(subtest)


def _spoilt(build: Build, title: str) -> Callable[[Trial], None]:
    def parameters(session: SetupSession) -> Stimulus:
        key = session.association.security.signing_key
        octets = build(session.suite, int(KeyId.MASTER_KEY), key)
        return session.setup.key_agreement(((int(KeyId.MASTER_KEY), octets),))

    return lambda subtest: _refused(subtest, parameters, f"key_agreement, {title}")


def _unknown_key_ids(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    with master_key_at_risk(subtest, session.setup):
        for key_id in _UNKNOWN_KEY_IDS:
            agreement = Agreement.of(session.association, session.setup, key_id)
            session.refuses(agreement.request, f"key_agreement on key_id {key_id}")
        master_key_is_back(subtest)


_OTHER_TYPES: tuple[tuple[str, Data], ...] = (
    ("no elements", array()),
    ("an octet-string", octet_string(b"\x00")),
    ("elements of one member", array(structure(enum(3)))),
    ("key_data that is an enum", array(structure(enum(3), enum(0)))),
)


def _other_types(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    with master_key_at_risk(subtest, session.setup):
        for title, parameters in _OTHER_TYPES:
            session.refuses(session.setup.key_agreement_of(parameters), f"key_agreement with {title}")
        master_key_is_back(subtest)


def _established(subtest: Trial) -> None:
    """Requests under new keys, each served under a new key of the meter."""
    form = first_of(subtest.settings, *_FORMS)
    assert form is not None
    association = opened(subtest, form)
    how = subtest.settings.general_ciphering_key
    size = 2 * suite_of(subtest.settings.security_suite).coordinate_octets
    seen: list[bytes] = []
    for number in range(1, _REPLIES + 1):
        octets = association.security.protect(asking(association), form)
        reaction = judge_served(subtest, association, octets, f"request {number} under a key agreed by {how.value}")
        if how is KeyEstablishment.ONE_PASS:
            _new(subtest, _ephemeral(reaction)[:size], seen, reaction)


def _ephemeral(reaction: Reaction) -> bytes:
    value = apdus.decode(reaction.apdu, deviations=[]) if isinstance(reaction, Reply) else None
    info = value.key_info if isinstance(value, GeneralCiphering) else None
    return info.key_ciphered_data if isinstance(info, AgreedKey) else b""


_SUBTESTS = (
    Subtest(
        1,
        "C(2e, 0s): master key",
        procedure="agrees on a new master key; transfers the declared one back under it",
        accepts="key_data signed by the meter; success: both hold the key that the KDF gives",
        applies=_METHOD,
        permission=Permission.CHANGES_KEYS,
        argument=_master_key,
    ),
    Subtest(
        2,
        "C(2e, 0s): ephemeral keys of the meter",
        procedure=f"agrees on a new master key {_ROUNDS} times, the declared one transferred back after each",
        accepts="another ephemeral key each time",
        applies=_METHOD,
        permission=Permission.CHANGES_KEYS,
        argument=_another_each_time,
    ),
    Subtest(
        3,
        "C(2e, 0s): global unicast encryption key",
        procedure="agrees on a new GUEK; opens under it; the declared one is transferred back",
        accepts="the agreed key serves",
        applies=_METHOD & embedded,
        permission=Permission.CHANGES_KEYS,
        argument=_global_key,
    ),
    Subtest(
        4,
        "C(2e, 0s): unknown key_id",
        procedure="key_agreement on the key_ids " + ", ".join(map(str, _UNKNOWN_KEY_IDS)),
        accepts=_REFUSED,
        applies=_METHOD,
        permission=Permission.CHANGES_KEYS,
        argument=_unknown_key_ids,
    ),
    Subtest(
        5,
        "C(2e, 0s): other types",
        procedure="key_agreement with " + "; ".join(title for title, _ in _OTHER_TYPES),
        accepts=_REFUSED,
        applies=_METHOD,
        permission=Permission.CHANGES_KEYS,
        argument=_other_types,
    ),
    Subtest(
        11,
        "C(1e, 1s): a key for each message",
        procedure=f"opens as declared; asks {_REPLIES} times, each time under a new key",
        accepts="the logical_name under a key agreed alike, the meter's ephemeral key another each time",
        applies=general_ciphering & one_pass_key & declared("signing_key", "server_signature_key"),
        argument=_established,
    ),
    Subtest(
        12,
        "C(0e, 2s): a key for each transaction",
        procedure=f"opens as declared; asks {_REPLIES} times, each time with a new transaction-id",
        accepts="the logical_name under a key agreed alike",
        applies=general_ciphering & static_key,
        argument=_established,
    ),
    *(
        Subtest(
            number,
            f"C(2e, 0s): {spoilt.title}",
            procedure=f"key_agreement on the master key, {spoilt.title}",
            accepts=_REFUSED,
            applies=_METHOD,
            permission=Permission.CHANGES_KEYS,
            argument=_spoilt(spoilt.build, spoilt.title),
        )
        for number, spoilt in enumerate(SPOILT_KEY_DATA, _SPOILT_FROM)
    ),
)


@case("X_SEC_SUITE_1_KEY_AGREEMENT", title="ECDH on P-256", clause=_CLAUSE, applies=suite(1))
@subtests(*_SUBTESTS)
def test_suite_1_key_agreement(subtest: Trial) -> None:
    """A meter agrees on keys on P-256 with whoever proves to be its client, and both come to the same key.

    The master key is agreed on, since a lost one can be agreed on anew; the declared one is journalled and put back.
    How general-ciphering tells a key wrongly is a matter of general protection: here its keys are judged.
    """
    _judge(subtest)


@case("X_SEC_SUITE_2_KEY_AGREEMENT", title="ECDH on P-384", clause=_CLAUSE, applies=suite(2))
@subtests(*_SUBTESTS)
def test_suite_2_key_agreement(subtest: Trial) -> None:
    """A meter agrees on keys on P-384 with whoever proves to be its client, and both come to the same key.

    The master key is agreed on, since a lost one can be agreed on anew; the declared one is journalled and put back.
    How general-ciphering tells a key wrongly is a matter of general protection: here its keys are judged.
    """
    _judge(subtest)


def _judge(subtest: Trial) -> None:
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
