"""AES-GCM and AES key wrap in security suites 1 and 2: keys of the suite's length, and no others."""

from collections.abc import Callable, Iterator, Mapping

from conformance.device.model import AssociationSettings, Permission, Protection
from conformance.dlms.security import gmac_reply, key_wrap
from conformance.dlms.security.control import SUITES
from conformance.dlms.security.secret import Secret
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import ciphered, key_transfer, logical_names, negotiates
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.key_conditions import UNDER_DEDICATED_KEY, UNDER_GLOBAL_KEY, declares, first_of
from conformance.harness.key_transfer import FORGED, Forgery, judge_forgeries
from conformance.harness.openings import NOT_SERVED, nothing_served
from conformance.harness.protected_exchange import asking, judge_refused, judge_served, opened
from conformance.harness.suite_conditions import gmac, suite
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted
from conformance.tester.accepted_services import data_of
from conformance.tester.association import Association
from conformance.tester.reaction import Reply
from conformance.tester.security_setup import KeyId

_CLAUSE = "IEC 62056-5-3, security suites; AES-GCM, AES key wrap"
_REFUSED = f"{NOT_SERVED}; then the association serves on"
_GUEK = KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY
_under_global_key = declares(*UNDER_GLOBAL_KEY)


def _other_lengths(key: bytes) -> tuple[tuple[str, bytes], ...]:
    """What a key becomes that is cut or doubled to the length of the other suite's keys."""
    if len(key) == 16:
        return (("the key twice, 32 octets", key + key), ("the key and zeros, 32 octets", key + bytes(16)))
    return (("its first 16 octets", key[:16]), ("its last 16 octets", key[16:]))


def _served(subtest: Trial) -> None:
    for form in subtest.settings.protections:
        if not form.ciphered:
            continue
        association = opened(subtest, form)
        with subtest.step(f"a request under {form.value}"):
            octets = association.security.protect(asking(association), form)
            reaction = judge_served(subtest, association, octets, f"request under {form.value}")
            _of_suite(subtest, reaction if isinstance(reaction, Reply) else None)
        association.close()


def _of_suite(subtest: Trial, reply: Reply | None) -> None:
    protected = reply.protected if reply is not None else None
    wanted = subtest.settings.security_suite
    found = protected.security_control.suite if protected is not None else None
    subtest.check(
        found == wanted,
        expected=f"security control of suite {wanted}",
        observed=f"security control of suite {found}",
        reaction=reply,
    )


def _pass_4(subtest: Trial) -> None:
    association = subtest.association
    subtest.judge(association.open(), accepted(), association=association)
    reaction = association.authenticate()
    returned = data_of(reaction)
    octets: bytes = returned.value if returned is not None and isinstance(returned.value, bytes) else b""
    wanted = 0x10 | subtest.settings.security_suite
    path = "action-response.return-parameters"
    subtest.check(
        octets[:1] == bytes((wanted,)),
        expected=f"f(CtoS) with security control {wanted:02X}",
        observed=f"f(CtoS) begins with {octets[:1].hex().upper() or 'nothing'}",
        reaction=reaction,
        path=path,
    )
    fault = association.pass4_fault(reaction)
    subtest.check(
        fault is None, expected="the right f(CtoS)", observed=fault or "the right f(CtoS)", reaction=reaction, path=path
    )


def _pass_3_of_other_suites(subtest: Trial) -> None:
    for number in SUITES:
        if number == subtest.settings.security_suite:
            continue
        with subtest.step(f"pass 3 of suite {number}"):
            association = subtest.another()
            subtest.judge(association.open(), accepted(), association=association)
            security = association.security
            answer = gmac_reply.reply(
                association.server_challenge,
                system_title=security.client_title,
                invocation_counter=security.next_counter(dedicated=False),
                encryption_key=security.encryption_key,
                authentication_key=security.authentication_key,
                security_suite=number,
            )
            subtest.judge(association.authenticate(answer), NOT_SERVED, association=association)
            nothing_served(subtest, association)
            association.close()


def _under_other_lengths(subtest: Trial, forms: tuple[Protection, ...], key_of: Callable[[Association], bytes]) -> None:
    form = first_of(subtest.settings, *forms)
    assert form is not None
    association = opened(subtest, form)
    for title, key in _other_lengths(key_of(association)):
        octets = association.security.protect(asking(association), form, key=key)
        judge_refused(subtest, association, octets, f"request under {title}")


