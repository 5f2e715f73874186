"""The keys of the embedded meter and its client in each security suite: published test values, which protect nothing.

The pairs of suite 1 are those of the worked examples of the Green Book; of suite 2, the server's signature key is that
of the Suite B Implementer's Guide, and the others are hashes of a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from conformance.meter.model.associations import MANAGEMENT_KEYS, Keys


@dataclass(frozen=True, slots=True)
class PrivateKeys:
    """The private keys of one party, big-endian scalars of the suite's length."""

    signature: bytes = field(repr=False)
    key_agreement: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SuiteKeys:
    """What meter and client hold when the meter leaves the factory.

    Attributes:
        symmetric: of the suite's length.
        server: the meter's private keys; None in suite 0.
        client: the client's, for tests; the meter knows its certificates only.
        authority: private key of the test certification authority; None in suite 0.
    """

    symmetric: Keys
    server: PrivateKeys | None = None
    client: PrivateKeys | None = None
    authority: bytes | None = field(default=None, repr=False)


_SUITE_2: Final = Keys(
    global_unicast=bytes(range(0x20)),
    authentication=bytes(range(0xD0, 0xF0)),
    master=bytes.fromhex("00112233445566778899AABBCCDDEEFF" * 2),
    global_broadcast=bytes(range(0x1F, -1, -1)),
)

SUITE_KEYS: Final[Mapping[int, SuiteKeys]] = MappingProxyType(
    {
        0: SuiteKeys(MANAGEMENT_KEYS),
        1: SuiteKeys(
            MANAGEMENT_KEYS,
            server=PrivateKeys(
                bytes.fromhex("AE55414FFE079F9FC95649536BD1C2B5653D200813727E07D501A8B550C69207"),
                bytes.fromhex("AAD3FD0732E991CF52A74C66C1F2827DDC53522A2E0A169D7C4FFCC0FB5D6A4D"),
            ),
            client=PrivateKeys(
                bytes.fromhex("418073C239FA6125011DE4D6CD2E645780289F761BB21BFB0835CB5585E8B373"),
                bytes.fromhex("A51C16FF5C498FCC89323D4A9267CD71BF81FD6F6A891CD240DA7F3D6F283E65"),
            ),
            authority=bytes.fromhex("7F231932FFEDDCF2049A1704E7199285861AA58A65267316AE26C591DD895576"),
        ),
        2: SuiteKeys(
            _SUITE_2,
            server=PrivateKeys(
                bytes.fromhex(
                    "C838B85253EF8DC7394FA5808A5183981C7DEEF5A69BA8F4F2117FFEA39CFCD90E95F6CBC854ABACAB701D50C1F3CF24"
                ),
                bytes.fromhex(
                    "63C2D5420EEB19C5EA086947F9790DC93E18CAE1D92308F1AC236BE9CDD8E0C13FCC97E789CBF8ADF321B97CBB595B1C"
                ),
            ),
            client=PrivateKeys(
                bytes.fromhex(
                    "53DD4CF2B4ADEB9B65D37A4E74A8514276F8181344FFAD5CE84ACC4D915A63312E87935CCB2BB7E295FA680B07513F50"
                ),
                bytes.fromhex(
                    "82A9EBF81BBECCCD2B695DAA4597CFBEA305E8EDD86EC51876A901868884DA6EF3442399B135247A49BA0AECE45306E3"
                ),
            ),
            authority=bytes.fromhex(
                "258E6CA68B52F408B7BCB98AF99C23634ABCEBC831FA8324A93352EBEE55741F48F0064E9BC389B7E8AB788F08ECE96F"
            ),
        ),
    }
)
"""By security suite id."""
