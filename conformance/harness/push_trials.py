"""What the cases of pushes share: the declared Push setup objects, invoking push(), and hearing what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from conformance.cosem.names import ClassId
from conformance.cosem.push_setup import ATTRIBUTES, PUSH
from conformance.device.model import PushEvent, PushSetup
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import integer, octet_string, structure
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.harness.applicability import Claim, Condition
from conformance.harness.case import Subtest
from conformance.harness.refused_writes import write_request
from conformance.harness.trial import Trial
from conformance.harness.written_values import judge_written, left_as_found, target_value
from conformance.link.link import LinkError
from conformance.tester.accepted_methods import method_succeeds
from conformance.tester.association import Association
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.push_ear import MOST_HEARD, Heard, PushEar
from conformance.tester.reaction import Reaction
from conformance.tester.seen import seen
from conformance.tester.stimulus import Stimulus, aarq, apdu

CLAUSE: Final = "IEC 62056-5-3, DataNotification service; IEC 62056-6-2, Push setup (class_id 40)"
PUSHED: Final = integer(0)
"""What push() is invoked with."""
_MOST_BETWEEN: Final = 8
"""Notifications that may come before the reply to a request."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What came of a push().

    Attributes:
        reaction: to the invocation.
        heard: unasked, in order.
    """

    reaction: Reaction
    heard: tuple[Heard, ...]


def pushes(*transports: str, confirmed: bool | None = None, refused: bool = False) -> Condition:
    """The device config declares a Push setup of the association like this."""
    words = "a [[push.setup]] of this association"
    words += f" with transport {' or '.join(transports)}" if transports else ""
    words += "" if confirmed is None else f", {'' if confirmed else 'not '}confirmed"
    words += ", with refused associations" if refused else ""
    return Condition(words, lambda claim: bool(_setups(claim, transports, confirmed, refused)))


reports_events = Condition(
    "a [[push.event]] of this association",
    lambda claim: any(item.association == claim.association.name for item in claim.device.push.events),
)


def over_each_transport(procedure: str, accepts: str) -> tuple[Subtest, ...]:
    """A subtest for each way on which pushes go; its argument is the transport."""
    ways = (("tcp", "over TCP"), ("udp", "over UDP"), ("own-line", "on the line of the association"))
    return tuple(
        Subtest(number, title, procedure=procedure, accepts=accepts, applies=pushes(transport), argument=transport)
        for number, (transport, title) in enumerate(ways, 1)
    )


def transport_of(subtest: Trial) -> str:
    """The transport that a subtest is about."""
    assert isinstance(subtest.argument, str)  # noqa: S101 - declared by `over_each_transport`
    return subtest.argument


def setups_of(subtest: Trial, *transports: str, confirmed: bool | None = None) -> list[PushSetup]:
    """The Push setup objects that are declared for the subtest's association."""
    claim = Claim(subtest.bench.device, subtest.settings, subtest.protection)
    return _setups(claim, transports, confirmed, refused=False)


def events_of(subtest: Trial) -> list[PushEvent]:
    """The events that are declared for the subtest's association."""
    return [item for item in subtest.bench.device.push.events if item.association == subtest.settings.name]


def attribute(setup: PushSetup, number: int) -> AttributeDescriptor:
    """An attribute of a Push setup object."""
    return AttributeDescriptor(ClassId.PUSH_SETUP, setup.instance_id, number)


def held(subtest: Trial, association: Association, setup: PushSetup, number: int) -> Data:
    """What an attribute of a Push setup object holds.

    Raises:
        Inconclusive: it cannot be read.
    """
    with subtest.step(f"reads {ATTRIBUTES[number]} of {named(setup)}"):
        return target_value(subtest, association, attribute(setup, number))


def push_request(setup: PushSetup, parameters: Data | None = PUSHED) -> Stimulus:
    """push(), with these parameters; None for none."""
    method = MethodDescriptor(ClassId.PUSH_SETUP, setup.instance_id, PUSH)
    words = "" if parameters == PUSHED else " without parameter" if parameters is None else " with another parameter"
    request = ActionRequestNormal(INVOKE_ID_AND_PRIORITY, method, parameters)
    return apdu(request.encode(), f"push() of {named(setup)}{words}")


