"""general-ciphering: a ciphered APDU that says between whom, in which transaction and under which key."""

from collections.abc import Callable
from dataclasses import replace

from conformance.device.model import Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.security.control import BROADCAST_KEY, COMPRESSED, SecurityControl
from conformance.dlms.security.general_ciphering import AgreedKey, GeneralCiphering, WrappedKey
from conformance.dlms.security.suite import suite_of
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.key_conditions import (
    first_of,
    general_ciphering,
    identified_key,
    one_pass_key,
    static_key,
    wrapped_key,
)
from conformance.harness.openings import NOT_SERVED
from conformance.harness.plain_requests import unknown_object_request
from conformance.harness.protected_exchange import asking, judge_opened, judge_refused, judge_served, opened
from conformance.harness.security_applicability import authenticated_requests
from conformance.harness.trial import Trial
from conformance.tester import spoilt_keys
from conformance.tester.accepted_protection import answered_alike
from conformance.tester.accepted_services import access_error, refused
from conformance.tester.association import Association
from conformance.tester.content_key import ContentKey
from conformance.tester.general_request import Heading, ciphered, content_key, heading
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.security import ClientSecurity
from conformance.tester.stimulus import raw

_FORMS = (Protection.GENERAL_CIPHERING, Protection.GENERAL_CIPHERING_SIGNED)
_STRANGER = b"STRANGER"
_EXCHANGES = 3
_UNKNOWN_IDS = (1, 2, 0xFF)
_UNKNOWN_SCHEMES = (b"\x00", b"\x03", b"\xff", b"")

Spoilt = Callable[[ClientSecurity, Heading], ContentKey]


def _form(subtest: Trial) -> Protection:
    """The declared form; where it is signed too, passes 3 and 4 are, and the requests of this case are not."""
    form = first_of(subtest.settings, *_FORMS)
    assert form is not None
    return form


def _opened(subtest: Trial) -> Association:
    return opened(subtest, _form(subtest))


def _request(association: Association, head: Heading | None = None, made: ContentKey | None = None) -> bytes:
    """The question for the association's name under general-ciphering, with a tag that is right."""
    security = association.security
    head = head or heading(security)
    return ciphered(security, asking(association), head, made or content_key(security, head))


def _serves(subtest: Trial) -> None:
    association = judge_opened(subtest, _form(subtest))
    told: list[object] = []
    for number in range(1, _EXCHANGES + 1):
        with subtest.step(f"request {number}"):
            reaction = judge_served(subtest, association, _request(association), "general-ciphering as declared")
            _judge_nonce(subtest, reaction, told)


def _judge_nonce(subtest: Trial, reaction: Reaction, told: list[object]) -> None:
    """The key of a reply is a new one, or its counter one that no earlier reply under the key had."""
    apdu = apdus.decode(reaction.apdu) if isinstance(reaction, Reply) else None
    assert isinstance(apdu, GeneralCiphering)
    match apdu.key_info:
        case WrappedKey(_, octets) | AgreedKey(_, octets) if octets:
            key: object = octets
        case AgreedKey():
            key = apdu.transaction_id
        case _:
            key = None
    nonce = key, apdu.invocation_counter
    subtest.check(
        nonce not in told,
        expected="a key of its own, or an invocation counter that no earlier reply had",
        observed=f"invocation counter {apdu.invocation_counter} under "
        + ("the key of an earlier reply" if nonce in told else "a key that had it not yet"),
        reaction=reaction,
        path="general-ciphering.key-info",
    )
    told.append(nonce)


def _serves_without_titles(subtest: Trial) -> None:
    association = _opened(subtest)
    security = association.security
    for name, head in (
        ("no originator", replace(heading(security), originator=b"")),
        ("no recipient", replace(heading(security), recipient=b"")),
    ):
        with subtest.step(name):
            octets = _request(association, head)
            reaction = association.request(raw(octets, f"general-ciphering, {name}"))
            subtest.judge(reaction, answered_alike(octets, security) | refused(), association=association)
            subtest.alive(association)


