"""Which key protects each step of an association: declared for this meter, and kept to by it."""

from conformance.device.model import AssociationSettings, Protection
from conformance.dlms.acse.aare import Aare
from conformance.dlms.xdlms.event_notification import EventNotificationRequest
from conformance.dlms.xdlms.notification import DataNotification
from conformance.harness.applicability import ciphered, dedicated_key, high_level
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.key_conditions import UNDER_DEDICATED_KEY, UNDER_GLOBAL_KEY, declares, first_of
from conformance.harness.plain_requests import unknown_object_request
from conformance.harness.protected_exchange import opened
from conformance.harness.push_trials import ear, push_and_hear, setups_of
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted
from conformance.tester.accepted_services import access_error
from conformance.tester.association import Association
from conformance.tester.key_in_use import key_in_use
from conformance.tester.liveness import ALIVE, question
from conformance.tester.reaction import Reaction, Reply, Silence
from conformance.tester.seen import seen

_SYMMETRIC = (*UNDER_GLOBAL_KEY, *UNDER_DEDICATED_KEY)
_NOTIFICATIONS = (DataNotification, EventNotificationRequest)
_TELLING = (Protection.NONE, Protection.GENERAL_GLO, Protection.GENERAL_DED)
"""Pushes that tell which of the two keys they are under."""


def _opening_form(settings: AssociationSettings) -> Protection:
    """The form under which the association is opened: with a dedicated key where one is declared."""
    form = first_of(settings, *UNDER_DEDICATED_KEY) or first_of(settings, *UNDER_GLOBAL_KEY)
    assert form is not None
    return form


def _initiate_response(subtest: Trial) -> None:
    association = subtest.another(protection=_opening_form(subtest.settings))
    reaction = association.open()
    aare = reaction.value if isinstance(reaction, Reply) else None
    if isinstance(aare, Aare) and aare.user_information:
        _judge_key(subtest, association, "global", aare.user_information, reaction, "the InitiateResponse")
    subtest.judge(reaction, accepted(), association=association)


def _pass_4(subtest: Trial) -> None:
    association = subtest.another(protection=_opening_form(subtest.settings))
    subtest.judge(association.open(), accepted(), association=association)
    reaction = association.authenticate()
    declared = subtest.settings.pass4_key if association.security.dedicated_key is not None else "global"
    _judge_reply_key(subtest, association, declared, reaction, "pass 4")
    fault = association.pass4_fault(reaction)
    subtest.check(
        fault is None,
        expected="action-response success with the right f(CtoS)",
        observed=fault or "f(CtoS) is right",
        reaction=reaction,
        path="action-response",
    )


def _replies(subtest: Trial) -> None:
    forms = subtest.argument
    assert isinstance(forms, tuple)
    settings = subtest.settings
    opening = _opening_form(settings)
    for form in (form for form in settings.protections if form in forms):
        association = opened(subtest, form if form.dedicated else opening)
        asked = "dedicated" if form.dedicated else "global"
        declared = asked if settings.reply_key == "as-request" else settings.reply_key
        for name, stimulus, expectation in (
            ("a service", question(association), ALIVE),
            ("an error", unknown_object_request(settings), access_error()),
        ):
            with subtest.step(f"{name} under {form.value}"):
                reaction = association.request(stimulus.under(form))
                _judge_reply_key(subtest, association, declared, reaction, "the reply")
                subtest.judge(reaction, expectation, association=association)
        association.close()


def _notifications(subtest: Trial) -> None:
    association = opened(subtest, _opening_form(subtest.settings))
    reaction = association.receive()
    if not isinstance(reaction, Silence):
        _judge_notification(subtest, association, reaction)
        return
    setup = next((item for item in setups_of(subtest) if item.protection in _TELLING), None)
    if setup is None:
        subtest.inapplicable(f"association {subtest.settings.name}: the meter notified nothing meanwhile")
    association.close()
    with ear(subtest, setup) as listening:
        heard = push_and_hear(subtest, listening, setup).heard[0]
        _judge_notification(subtest, listening.association, heard.reaction)


def _judge_notification(subtest: Trial, association: Association, reaction: Reaction) -> None:
    declared = subtest.settings.notification_key
    if declared == "none":
        subtest.check(
            isinstance(reaction, Reply) and reaction.protected is None,
            expected="a notification in clear, as declared",
            observed=seen(reaction),
            reaction=reaction,
        )
    else:
        _judge_reply_key(subtest, association, declared, reaction, "the notification")
    value = reaction.value if isinstance(reaction, Reply) else None
    subtest.check(
        isinstance(value, _NOTIFICATIONS),
        expected="a notification, or nothing: nothing was asked",
        observed=seen(reaction),
        reaction=reaction,
    )


def _judge_reply_key(subtest: Trial, association: Association, declared: str, reaction: Reaction, what: str) -> None:
    octets = reaction.apdu if isinstance(reaction, Reply) else b""
    _judge_key(subtest, association, declared, octets, reaction, what)


def _judge_key(
    subtest: Trial, association: Association, declared: str, octets: bytes, reaction: Reaction, what: str
) -> None:
    """The key that really protects `octets` is the declared one."""
    used = key_in_use(octets, association.security)
    if used is not None:
        observed = f"{what} is under the {used} key"
    else:
        observed = f"{what} is under neither the global nor the dedicated key: {seen(reaction)}"
    subtest.check(
        used == declared,
        expected=f"{what} under the {declared} key, as declared",
        observed=observed,
        reaction=reaction,
    )


@case(
    "X_SEC_KEYS",
    title="The key of each step",
    clause="IEC 62056-5-3, dedicated-key; service-specific and general ciphering, global and dedicated key",
    applies=ciphered & declares(*_SYMMETRIC),
)
@subtests(
    Subtest(
        1,
        "InitiateResponse",
        procedure="opens, with a dedicated key where one is declared",
        accepts="InitiateResponse under the global key: the dedicated one serves the established association",
        argument=_initiate_response,
    ),
    Subtest(
        2,
        "pass 4",
        procedure="opens, with a dedicated key where one is declared, sends pass 3 under pass3_key",
        accepts="pass 4 under pass4_key; the global key where no dedicated one was sent",
        applies=high_level,
        argument=_pass_4,
    ),
    Subtest(
        3,
        "replies to requests under the global key",
        procedure="opens, with a dedicated key where one is declared, asks under the global key; also for an error",
        accepts="replies under reply_key: as-request means the global key",
        applies=declares(*UNDER_GLOBAL_KEY),
        argument=UNDER_GLOBAL_KEY,
    ),
    Subtest(
        4,
        "replies to requests under the dedicated key",
        procedure="opens with a dedicated key, asks under it; also for an error",
        accepts="replies under reply_key: as-request means the dedicated key",
        applies=dedicated_key,
        argument=UNDER_DEDICATED_KEY,
    ),
    Subtest(
        5,
        "notifications",
        procedure="opens, waits the response timeout for what the meter sends unasked; then invokes a declared push()",
        accepts="notifications under notification_key; none at all cannot be judged",
        waits=lambda device: device.timing.response_timeout_s,
        argument=_notifications,
    ),
)
def test_keys(subtest: Trial) -> None:
    """A meter protects the InitiateResponse, pass 4, replies and notifications with the key that is declared for each.

    Meters differ in the key of passes 3 and 4 where a dedicated key was sent; both ends must know it beforehand.
    """
    if subtest.number in (3, 4):
        _replies(subtest)
        return
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
