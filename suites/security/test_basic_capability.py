"""What a ciphered association must be able to do: protect every reply, in its own name and with its own counter."""

from conformance.device.model import Protection
from conformance.dlms.acse.aare import Aare
from conformance.dlms.xdlms.exception_response import TAG as EXCEPTION
from conformance.harness.applicability import ciphered, high_level
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.plain_requests import unknown_object_request
from conformance.harness.security_applicability import lasting_key, protected_initiate, protecting
from conformance.harness.sending_counters import counters_of
from conformance.harness.trial import Trial
from conformance.tester.accepted_data_exchange import protected_reply, protection_mismatch
from conformance.tester.accepted_openings import accepted
from conformance.tester.accepted_services import refused
from conformance.tester.association import State
from conformance.tester.liveness import ALIVE, question
from conformance.tester.reaction import Reply
from conformance.tester.stimulus import raw

_SKIPPED = (0, 3, 1, 6)
"""Invocation counters that the client leaves out before each request: it counts otherwise than the meter."""


def _opening(subtest: Trial) -> None:
    association = subtest.association
    reaction = association.open()
    subtest.judge(reaction, accepted())
    assert isinstance(reaction, Reply)
    assert isinstance(reaction.value, Aare)
    protected, title = reaction.initiate_protected, reaction.value.responding_ap_title or b""
    subtest.check(
        len(title) == 8,
        expected="a responding-AP-title of 8 octets",
        observed=f"responding-AP-title {title.hex().upper() or 'absent'}",
        reaction=reaction,
        path="aare.responding-AP-title",
    )
    control = association.security.security_control
    expected = f"an InitiateResponse protected at least as {control}, in the meter's name"
    if protected is None:
        subtest.check(False, expected=expected, observed="an InitiateResponse in clear", reaction=reaction)
        return
    user_information = reaction.value.user_information or b""
    mismatch = protection_mismatch(user_information, protected, control, title)
    subtest.check(
        mismatch is None,
        expected=expected,
        observed=mismatch.reason if mismatch is not None else f"security control {protected.security_control}",
        reaction=reaction,
        path=mismatch.path if mismatch is not None else "",
    )


def _pass_4(subtest: Trial) -> None:
    association = subtest.association
    association.open()
    if association.state is not State.AUTHENTICATION_PENDING:
        subtest.inconclusive("the meter does not accept the AARQ as declared")
    sent, settings = association.pass3_protection, association.settings
    reaction = association.authenticate()
    form = sent
    if sent in (Protection.GLO, Protection.DED):
        form = Protection.DED if settings.pass4_key == "dedicated" and sent.dedicated else Protection.GLO
    elif sent in (Protection.GENERAL_GLO, Protection.GENERAL_DED):
        dedicated = settings.pass4_key == "dedicated" and sent.dedicated
        form = Protection.GENERAL_DED if dedicated else Protection.GENERAL_GLO
    subtest.judge(reaction, protected_reply(association, form=form))
    fault = association.pass4_fault(reaction)
    subtest.check(fault is None, expected="the right f(CtoS)", observed=fault or "f(CtoS) is right", reaction=reaction)


def _service(subtest: Trial) -> None:
    association = subtest.association
    association.establish()
    reaction = association.request(question(association))
    subtest.judge(reaction, protected_reply(association))
    subtest.judge(reaction, ALIVE)


def _error(subtest: Trial) -> None:
    association = subtest.association
    association.establish()
    reaction = association.request(unknown_object_request(association.settings))
    subtest.judge(reaction, refused())
    if isinstance(reaction, Reply) and reaction.tag == EXCEPTION and not association.protection.general:
        # The standard gives an exception-response no service-specific ciphered form.
        return
    subtest.judge(reaction, protected_reply(association))


def _own_counter(subtest: Trial) -> None:
    association, security = subtest.association, subtest.association.security
    association.establish()
    dedicated = subtest.protection.dedicated
    pairs: list[tuple[int, int]] = []
    for skipped in _SKIPPED:
        counter = [security.next_counter(dedicated=dedicated) for _ in range(skipped + 1)][-1]
        octets = security.protect(question(association).octets, subtest.protection, counter=counter)
        with subtest.step(f"request with invocation counter {counter}"):
            reaction = association.request(raw(octets, "the question for the logical name"))
            subtest.judge(reaction, ALIVE)
            found = counters_of(reaction)
            subtest.check(
                bool(found), expected="an invocation counter in the reply", observed=f"{len(found)} counters in it"
            )
        pairs.append((counter, found[0].value))
    echoed = len({reply - request for request, reply in pairs}) == 1
    told = ", ".join(f"{request} → {reply}" for request, reply in pairs)
    subtest.check(
        not echoed,
        expected="replies that count by themselves, whatever the requests count",
        observed=f"invocation counters, request → reply: {told}",
    )


@case(
    "T_SYMSEC_0_BasicCap_1",
    title="Protected exchange in the declared security suite",
    clause="IEC 62056-5-3, information security; xDLMS APDUs with cryptographic protection",
    applies=ciphered,
    variants=Variants.EACH_PROTECTION,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "AARQ as declared",
        procedure="sends the AARQ as declared",
        accepts="AARE accepted, its InitiateResponse protected at least as the request, opened with the meter's title",
        applies=protected_initiate,
        argument=_opening,
    ),
    Subtest(
        2,
        "a service",
        procedure="opens as declared, asks for the current association's logical_name",
        accepts="the logical_name in the declared form, tag valid, suite and protection of the request, meter's title",
        applies=protecting,
        argument=_service,
    ),
    Subtest(
        3,
        "a service that fails",
        procedure="opens as declared, asks for an object that no meter has",
        accepts="an error, protected as data would be; an exception-response has no service-specific form",
        applies=protecting,
        argument=_error,
    ),
    Subtest(
        4,
        "counters of both sides",
        procedure=f"opens as declared, asks {len(_SKIPPED)} times with gaps in the client's invocation counter",
        accepts="replies with a counter of the meter's own, which does not follow that of the requests",
        applies=lasting_key,
        argument=_own_counter,
    ),
    Subtest(
        5,
        "pass 4 of HLS",
        procedure="opens as declared, sends pass 3",
        accepts="f(CtoS) in an action-response that is protected under the declared key of pass 4",
        applies=high_level & protecting,
        argument=_pass_4,
    ),
)
def test_symsec_0_basiccap_1(subtest: Trial) -> None:
    """A meter protects each reply in a ciphered association at least as the request, in its own name.

    The identifier speaks of suite 0; the same procedure runs in the suite that the device config declares. A policy may
    demand more of replies than the request had: stronger protection is accepted.
    """
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