def _carries_further_fields(subtest: Trial) -> None:
    association = _opened(subtest)
    date_time = bytes.fromhex("07E60101FF0C000000800000")
    head = replace(heading(association.security), date_time=date_time, other_information=b"other")
    judge_served(subtest, association, _request(association, head), "date-time and other-information")


def _error_protected(subtest: Trial) -> None:
    association = _opened(subtest)
    security = association.security
    head = heading(security)
    plain = unknown_object_request(association.settings).octets
    octets = ciphered(security, plain, head, content_key(security, head))
    judge_served(subtest, association, octets, "a request for what no meter has", access_error())


def _wrong_parties(subtest: Trial) -> None:
    association = _opened(subtest)
    security = association.security
    client, server = security.client_title, security.server_title
    for name, originator, recipient in (
        ("the titles swapped", server, client),
        ("another recipient", client, _STRANGER),
        ("the client as its own recipient", client, client),
        ("another originator", _STRANGER, server),
    ):
        head = replace(heading(security), originator=originator, recipient=recipient)
        # Under the key that both hold, the nonces that begin with the meter's title are the meter's.
        nonce_title = client if originator == server else originator
        made = content_key(security, head)
        octets = ciphered(security, asking(association), head, made, nonce_title=nonce_title)
        judge_refused(subtest, association, octets, name)


def _changed_headings(subtest: Trial) -> None:
    association = _opened(subtest)
    for name, changed in (
        ("transaction-id", {"transaction_id": bytes(8)}),
        ("recipient left out", {"recipient_system_title": b""}),
        ("date-time put in", {"date_time": bytes.fromhex("07E60101FF0C000000800000")}),
        ("other-information put in", {"other_information": b"other"}),
    ):
        apdu = apdus.decode(_request(association))
        assert isinstance(apdu, GeneralCiphering)
        octets = replace(apdu, **changed).encode()  # type: ignore[arg-type]
        judge_refused(subtest, association, octets, f"{name}, after the tag was made")


def _wrong_controls(subtest: Trial) -> None:
    association = _opened(subtest)
    security = association.security
    own = security.security_control.octet
    for name, octet in (
        ("Key_Set", own | BROADCAST_KEY),
        ("compression, of what is not compressed", own | COMPRESSED),
        ("a reserved security suite", own & 0xF0 | 0x0F),
        ("another security suite", own & 0xF0 | (0x01 if not own & 0x0F else 0x00)),
    ):
        head = heading(security)
        control = SecurityControl.from_octet(octet)
        octets = ciphered(security, asking(association), head, content_key(security, head), control=control)
        judge_refused(subtest, association, octets, name)


def _wrong_tags(subtest: Trial) -> None:
    association = _opened(subtest)
    octets = _request(association)
    judge_refused(subtest, association, octets[:-1] + bytes((octets[-1] ^ 0x01,)), "one bit of the tag wrong")
    apdu = apdus.decode(_request(association))
    assert isinstance(apdu, GeneralCiphering)
    for cut in (1, len(apdu.content)):
        octets = replace(apdu, content=apdu.content[:-cut]).encode()
        judge_refused(subtest, association, octets, f"{cut} octets of the content missing")


def _again(subtest: Trial) -> None:
    association = _opened(subtest)
    octets = _request(association)
    with subtest.step("the request, for the first time"):
        judge_served(subtest, association, octets, "general-ciphering as declared")
    judge_refused(subtest, association, octets, "the same octets again")


def _transaction_again(subtest: Trial) -> None:
    association = _opened(subtest)
    security = association.security
    head = heading(security)
    with subtest.step("a request of a new transaction"):
        judge_served(subtest, association, _request(association, head), "general-ciphering as declared")
    made = content_key(security, head)
    octets = ciphered(security, asking(association), head, made, counter=1)
    judge_refused(subtest, association, octets, "a further request with the same transaction-id, counter 1")
    octets = _request(association, replace(heading(security), transaction_id=b""))
    judge_refused(subtest, association, octets, "a transaction-id of no octets")