@contextmanager
def ear(
    subtest: Trial, setup: PushSetup, association: Association | None = None, *, pdu_octets: int | None = None
) -> Iterator[PushEar]:
    """Listens for what a setup pushes, its association open and its destination as declared; ends as it was found.

    Args:
        subtest: runs.
        setup: of its association.
        association: in place of the one that the setup is declared for.
        pdu_octets: client-max-receive-pdu-size in place of the declared one.

    Raises:
        Inconclusive: the tester cannot listen, or the destination not be set.
        PreambleFailed: the association does not open.
    """
    declared = subtest.bench.device.association(setup.association)
    form = next((item for item in declared.protections if item.dedicated), None)
    with ExitStack() as stack:
        if association is None:
            dedicated = form is not None and setup.protection.dedicated
            association = subtest.another(setup.association, protection=form if dedicated else None)
            values = {} if pdu_octets is None else {"client_max_receive_pdu_size": pdu_octets}
            association.establish(aarq(**values))
            if setup.destination is not None:
                stack.enter_context(_destined(subtest, setup, association))
        made = PushEar(association, subtest.bench.listeners(), setup.protection)
        stack.callback(made.close)
        try:
            made.open()
        except LinkError as error:
            subtest.inconclusive(str(error))
        yield made
        association.close()


def push_and_hear(
    subtest: Trial,
    made: PushEar,
    setup: PushSetup,
    *,
    most: int = 1,
    seconds: float | None = None,
    confirm: Callable[[Heard], bool] = lambda _: True,
) -> Pushed:
    """Invoke push(), judge that it succeeds, and give what comes; `confirm` says which of it is confirmed.

    Raises:
        Failed: push() did not succeed, or nothing came.
    """
    reaction, early = asked(made.association, push_request(setup))
    subtest.judge(reaction, method_succeeds(), association=made.association)
    limit = subtest.bench.device.push.timeout_s if seconds is None else seconds
    heard = [*early, *hear(made, setup, limit, most, confirm)]
    subtest.check(
        bool(heard),
        expected=f"a data-notification within {limit:g} s",
        observed=f"push() of {named(setup)} succeeded, and {'what is pushed' if heard else 'nothing'} came",
        reaction=reaction,
    )
    return Pushed(reaction, tuple(heard))


def the_notification(subtest: Trial, pushed: Pushed) -> Heard:
    """What was heard first, judged to be a data-notification that opens and decodes.

    Raises:
        Failed: it is something else.
    """
    first = pushed.heard[0]
    subtest.check(
        first.notification is not None,
        expected="a data-notification that opens and decodes",
        observed=seen(first.reaction),
        reaction=first.reaction,
        path=getattr(first.reaction, "path", ""),
    )
    return first


def hear(
    made: PushEar,
    setup: PushSetup,
    seconds: float,
    most: int = MOST_HEARD,
    confirm: Callable[[Heard], bool] = lambda _: False,
) -> list[Heard]:
    """What a setup sends within `seconds`, to wherever it sends."""
    if setup.transport == "own-line":
        return made.hear_on_the_line(seconds, most=most)
    return made.hear(seconds, most, confirm=confirm)


def asked(association: Association, stimulus: Stimulus) -> tuple[Reaction, list[Heard]]:
    """The reply to a request, and the notifications that came before it on the same line."""
    before: list[Heard] = []
    clock = association.data_link.line.clock
    reaction = association.request(stimulus)
    for _ in range(_MOST_BETWEEN):
        heard = Heard(reaction, "own-line", clock.now(), longest_pdu=len(getattr(reaction, "apdu", b"")))
        if heard.notification is None and heard.event is None:
            break
        before.append(heard)
        reaction = association.receive()
    return reaction, before


def other_parameters() -> Data:
    """A parameter that push() does not have."""
    return structure(octet_string(b"push"))


def _setups(claim: Claim, transports: tuple[str, ...], confirmed: bool | None, refused: bool) -> list[PushSetup]:
    return [
        item
        for item in claim.device.push.setups
        if item.association == claim.association.name
        and (not transports or item.transport in transports)
        and confirmed in (None, item.confirmed)
        and (item.refused or not refused)
    ]


@contextmanager
def _destined(subtest: Trial, setup: PushSetup, association: Association) -> Iterator[None]:
    """Inside, the meter pushes to this tester; afterwards to where it did before."""
    where = attribute(setup, 3)
    before = target_value(subtest, association, where)
    if before.type is not DataType.STRUCTURE or len(before.value) != 3:
        subtest.inconclusive(f"send_destination_and_method of {named(setup)} is no structure of three")
    service, _, message = before.value
    wanted = structure(service, octet_string((setup.destination or "").encode()), message)
    with left_as_found(subtest, where, before):
        if wanted != before:
            with subtest.step(f"writes {setup.destination} into send_destination_and_method of {named(setup)}"):
                judge_written(subtest, association.request(write_request(subtest.settings, where, wanted)))
        yield


def named(setup: PushSetup) -> str:
    """The logical name of a setup as people write it."""
    a, b, c, d, e, f = setup.instance_id
    return f"{a}-{b}:{c}.{d}.{e}.{f}"
