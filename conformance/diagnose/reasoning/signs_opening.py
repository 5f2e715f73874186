"""What can be seen of an association being opened: kinds of statement about ACSE, initiate and the challenges."""

from __future__ import annotations

from typing import Final

from conformance.diagnose.reasoning.statement import Sign

REQUESTED: Final = Sign(
    "association-requested",
    "What the AARQ asks for",
    "Application context, mechanism, challenge or password length, user and version of the AARQ, as they stand there.",
)
PROPOSED: Final = Sign(
    "initiate-proposed",
    "What the InitiateRequest proposes",
    "Conformance, DLMS version and client-max-receive-pdu-size, in clear or as deciphered.",
)
ACCEPTED: Final = Sign(
    "association-accepted",
    "The AARE accepts",
    "Result 0. With a mechanism of high level security, diagnostic 14 is right and no error: passes 3 and 4 follow.",
)
REJECTED: Final = Sign(
    "association-rejected",
    "The AARE rejects",
    "Result 1 (permanent) or 2 (transient); source and diagnostic say why, as far as the meter tells.",
)
NEGOTIATED: Final = Sign(
    "initiate-negotiated",
    "What the InitiateResponse settles",
    "Conformance, DLMS version and server-max-receive-pdu-size, in clear or as deciphered.",
)
PENDING: Final = Sign(
    "hls-pass-3-outstanding",
    "Accepted, and no pass 3 follows",
    "The meter has accepted with authentication-required (14) and waits for reply_to_HLS_authentication (class 15, "
    "method 1; with short names class 12, method 8). That diagnostic is no error. Where the client ends here, the "
    "cause is in the client, such as a library that computes no GMAC while its own security is switched off.",
    "Go on with reply_to_HLS_authentication.",
)
NO_AARE: Final = Sign(
    "reply-is-no-aare",
    "The answer to the AARQ is no AARE",
    "The first octet of the reply is not 61: the meter has not recognised an AARQ. A missing or doubled LLC header, an "
    "AARQ it cannot read, or another application behind the address are the likely causes.",
    "Compare the octets before the AARQ, then the AARQ itself, with an exchange that works.",
)
ORDER: Final = Sign(
    "acse-component-order",
    "Components of an ACSE APDU out of order",
    "The components must come in the order of their tags. A strict reader on the other side refuses this APDU.",
    "The sender is at fault; a client that has to work with it must read components by their tags.",
)
DEVIATION: Final = Sign(
    "acse-coding",
    "ACSE coded otherwise than BER or the ASN.1 wants",
    "Lengths not minimal, a wrong form of a tag, a component that comes twice: readable, but strict readers refuse.",
    "Encode it as the standard says.",
)
OBJECT_IDENTIFIER: Final = Sign(
    "object-identifier-unknown",
    "An application context or mechanism that DLMS does not have",
    "The OBJECT IDENTIFIER is malformed, or none of 2.16.756.5.8.1.1 to 4 or 2.16.756.5.8.2.0 to 7.",
    "Look at the octets: one that is wrong makes it another name.",
)
TITLE_MISSING: Final = Sign(
    "calling-ap-title-missing",
    "The client's system title is not in the AARQ",
    "Contexts with ciphering, and the mechanisms GMAC (5), SHA-256 (6) and ECDSA (7), need calling-AP-title, 8 octets.",
    "Set client_system_title.",
)
TITLE_LENGTH: Final = Sign(
    "system-title-length",
    "A system title that has not 8 octets",
    "System titles have 8 octets: three letters of the manufacturer, then a number.",
    "Set client_system_title to 8 octets.",
)
TITLE_FOR_MECHANISM: Final = Sign(
    "calling-ap-title-for-mechanism",
    "A system title without ciphering, and rightly so",
    "In a context without ciphering the mechanism needs the client's system title all the same.",
)
RESPONDING_TITLE_MISSING: Final = Sign(
    "responding-ap-title-missing",
    "The meter's system title is not in the AARE",
    "With ciphering, and with GMAC, SHA-256 or ECDSA, nothing that is protected can be verified without it.",
    "Set server_system_title, so that it is known before.",
)
RESPONDING_TITLE_ZERO: Final = Sign(
    "responding-ap-title-zero",
    "The meter's system title is all zeros",
    "A system title of zeros belongs to no meter: refusals carry one, or the meter is not personalised.",
    "Look whether the accepted exchange has another title; if not, have the meter personalised.",
)
TITLE_ECHOED: Final = Sign(
    "system-title-echoed",
    "Client and meter have the same system title",
    "The responding-AP-title equals the calling-AP-title. Both then share one space of nonces: counters of the two "
    "sides that meet break the protection of AES-GCM.",
    "Give the client a system title of its own: set client_system_title.",
)
USER: Final = Sign(
    "client-user-identified",
    "The client user is named",
    "calling-AE-invocation-id says which user of the client calls.",
)
USER_MISSING: Final = Sign(
    "client-user-missing",
    "No client user is named, and the meter wants one",
    "Diagnostic 6, calling-AE-invocation-identifier-not-recognized, with an AARQ that has no calling-AE-invocation-id: "
    "the meter keeps a user_list for this client and expects a user of it.",
    "Set client_user_id to a user of the meter.",
)
USER_UNKNOWN: Final = Sign(
    "client-user-unknown",
    "The meter does not know the client user",
    "Diagnostic 6 with a calling-AE-invocation-id: that user is not in the user_list of the meter.",
    "Set client_user_id to a user of the meter.",
)
NULL_DIAGNOSTIC: Final = Sign(
    "diagnostic-null-with-hls",
    "Accepted with null where authentication-required is expected",
    "With high level security the AARE that accepts carries diagnostic 14; null (0) is what some meters send.",
)
NO_MECHANISM_IN_AARE: Final = Sign(
    "aare-authentication-incomplete",
    "A challenge without requirements and mechanism",
    "An AARE with responding-authentication-value is due to carry responder-acse-requirements (88) and mechanism-name "
    "(89) as well.",
)
CHALLENGE_CONSTANT: Final = Sign(
    "challenge-constant",
    "A challenge of one repeated octet",
    "A challenge must be new and unpredictable each time; one that never changes proves nothing.",
    "Whoever made it needs a random source.",
)
CHALLENGE_LENGTH: Final = Sign(
    "challenge-length",
    "A challenge of a length that is not legal",
    "Challenges have 8 to 64 octets, with ECDSA 32 to 64.",
    "Set challenge_octets.",
)
PASSWORD: Final = Sign(
    "password-in-clear",
    "A password passes in clear",
    "Low level security sends the secret itself as calling-authentication-value.",
)
SECRET_WRONG: Final = Sign(
    "secret-wrong",
    "The password is refused",
    "authentication-failure (13) under low level security leaves the password: nothing else is authenticated.",
    "Set secret to the password of this client_sap in the meter.",
)
RESPONSE_DESPITE_REJECTION: Final = Sign(
    "initiate-response-despite-rejection",
    "The refusal carries an InitiateResponse",
    "The association is refused all the same; a client that looks there first takes it for success.",
    "Do not read it as success; the reason stands in result-source-diagnostic.",
)
RESPONSE_UNCIPHERED: Final = Sign(
    "initiate-response-unciphered",
    "The InitiateResponse is in clear though the context is ciphered",
    "The AARQ asked for a context with ciphering and its InitiateRequest is ciphered; the answer to it is not.",
)
CONTEXT_SUSPECTED: Final = Sign(
    "context-suspected",
    "The application context may be the one that is refused",
    "The meter gives no reason. Of what such refusals come from, the context is the first to try: most meters serve "
    "logical names, and many clients are served without ciphering.",
    "Set context to the other of ln and sn, or to the same with or without -ciphered.",
)
VERSION_BITS: Final = Sign(
    "protocol-version-without-version1",
    "protocol-version does not offer version1",
    "protocol-version is a BIT STRING, not a number: its first bit stands for version1, which ACSE in DLMS uses. "
    "Without that bit there is no common version.",
    "Leave protocol-version out, or send 80 02 07 80.",
)
VERSION_PRESENT: Final = Sign(
    "protocol-version-present",
    "protocol-version is sent",
    "It may be left out, which means version1.",
)
DLMS_VERSION: Final = Sign(
    "dlms-version-not-6",
    "The DLMS version is not 6",
    "proposed-dlms-version-number is 6 in all editions; a meter refuses a lower one, or does not answer as expected.",
    "Propose version 6.",
)
OLD_CONFORMANCE: Final = Sign(
    "conformance-tag-short",
    "The Conformance block has the old tag",
    "5F instead of 5F 1F: what older implementations send; in the HDLC based profile it is accepted.",
)
NOT_PROPOSED: Final = Sign(
    "conformance-not-proposed",
    "Negotiated conformance has bits that were not proposed",
    "The negotiated conformance is the intersection of what both sides have; a bit that the client did not propose "
    "cannot be in it.",
    "The meter is at fault; use only what was proposed.",
)
NOTHING_NEGOTIATED: Final = Sign(
    "conformance-empty",
    "Nothing is common to both conformances",
    "The negotiated conformance has no bit: no service can be used.",
    "Set conformance to what the meter declares for this client_sap.",
)
CONTEXT_AND_CONFORMANCE: Final = Sign(
    "conformance-of-other-referencing",
    "The conformance does not fit the context",
    "Services of short names (read, write) are proposed with logical names, or the other way round.",
    "Set conformance to the services of the context, or context to that of the services.",
)
SMALL_PDU: Final = Sign(
    "pdu-size-small",
    "A maximum PDU size below 12 octets",
    "The smallest that is allowed is 12 octets; 0 means no limit.",
    "Raise max_receive_pdu_size.",
)
NO_LIMIT: Final = Sign(
    "pdu-size-unlimited",
    "client-max-receive-pdu-size is 0",
    "0 means no limit. Some meters take it for a length.",
)
DEDICATED_KEY: Final = Sign(
    "dedicated-key-sent",
    "The InitiateRequest carries a dedicated key",
    "The key for this association alone; ded-… APDUs are protected with it.",
)
DEDICATED_IS_KNOWN: Final = Sign(
    "dedicated-key-not-random",
    "The dedicated key is a key that is used for something else",
    "A dedicated key is to be made new for each association.",
    'Set dedicated_key = "random".',
)
DEDICATED_LIKELY: Final = Sign(
    "dedicated-key-likely",
    "The ciphered InitiateRequest is as long as one with a dedicated key",
    "Its content is 17 octets longer than an InitiateRequest without one: a flag's worth of length, and 16 of the key.",
)
DEDICATED_MISSING: Final = Sign(
    "dedicated-key-missing",
    "The InitiateRequest carries no dedicated key",
    "Some meters refuse a ciphered association without one.",
    'Set dedicated_key = "random".',
)
READABLE: Final = Sign(
    "initiate-request-readable",
    "The InitiateRequest is authenticated only",
    "Security control 0x10: it is protected against change, and can be read without a key.",
)
HLS_VERIFIED: Final = Sign(
    "hls-verified",
    "The answer to a challenge is right",
    "f(challenge) was computed with the keys, titles and challenges of the exchange, and is the same.",
)
HLS_WRONG: Final = Sign(
    "hls-reply-wrong",
    "The answer to a challenge is wrong",
    "It is not f(challenge) of these keys, titles and challenges.",
    "Check secret, encryption_key, authentication_key and client_system_title.",
)
HLS_OTHERWISE: Final = Sign(
    "hls-reply-computed-otherwise",
    "The answer to a challenge was computed with something else",
    "With another key, title or order of the challenges, the same computation gives the answer that was sent.",
)
HLS_REFUSED: Final = Sign(
    "hls-pass-3-refused",
    "The meter refuses pass 3",
    "The answer to reply_to_HLS_authentication is an error. What it says may be wrong, or the key that protects it.",
    "Check secret, encryption_key and authentication_key, and pass3_key.",
)
PASS3_DEDICATED: Final = Sign(
    "pass3-under-dedicated-key",
    "Pass 3 is protected with the dedicated key",
    "It goes as ded-action-request (D3), or in general-ded-ciphering, and is refused: many meters open pass 3 with the "
    "global key only, and take the dedicated key once the association is established.",
    'Set pass3_key = "global".',
)
PASS4_EMPTY: Final = Sign(
    "hls-pass-4-without-answer",
    "The meter accepts pass 3 and does not prove itself",
    "The action-response says success and carries no f(CtoS): the meter has not answered the client's challenge.",
    "The meter is at fault: nothing shows that it knows the secret.",
)
PASS3_ACCEPTED: Final = Sign(
    "wrong-pass-3-accepted",
    "The meter accepts a wrong answer to its challenge",
    "Pass 3 is not f(StoC) of the keys, titles and challenges of the exchange, and the meter says success.",
    "The meter is at fault: whoever knows the address can authenticate.",
)