def _unknown_key_ids(subtest: Trial) -> None:
    for number in _UNKNOWN_IDS:
        _spoilt(subtest, f"key-id {number}", lambda security, _, n=number: spoilt_keys.identified(security, n))


def _unknown_kek_ids(subtest: Trial) -> None:
    for number in _UNKNOWN_IDS:
        _spoilt(subtest, f"kek-id {number}", lambda security, _, n=number: spoilt_keys.wrapped_under(security, n))


def _damaged_wraps(subtest: Trial) -> None:
    last = subtest.settings.key_octets + 7
    for octet in (0, 8, last):
        _spoilt(
            subtest,
            f"one bit of octet {octet} of the wrapped key wrong",
            lambda security, _, at=octet: spoilt_keys.wrapped_and_damaged(security, at),
        )
    _spoilt(
        subtest,
        "another integrity check value than RFC 3394 has",
        lambda security, _: spoilt_keys.wrapped_with_wrong_integrity(security),
    )


def _wrapped_lengths(subtest: Trial) -> None:
    other = 16 if subtest.settings.key_octets == 32 else 32
    _spoilt(
        subtest,
        f"a wrapped key of {other} octets",
        lambda security, _: spoilt_keys.wrapped_of_length(security, other),
    )


def _unknown_schemes(subtest: Trial) -> None:
    for parameters in _UNKNOWN_SCHEMES:
        _spoilt(
            subtest,
            f"key-parameters {parameters.hex().upper() or 'of no octets'}",
            lambda security, head, told=parameters: spoilt_keys.agreed_by(security, head, told),
        )


def _ephemeral_signatures(subtest: Trial) -> None:
    _spoilt(subtest, "one bit of the signature wrong", spoilt_keys.one_pass_signature_damaged)
    _spoilt(subtest, "signed by somebody else", spoilt_keys.one_pass_signed_by_stranger)
    _spoilt(subtest, "not signed", spoilt_keys.one_pass_unsigned)


def _off_the_curve(subtest: Trial) -> None:
    _spoilt(subtest, "(0, 0), signed", lambda security, _: spoilt_keys.one_pass_off_the_curve(security))


def _data_of_static(subtest: Trial) -> None:
    octets = 2 * suite_of(subtest.settings.security_suite).coordinate_octets
    _spoilt(
        subtest,
        "key-ciphered-data that the scheme does not have",
        lambda security, head: spoilt_keys.static_with_data(security, head, bytes(octets)),
    )


def _spoilt(subtest: Trial, name: str, make: Spoilt) -> None:
    """Judge that a request under a key that must not be taken is refused."""
    with subtest.step(name):
        association = _opened(subtest)
        head = heading(association.security)
        judge_refused(subtest, association, _request(association, head, make(association.security, head)), name)
        association.close()


