"""general-glo-ciphering and general-ded-ciphering: any APDU under the global or the dedicated key, titled."""

from conformance.device.model import Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.security.ciphered import GeneralDedicated, GeneralGlobal
from conformance.dlms.security.control import BROADCAST_KEY, SecurityControl
from conformance.harness.applicability import ciphered, dedicated_key
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.key_conditions import declares
from conformance.harness.openings import NOT_SERVED
from conformance.harness.plain_requests import unknown_object_request
from conformance.harness.protected_exchange import asking, judge_opened, judge_refused, judge_served, opened
from conformance.harness.security_applicability import authenticated_requests
from conformance.harness.trial import Trial
from conformance.tester.accepted_protection import counter_of
from conformance.tester.accepted_services import access_error
from conformance.tester.association import Association
from conformance.tester.reaction import Reply

_CLAUSE = "IEC 62056-5-3, general-glo-ciphering and general-ded-ciphering"
_STRANGER = b"STRANGER"
_EXCHANGES = 3
_SERVED = "the logical name of the association, in the same form, under the same key, with the meter's title or none"


def _form(subtest: Trial) -> Protection:
    """The protection that the case is about."""
    return Protection.GENERAL_DED if subtest.case.id == "X_SEC_GENERAL_DED" else Protection.GENERAL_GLO


def _protected(
    association: Association,
    *,
    title: bytes | None = None,
    control: SecurityControl | None = None,
    key: bytes | None = None,
) -> bytes:
    """The question for the association's name under its general protection."""
    security = association.security
    return security.protect(asking(association), association.protection, title=title, control=control, key=key)


def _retitled(association: Association, title: bytes) -> bytes:
    """A request whose tag is right for the client's title, and which carries another."""
    apdu = apdus.decode(_protected(association))
    assert isinstance(apdu, (GeneralGlobal, GeneralDedicated))
    return type(apdu)(title, apdu.security_control, apdu.invocation_counter, apdu.content).encode()


def _serves(subtest: Trial) -> None:
    association = judge_opened(subtest, _form(subtest))
    last = -1
    for number in range(1, _EXCHANGES + 1):
        with subtest.step(f"request {number}"):
            own_title = association.security.client_title
            reaction = judge_served(subtest, association, _retitled(association, own_title), "the title in the APDU")
            counter = counter_of(reaction) if isinstance(reaction, Reply) else None
            subtest.check(
                counter is not None and counter > last,
                expected=f"an invocation counter above {last}" if last >= 0 else "an invocation counter",
                observed=f"invocation counter {counter}",
                reaction=reaction,
            )
            last = -1 if counter is None else counter


def _serves_without_title(subtest: Trial) -> None:
    association = opened(subtest, _form(subtest))
    judge_served(subtest, association, _retitled(association, b""), "a title of no octets")


def _error_protected(subtest: Trial) -> None:
    association = opened(subtest, _form(subtest))
    plain = unknown_object_request(association.settings).octets
    octets = association.security.protect(plain, association.protection)
    judge_served(subtest, association, octets, "a request for what no meter has", access_error())


def _foreign_titles(subtest: Trial) -> None:
    association = opened(subtest, _form(subtest))
    security = association.security
    for name, title in (("a stranger's title", _STRANGER), ("a title of zeros", bytes(8))):
        judge_refused(subtest, association, _protected(association, title=title), f"{name}, in the nonce too")
    judge_refused(subtest, association, _retitled(association, security.server_title), "the meter's own title")


def _titles_of_wrong_length(subtest: Trial) -> None:
    association = opened(subtest, _form(subtest))
    own = association.security.client_title
    for title in (own[:1], own[:7], own + b"\x00", own * 2):
        judge_refused(subtest, association, _retitled(association, title), f"a title of {len(title)} octets")