def _global_key(subtest: Trial) -> None:
    _under_other_lengths(subtest, UNDER_GLOBAL_KEY, lambda association: association.security.encryption_key)


def _dedicated_key(subtest: Trial) -> None:
    def key_of(association: Association) -> bytes:
        key = association.security.dedicated_key
        assert key is not None
        return key

    _under_other_lengths(subtest, UNDER_DEDICATED_KEY, key_of)


def _authentication_key(subtest: Trial) -> None:
    form = first_of(subtest.settings, *UNDER_GLOBAL_KEY)
    assert form is not None
    association = opened(subtest, form)
    for title, key in _other_lengths(association.security.authentication_key):
        octets = association.security.protect(asking(association), form, authentication_key=key)
        judge_refused(subtest, association, octets, f"request with the authentication key: {title}")


def _wrapped(settings: AssociationSettings, keys: Mapping[int, Secret]) -> Iterator[Forgery]:
    """A key of the other suite's length, and one that is wrapped under a master key of that length."""
    assert settings.master_key is not None
    kek, key = settings.master_key.reveal(), keys[_GUEK].reveal()
    wanted = len(key)
    for _, other in _other_lengths(key):
        results = dict.fromkeys((other[:wanted].ljust(wanted, b"\0"), other[-wanted:].rjust(wanted, b"\0")))
        yield Forgery(((int(_GUEK), key_wrap.wrap(kek, other)),), tuple((int(_GUEK), result) for result in results))
    for _, other in _other_lengths(kek):
        yield Forgery(((int(_GUEK), key_wrap.wrap(other, key)),), ((int(_GUEK), key),))


def _transferred(subtest: Trial) -> None:
    judge_forgeries(subtest, _wrapped)


_SUBTESTS = (
    Subtest(
        1,
        "each declared protection",
        procedure="opens as declared; asks for the logical_name under each declared protection with a symmetric key",
        accepts="the logical_name, protected alike, security control of the declared suite",
        argument=_served,
    ),
    Subtest(
        2,
        "f(CtoS) of mechanism 5",
        procedure="opens, sends pass 3",
        accepts="the right f(CtoS), its security control of the declared suite",
        applies=gmac,
        argument=_pass_4,
    ),
    Subtest(
        3,
        "f(StoC) of mechanism 5 in other suites",
        procedure="opens, sends pass 3 whose security control says another suite",
        accepts=f"{NOT_SERVED}; then nothing is served",
        applies=gmac,
        permission=Permission.MAY_LOCK_OUT,
        argument=_pass_3_of_other_suites,
    ),
    Subtest(
        4,
        "global key of the other length",
        procedure="opens as declared; asks under the global key cut to 16 octets (suite 1: made 32 octets long)",
        accepts=_REFUSED,
        applies=_under_global_key,
        argument=_global_key,
    ),
    Subtest(
        5,
        "dedicated key of the other length",
        procedure="opens as declared; asks under the dedicated key cut to 16 octets (suite 1: made 32 octets long)",
        accepts=_REFUSED,
        applies=declares(*UNDER_DEDICATED_KEY),
        argument=_dedicated_key,
    ),
    Subtest(
        6,
        "authentication key of the other length",
        procedure="opens as declared; asks with the authentication key cut to 16 octets (suite 1: made 32 octets long)",
        accepts=_REFUSED,
        applies=_under_global_key,
        argument=_authentication_key,
    ),
    Subtest(
        7,
        "key transfer of the other length",
        procedure="transfers a GUEK of the other suite's length, and one wrapped under a master key of that length",
        expectation=FORGED,
        applies=logical_names & negotiates(ConformanceBit.ACTION) & key_transfer,
        permission=Permission.CHANGES_KEYS,
        argument=_transferred,
    ),
)


@case("X_SEC_SUITE_1_CIPHERING", title="AES-GCM-128", clause=_CLAUSE, applies=suite(1) & ciphered)
@subtests(*_SUBTESTS)
def test_suite_1_ciphering(subtest: Trial) -> None:
    """A meter of suite 1 ciphers under keys of 16 octets, says so in each security control, and takes no others."""
    _judge(subtest)


@case("X_SEC_SUITE_2_CIPHERING", title="AES-GCM-256", clause=_CLAUSE, applies=suite(2) & ciphered)
@subtests(*_SUBTESTS)
def test_suite_2_ciphering(subtest: Trial) -> None:
    """A meter of suite 2 ciphers under keys of 32 octets, says so in each security control, and takes no others."""
    _judge(subtest)


def _judge(subtest: Trial) -> None:
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