@case(
    "X_SEC_GENERAL_CIPHERING",
    title="general-ciphering with each key-info",
    clause="IEC 62056-5-3, general-ciphering; key agreement",
    applies=general_ciphering,
)
@subtests(
    Subtest(
        1,
        "requests under the declared kind of key",
        procedure=f"opens, asks {_EXCHANGES} times under general-ciphering",
        accepts="the logical name of the association under a key of the same kind, the transaction-id echoed, the "
        "titles in each other's place; never a nonce twice",
        argument=_serves,
    ),
    Subtest(
        2,
        "titles of no octets",
        procedure="opens, asks without the originator's title, then without the recipient's",
        accepts="the logical name of the association, protected alike, or a refusal; the association serves on",
        argument=_serves_without_titles,
    ),
    Subtest(
        3,
        "date-time and other-information",
        procedure="opens, asks with both fields filled",
        accepts="the logical name of the association; the tag covers both fields",
        argument=_carries_further_fields,
    ),
    Subtest(
        4,
        "an error reply",
        procedure="opens, asks for an object that no meter has",
        accepts="a data-access-result, protected as the request",
        argument=_error_protected,
    ),
    Subtest(
        5,
        "titles of others",
        procedure="opens, asks with the titles swapped, with another recipient, as its own recipient, as another "
        "originator, each with a tag that is right",
        expectation=NOT_SERVED,
        argument=_wrong_parties,
    ),
    Subtest(
        6,
        "header fields changed after the tag was made",
        procedure="opens, asks with another transaction-id, without recipient, with date-time, with other-information",
        expectation=NOT_SERVED,
        applies=authenticated_requests,
        argument=_changed_headings,
    ),
    Subtest(
        7,
        "security control",
        procedure="opens, asks with Key_Set, with compression, in a reserved and in another security suite",
        expectation=NOT_SERVED,
        argument=_wrong_controls,
    ),
    Subtest(
        8,
        "wrong and missing tags",
        procedure="opens, asks with one bit of the tag wrong, with 11 octets of it, without any content",
        expectation=NOT_SERVED,
        applies=authenticated_requests,
        argument=_wrong_tags,
    ),
    Subtest(
        9,
        "the same request again",
        procedure="opens, asks, sends the same octets again",
        expectation=NOT_SERVED,
        argument=_again,
    ),
    Subtest(
        10,
        "identified key: unknown key-id",
        procedure="opens, asks under the global key with key-ids 1 (broadcast), 2 and 255",
        expectation=NOT_SERVED,
        applies=identified_key,
        argument=_unknown_key_ids,
    ),
    Subtest(
        11,
        "wrapped key: unknown kek-id",
        procedure="opens, asks under a new key wrapped under the master key, with kek-ids 1, 2 and 255",
        expectation=NOT_SERVED,
        applies=wrapped_key,
        argument=_unknown_kek_ids,
    ),
    Subtest(
        12,
        "wrapped key: damaged",
        procedure="opens, asks with one bit of the wrapped key wrong in three places, with a wrong integrity value",
        expectation=NOT_SERVED,
        applies=wrapped_key,
        argument=_damaged_wraps,
    ),
    Subtest(
        13,
        "wrapped key: wrong length",
        procedure="opens, asks under a wrapped key of the other key length, 16 or 32 octets",
        expectation=NOT_SERVED,
        applies=wrapped_key,
        argument=_wrapped_lengths,
    ),
    Subtest(
        14,
        "agreed key, C(1e, 1s): signature of the ephemeral key",
        procedure="opens, asks with the signature wrong by one bit, by somebody else, and without one",
        expectation=NOT_SERVED,
        applies=one_pass_key,
        argument=_ephemeral_signatures,
    ),
    Subtest(
        15,
        "agreed key, C(1e, 1s): no point of the curve",
        procedure="opens, asks with the ephemeral key (0, 0), rightly signed, under the key made of a secret of zeros",
        expectation=NOT_SERVED,
        applies=one_pass_key,
        argument=_off_the_curve,
    ),
    Subtest(
        16,
        "agreed key, C(1e, 1s): unknown scheme",
        procedure="opens, asks with key-parameters 00, 03, FF and of no octets",
        expectation=NOT_SERVED,
        applies=one_pass_key,
        argument=_unknown_schemes,
    ),
    Subtest(
        17,
        "agreed key, C(0e, 2s): transaction-id",
        procedure="opens, asks twice with one transaction-id, the second time with counter 1; asks without any",
        expectation=NOT_SERVED,
        applies=static_key,
        argument=_transaction_again,
    ),
    Subtest(
        18,
        "agreed key, C(0e, 2s): unknown scheme",
        procedure="opens, asks with key-parameters 00, 03, FF and of no octets",
        expectation=NOT_SERVED,
        applies=static_key,
        argument=_unknown_schemes,
    ),
    Subtest(
        19,
        "agreed key, C(0e, 2s): key-ciphered-data",
        procedure="opens, asks with key-ciphered-data as long as a public key",
        expectation=NOT_SERVED,
        applies=static_key,
        argument=_data_of_static,
    ),
)
def test_general_ciphering(subtest: Trial) -> None:
    """A meter takes general-ciphering between the right parties, under a key that is rightly told, and answers alike.

    Each refusal is asked for with a tag that is right under the key that a careless meter would use: nothing but the
    one thing that is wrong can be what it refuses.
    """
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
