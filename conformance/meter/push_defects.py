"""What the embedded meter can be made to do wrong in pushes and event notifications."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

PUSH_DEFECTS: Final = (
    Defect(
        "push-object-missing",
        "The last object of push_object_list is not pushed.",
        ("X_PUSH_P1",),
        "The loop over the list ends one too early.",
    ),
    Defect(
        "push-objects-in-another-order",
        "The values are pushed in another order than push_object_list names them.",
        ("X_PUSH_P1",),
        "The list is kept as a stack.",
    ),
    Defect(
        "push-invoke-id-constant",
        "Every data-notification has long-invoke-id 1.",
        ("X_PUSH_P1",),
        "The head of the APDU is a template in flash.",
    ),
    Defect(
        "notification-date-time-invalid",
        "The date-time of notifications is none that a clock can show: month 13, minute 60.",
        ("X_PUSH_P1", "X_PUSH_EVENT_P1"),
        "Parts of a calendar that count from 0, each with 1 added.",
    ),
    Defect(
        "push-to-another-port",
        "What is pushed goes to another port than send_destination_and_method says.",
        ("X_PUSH_P2",),
        "The port of an earlier destination is kept.",
    ),
    Defect(
        "push-over-another-service",
        "What is to be pushed over TCP goes over UDP.",
        ("X_PUSH_P2",),
        "transport_service is read and not used.",
    ),
    Defect(
        "push-from-another-wport",
        "The source wPort of a data-notification is not the SAP of the logical device.",
        ("X_PUSH_P2",),
        "Pushes are sent by a process with a port of its own.",
    ),
    Defect(
        "push-success-without-sending",
        "push() is confirmed with success, and nothing is ever sent.",
        ("X_PUSH_P2",),
        "The answer is given before anybody knows whether there is a network.",
    ),
    Defect(
        "push-in-clear",
        "Data-notifications are not protected, whatever is agreed.",
        ("X_PUSH_P3", "X_SEC_KEYS", "X_SEC_HYGIENE"),
        "Only replies pass the ciphering layer.",
    ),
    Defect(
        "push-under-the-broadcast-key",
        "Data-notifications are ciphered under the global broadcast key, and say that it is the unicast key.",
        ("X_PUSH_P3",),
        "The key is chosen by service: what nobody has asked for is taken for a broadcast.",
        security_suites=(0,),
    ),
    Defect(
        "push-repeats-the-last-counter",
        "A data-notification has the invocation counter of the reply before it.",
        ("X_PUSH_P3",),
        "Pushing is a task of its own, with a copy of the counter.",
    ),
    Defect(
        "push-confirmed-not-said",
        "The service class of a data-notification that is to be confirmed is unconfirmed.",
        ("X_PUSH_P4",),
        "The long form of the invoke-id is made of the short one, whose bit 6 is another.",
    ),
    Defect(
        "push-never-repeated",
        "A data-notification that nobody confirms is not sent again.",
        ("X_PUSH_P4",),
        "number_of_retries is kept and not used.",
    ),
    Defect(
        "push-repeated-without-end",
        "A data-notification that nobody confirms is sent again and again, beyond number_of_retries.",
        ("X_PUSH_P4",),
        "The number of retries is compared with a counter that is never raised.",
    ),
    Defect(
        "push-repeated-after-confirmation",
        "A data-notification is sent again though it was confirmed.",
        ("X_PUSH_P4",),
        "The confirmation does not stop the timer of the repetition.",
    ),
    Defect(
        "push-unconfirmed-repeated",
        "An unconfirmed data-notification is sent as often as number_of_retries allows, though it was delivered.",
        ("X_PUSH_P4",),
        "Delivery is not asked for, so the meter makes sure.",
    ),
    Defect(
        "push-longer-than-the-client-takes",
        "A data-notification that is longer than the client takes goes whole, though general blocks are negotiated.",
        ("X_PUSH_P5",),
        "Only replies are cut into blocks.",
    ),
    Defect(
        "push-last-block-missing",
        "The last block of a long data-notification is not sent.",
        ("X_PUSH_P5",),
        "The loop over blocks ends one too early.",
    ),
    Defect(
        "push-for-anybody",
        "push() is carried out for every client.",
        ("X_PUSH_N1",),
        "Access rights are checked for attributes only.",
    ),
    Defect(
        "push-refused-yet-sent",
        "push() by a client without the right is refused, and carried out.",
        ("X_PUSH_N1",),
        "The right is looked at when the answer is made.",
    ),
    Defect(
        "push-parameter-not-checked",
        "push() is carried out whatever its parameter.",
        ("X_PUSH_N2",),
        "The parameter is always integer 0, so nobody looks at it.",
    ),
    Defect(
        "event-in-clear",
        "Event notifications are not protected, whatever is agreed.",
        ("X_PUSH_EVENT_P1",),
        "Only replies pass the ciphering layer.",
    ),
    Defect(
        "event-names-another-attribute",
        "An event notification names the attribute behind the one whose value it reports.",
        ("X_PUSH_EVENT_P1",),
        "Attributes counted from 0.",
    ),
    Defect(
        "event-reported-twice",
        "Each event is reported twice.",
        ("X_PUSH_EVENT_P1",),
        "Two tasks look after events.",
    ),
    Defect(
        "event-in-place-of-a-reply",
        "A request that comes while an event waits is answered with the event notification, and not replied to.",
        ("X_PUSH_EVENT_N1",),
        "One buffer for all that is sent.",
        profile="hdlc",
    ),
)