def _broken(subtest: Trial) -> None:
    association = opened(subtest, _form(subtest))
    octets = _protected(association)
    judge_refused(subtest, association, octets[:-1] + bytes((octets[-1] ^ 0x01,)), "one bit of the tag wrong")
    apdu = apdus.decode(_protected(association))
    assert isinstance(apdu, (GeneralGlobal, GeneralDedicated))
    head = apdu.security_control, apdu.invocation_counter
    cut = type(apdu)(association.security.client_title, *head, apdu.content[:-1]).encode()
    judge_refused(subtest, association, cut, "the tag one octet short")
    empty = type(apdu)(association.security.client_title, *head, b"").encode()
    judge_refused(subtest, association, empty, "no content at all")


def _key_set(subtest: Trial) -> None:
    association = opened(subtest, _form(subtest))
    control = SecurityControl.from_octet(association.security.security_control.octet | BROADCAST_KEY)
    octets = _protected(association, control=control)
    judge_refused(subtest, association, octets, "the bit Key_Set, the content under the unicast key")


def _other_key(subtest: Trial) -> None:
    dedicated = next(form for form in subtest.settings.protections if form.dedicated)
    association = opened(subtest, dedicated)
    security = association.security
    own = _form(subtest)
    key = security.encryption_key if own.dedicated else security.dedicated_key
    # The global key's counter is new under both keys, and high enough under either form.
    counter = security.next_counter(dedicated=False)
    octets = security.protect(asking(association), own, key=key, counter=counter)
    words = "the global key in general-ded-ciphering" if own.dedicated else "the dedicated key in general-glo-ciphering"
    judge_refused(subtest, association, octets, words)


_SUBTESTS = (
    Subtest(
        1,
        "requests with the client's title",
        procedure=f"opens, asks {_EXCHANGES} times with its own system title in the APDU",
        accepts=f"{_SERVED}, the invocation counter higher each time",
        argument=_serves,
    ),
    Subtest(
        2,
        "a request with a title of no octets",
        procedure="opens, asks with a system title of no octets: the association has told it",
        accepts=_SERVED,
        argument=_serves_without_title,
    ),
    Subtest(
        3,
        "an error reply",
        procedure="opens, asks for an object that no meter has",
        accepts="a data-access-result, in the same form and under the same key",
        argument=_error_protected,
    ),
    Subtest(
        4,
        "titles of others",
        procedure="opens, asks with a stranger's title, with zeros and with the meter's own title",
        expectation=NOT_SERVED,
        argument=_foreign_titles,
    ),
    Subtest(
        5,
        "titles of wrong lengths",
        procedure="opens, asks with titles of 1, 7, 9 and 16 octets",
        expectation=NOT_SERVED,
        argument=_titles_of_wrong_length,
    ),
    Subtest(
        6,
        "a wrong tag, a short tag, no content",
        procedure="opens, asks with one bit of the tag wrong, with 11 octets of it, and with no content at all",
        expectation=NOT_SERVED,
        applies=authenticated_requests,
        argument=_broken,
    ),
    Subtest(
        7,
        "the bit Key_Set",
        procedure="opens, asks with Key_Set in the security control, the content under the unicast or dedicated key",
        expectation=NOT_SERVED,
        argument=_key_set,
    ),
    Subtest(
        8,
        "the other key",
        procedure="opens with a dedicated key, asks under the key that does not go with the form",
        expectation=NOT_SERVED,
        applies=dedicated_key,
        argument=_other_key,
    ),
)


@case(
    "X_SEC_GENERAL_GLO",
    title="general-glo-ciphering",
    clause=_CLAUSE,
    applies=ciphered & declares(Protection.GENERAL_GLO),
)
@subtests(*_SUBTESTS)
def test_general_glo(subtest: Trial) -> None:
    """A meter takes general-glo-ciphering from its client under the global key only, and answers in the same form.

    A title of no octets is legal inside an established association, where both sides know it.
    """
    _run(subtest)


@case(
    "X_SEC_GENERAL_DED",
    title="general-ded-ciphering",
    clause=_CLAUSE,
    applies=ciphered & declares(Protection.GENERAL_DED),
)
@subtests(*_SUBTESTS)
def test_general_ded(subtest: Trial) -> None:
    """A meter takes general-ded-ciphering from its client under the dedicated key only, and answers in the same form.

    A title of no octets is legal inside an established association, where both sides know it.
    """
    _run(subtest)


def _run(subtest: Trial) -> None:
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
