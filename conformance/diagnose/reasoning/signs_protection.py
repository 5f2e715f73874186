"""What can be seen of protected APDUs: kinds of statement about ciphering, counters and keys."""

from __future__ import annotations

from typing import Final

from conformance.diagnose.reasoning.statement import Sign

VERIFIED: Final = Sign(
    "tags-verified",
    "Authentication tags verify",
    "Each was computed with the keys, titles and counters that the exchange prescribes.",
)
NOT_TRIED: Final = Sign(
    "keys-not-known",
    "Protected APDUs could not be opened for want of keys",
    "The diagnosis says more when it has the keys: by --device, --key and --authentication-key, or in the capture.",
    "Give the keys with --device, or with --key, --authentication-key, --client-title and --server-title.",
)
UNDER_NO_KEY: Final = Sign(
    "tag-under-no-known-key",
    "A tag verifies under no known key",
    "Every key and title that could have been meant was tried. The sender works with another encryption or "
    "authentication key than is known here, or the octets were changed on the way.",
    "Set encryption_key and authentication_key to those of the meter.",
)
KEYS_AGREE: Final = Sign(
    "keys-agree",
    "Both sides work with the same keys",
    "An APDU of the meter verifies under the declared keys: wrong keys are not the cause.",
)
OTHER_KEY: Final = Sign(
    "key-other",
    "A tag verifies under another key than the prescribed",
    "It is proven which key the sender used instead.",
)
KEYS_SWAPPED: Final = Sign(
    "keys-swapped",
    "Encryption and authentication key are swapped",
    "The tag verifies when each stands in the place of the other.",
    "Swap encryption_key and authentication_key.",
)
GLOBAL_FOR_DEDICATED: Final = Sign(
    "global-key-in-dedicated",
    "An APDU that names the dedicated key is protected with the global one",
    "Its tag says ded-…, and it verifies under the global key.",
    'Set dedicated_key, or protections to "glo".',
)
DEDICATED_FOR_GLOBAL: Final = Sign(
    "dedicated-key-in-global",
    "An APDU that names the global key is protected with the dedicated one",
    "Its tag says glo-…, and it verifies under the dedicated key.",
)
OTHER_TITLE: Final = Sign(
    "nonce-title-other",
    "A tag verifies under another system title than the sender's",
    "The nonce begins with the system title of the sender; here it begins with another one.",
    "Set client_system_title and server_system_title to what both sides use.",
)
TITLES_SWAPPED: Final = Sign(
    "titles-swapped",
    "A tag verifies under the title of the other side",
    "The sender made the nonce with the receiver's system title.",
    "Swap client_system_title and server_system_title where they are declared the wrong way round.",
)
NONCE_ORDER: Final = Sign(
    "nonce-counter-reversed",
    "The nonce holds the invocation counter in the other octet order",
    "The tag verifies when the four octets of the counter are reversed in the nonce.",
    "The sender is at fault: the counter is a big-endian Unsigned32, sent and used as it is.",
)
COUNTER_ORDER: Final = Sign(
    "counter-little-endian",
    "The invocation counter is sent little-endian",
    "Read as the standard says it would be some thousand million; its last octets are zero, and read the other way "
    "round it is small. A client that keeps the highest counter seen refuses everything behind it.",
    "The sender is at fault: the invocation counter is a big-endian Unsigned32.",
)
COUNTER_ZERO: Final = Sign(
    "counter-low",
    "The client's invocation counter begins at the bottom",
    "A meter accepts only counters above the last one of this key. One that begins anew at every start is refused.",
    "Set invocation_counter so that it is read from the meter, or start above the last one accepted.",
)
COUNTER_REPEATED: Final = Sign(
    "counter-repeated",
    "An invocation counter is used again",
    "The same sender protects two different APDUs with one counter under one key: the protection of both is broken, "
    "and a receiver refuses the second.",
    "Count on from the last one: set invocation_counter.",
)
COUNTER_BACK: Final = Sign(
    "counter-not-above",
    "An invocation counter is below an earlier one",
    "Counters of one key and sender only go up.",
    "Count on from the last one: set invocation_counter.",
)
NONCE_SHARED: Final = Sign(
    "nonce-shared",
    "A challenge is answered with the counter of another APDU",
    "The GMAC in pass 3 or 4 and the APDU that carries it use one counter under one key, thus one nonce.",
    "Count on between the two.",
)
CONTROL_DIFFERS: Final = Sign(
    "security-control-differs",
    "The meter protects its answer otherwise than the request is protected",
    "The security control of the refusal shows what the meter works with; a request that is protected less does not "
    "fit its policy.",
    "Set security_control to that of the meter's answer.",
)
NO_TAG: Final = Sign(
    "request-without-tag",
    "The request is encrypted and not authenticated",
    "Security control 0x20: nothing shows who made it, and few meters accept it.",
    "Set security_control = 0x30.",
)
NOT_PROTECTED: Final = Sign(
    "security-control-none",
    "A ciphered APDU whose security control says that nothing is protected",
    "Neither authenticated nor encrypted, in a form that is made for ciphering.",
    "Set security_control.",
)
SUITE_DIFFERS: Final = Sign(
    "security-suite-differs",
    "The two sides speak of different security suites",
    "The low four bits of the security control name the suite, and with it the kind and length of all keys.",
    "Set security_suite to that of the meter.",
)
SUITE_RESERVED: Final = Sign(
    "security-suite-reserved",
    "A security suite that does not exist",
    "Suites 0, 1 and 2 are defined.",
    "Look at the octet: it may be no security control at all.",
)
KEY_LENGTH: Final = Sign(
    "key-length-of-suite",
    "The key has not the length of the suite",
    "Suites 0 and 1 take 16 octets, suite 2 takes 32.",
    "Set security_suite, or encryption_key and authentication_key.",
)
REQUEST_CLEAR: Final = Sign(
    "initiate-request-unciphered",
    "The InitiateRequest is in clear in a ciphered context",
    "The context has ciphering, and the InitiateRequest is not protected: some meters demand it, and need it to trust "
    "a dedicated key.",
    'Set initiate_protection = "glo".',
)
GENERAL_USED: Final = Sign(
    "general-ciphering-of-initiate",
    "General ciphering around initiate",
    "general-glo-ciphering (DB) in place of glo-initiateRequest is legal; its system title may be empty where the "
    "association has told it.",
)
PROTECTED_ERROR: Final = Sign(
    "protected-service-error",
    "The refusal carries a ciphered confirmedServiceError",
    "glo-confirmedServiceError (2E): why the meter refuses stands inside, and can be read with its keys.",
)
NO_REASONABLE_CONTENT: Final = Sign(
    "content-not-readable",
    "What was deciphered is no APDU",
    "The tag verifies, so that the octets are what the sender protected; they are no legal APDU.",
    "The sender is at fault.",
)
DECIPHERING: Final = Sign(
    "deciphering-error",
    "The meter could not open the request",
    "deciphering-error: another key for the service (global or dedicated), another system title, or another counter.",
    "Check encryption_key, authentication_key, client_system_title, and whether pass3_key should be the other one.",
)
COUNTER_REFUSED: Final = Sign(
    "invocation-counter-error",
    "The meter refuses the invocation counter of the request",
    "invocation-counter-error in an exception-response: the counter was not above the last one accepted. Behind it the "
    "meter tells the counter that it expects.",
    "Set invocation_counter so that it is read from the meter, or start above the expected value.",
)
PLAIN_REQUEST: Final = Sign(
    "request-unprotected",
    "A request in clear in a ciphered association",
    "The association is opened with ciphering, and the request is not ciphered; the meter refuses it.",
    'Set protections to "glo" or "ded".',
)
INITIATE: Final = Sign(
    "initiate-protected",
    "How the initiate APDU is protected",
    "Form, security control and invocation counter of what the user-information holds, and whether the tag verifies.",
)
TAG_LENGTH: Final = Sign(
    "tag-length",
    "An authentication tag that has not 12 octets",
    "All suites have tags of 12 octets; the last octets of the APDU verify as a tag of another length.",
    "The sender is at fault: a tag is cut to 12 octets.",
)
REPLY_KEY: Final = Sign(
    "reply-under-other-key",
    "Request and reply are protected with keys of different kinds",
    "A request under the dedicated key is answered under the global one, or the other way round. Some meters always do "
    "so; a client that does not expect it cannot open the reply.",
    'Set reply_key to "global" or "dedicated", as the meter does.',
)
REPLY_CLEAR: Final = Sign(
    "reply-unprotected",
    "A protected request is answered in clear",
    "The reply to a ciphered request carries data and is not ciphered.",
    "The meter is at fault, unless its security policy leaves replies in clear.",
)
REPLY_CONTROL: Final = Sign(
    "reply-protected-otherwise",
    "A reply is protected less than its request",
    "What the request was authenticated or encrypted with is missing in the security control of the reply.",
    "The meter is at fault, unless its security policy leaves replies so.",
)
