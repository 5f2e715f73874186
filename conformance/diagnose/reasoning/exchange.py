"""An exchange followed through the conversation: who calls whom, under which keys, and where it stands.

An exchange begins with an AARQ, or with the first APDU of a stream, and ends before the next AARQ. What is learnt on
the way, such as the dedicated key in an InitiateRequest, is used from there on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from conformance.diagnose.intake.conversation import Conversation, Direction, HeardApdu
from conformance.diagnose.reasoning.blocks import Blocks
from conformance.diagnose.reasoning.established import established_key
from conformance.diagnose.reasoning.key_ring import TITLE_OCTETS, Key, KeyRing
from conformance.diagnose.reasoning.saps import saps
from conformance.diagnose.reasoning.seal import Effort, Prescribed, Seal, SealedApdu, Title
from conformance.diagnose.reasoning.signature import judged
from conformance.diagnose.reasoning.statement import Evidence
from conformance.diagnose.reasoning.step import Part, Step
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.acse.release import Rlre, Rlrq
from conformance.dlms.security.ciphered import NAMES, GeneralDedicated, GeneralGlobal, ServiceCiphered
from conformance.dlms.security.general_ciphering import GeneralCiphering
from conformance.dlms.security.secret import Secret
from conformance.dlms.xdlms.general_signing import GeneralSigning
from conformance.dlms.xdlms.initiate import InitiateRequest, InitiateResponse

MOST_STEPS: Final = 20_000
"""APDUs that are reasoned about; a capture of a day is looked at up to there."""
_LONGEST_APDU: Final = 1 << 18
_AARQ: Final = 0x60
_CONTENT: Final = "general-signing.content"
_SEALED: Final = (ServiceCiphered, GeneralGlobal, GeneralDedicated, GeneralCiphering)


@dataclass(slots=True, eq=False)
class Exchange:
    """One attempt at an association, and what follows it.

    Attributes:
        number: in the conversation, from 1.
        stream: index of its stream.
        saps: client and server; None where nothing tells.
        keys: that are known.
        steps: its APDUs.
        request: the AARQ; None where the exchange begins without.
        response: the AARE.
        dedicated: the dedicated key, given or read in the InitiateRequest.
    """

    number: int
    stream: int
    keys: KeyRing
    steps: list[Step] = field(default_factory=list)
    request: Step | None = None
    response: Step | None = None
    dedicated: Key | None = None
    saps: tuple[int, int] | None = None

    @property
    def aarq(self) -> Aarq | None:
        """The request, where it can be read."""
        value = None if self.request is None else self.request.carried
        return value if isinstance(value, Aarq) else None

    @property
    def aare(self) -> Aare | None:
        """The response, where it can be read."""
        value = None if self.response is None else self.response.carried
        return value if isinstance(value, Aare) else None

    @property
    def proposed(self) -> InitiateRequest | None:
        """The InitiateRequest, where it can be read."""
        value = None if self.request is None else self.request.information
        return value if isinstance(value, InitiateRequest) else None

    @property
    def negotiated(self) -> InitiateResponse | None:
        """The InitiateResponse, where it can be read."""
        value = None if self.response is None else self.response.information
        return value if isinstance(value, InitiateResponse) else None

    @property
    def context(self) -> ApplicationContext | None:
        """The context asked for."""
        return None if self.aarq is None else self.aarq.application_context

    @property
    def mechanism(self) -> Mechanism | None:
        """The mechanism named by the request."""
        return None if self.aarq is None else self.aarq.mechanism

    @property
    def client_title(self) -> bytes:
        """The client's system title: as sent, else as declared; empty where unknown."""
        sent = None if self.aarq is None else self.aarq.calling_ap_title
        return sent or self.keys.client_title or b""

    @property
    def server_title(self) -> bytes:
        """The server's system title: as sent, else as declared; empty where unknown."""
        sent = None if self.aare is None else self.aare.responding_ap_title
        return sent or self.keys.server_title or b""

    def titles(self, direction: Direction | None, carried: bytes) -> tuple[tuple[Title, ...], bool]:
        """Whose titles may be in the nonce of an APDU, that of its sender first; and whether the first is known."""
        client = Title("the client's title", self.client_title)
        server = Title("the server's title", self.server_title)
        own, other = (client, server) if direction == "C>S" else (server, client)
        found = [Title("the title that the APDU carries", carried), own, other]
        for name, octets in (("client", self.keys.client_title), ("server", self.keys.server_title)):
            found.append(Title(f"the declared title of the {name}", octets or b""))
        found.append(Title("a title of zeros", bytes(TITLE_OCTETS)))
        unique: dict[bytes, Title] = {}
        for title in found:
            if len(title.octets) == TITLE_OCTETS:
                unique.setdefault(title.octets, title)
        prescribed = carried or own.octets
        return tuple(unique.values()), len(prescribed) == TITLE_OCTETS

    def prescribed(self, seal: Seal, direction: Direction | None) -> Prescribed:
        """What an APDU of this exchange must be protected with, and what else it could be."""
        named = self.keys.broadcast if seal.control.broadcast_key else self.keys.encryption
        if seal.dedicated:
            named = self.dedicated
        if seal.brings_key and isinstance(seal.apdu, GeneralCiphering):
            named = established_key(seal.apdu, self.keys, direction)
        extra = () if self.dedicated is None else (self.dedicated,)
        all_keys = self.keys.candidates(extra)
        keys = all_keys if named is None else (named, *(key for key in all_keys if key.octets != named.octets))
        right = self.keys.authentication
        others: tuple[Key | None, ...] = (None,)
        if seal.control.authenticated:
            rest = [key for key in all_keys if right is None or key.octets != right.octets]
            others = (*((right,) if right else ()), *rest, None)
        titles, title_known = self.titles(direction, seal.carried_title)
        return Prescribed(keys, others, titles, named is not None, right is not None, title_known)


KeysOf = Callable[[HeardApdu], KeyRing]
"""The keys of the exchange that begins with an APDU."""


def follow(conversation: Conversation, keys_of: KeysOf, effort: Effort | None = None) -> tuple[Exchange, ...]:
    """The exchanges of a conversation, each APDU taken apart as far as the keys reach."""
    return tuple(_Follower(conversation, keys_of, effort or Effort()).exchanges())


class _Follower:
    """Goes through the APDUs in order, and keeps what is known of each stream."""

    __slots__ = ("_between", "_blocks", "_conversation", "_current", "_effort", "_found", "_keys_of")

    def __init__(self, conversation: Conversation, keys_of: KeysOf, effort: Effort) -> None:
        self._conversation = conversation
        self._keys_of = keys_of
        self._effort = effort
        self._current: dict[int, Exchange] = {}
        self._between: dict[tuple[int, tuple[int, int] | None], Exchange] = {}
        self._blocks: dict[tuple[int, Direction | None], Blocks] = {}
        self._found: list[Exchange] = []

    def exchanges(self) -> Iterator[Exchange]:
        for index, heard in enumerate(self._conversation.apdus[:MOST_STEPS]):
            self._take(index, heard)
        for exchange in self._found:
            self._request_again(exchange)
        return iter(self._found)

    def _request_again(self, exchange: Exchange) -> None:
        """Try the request once more where it did not open: the AARE behind it has told the title of the meter."""
        step = exchange.request
        if step is None or step.seal is None or not step.seal.tried or not step.whole or exchange.aare is None:
            return
        opening = step.seal.opening
        if opening is None or opening.evidence is Evidence.READ:
            before = len(step.parts)
            step.seal.open(exchange.prescribed(step.seal, step.direction), self._effort)
            if step.seal.opening is not None and opening is None and before == len(step.parts):
                name = NAMES.get(step.seal.tag, "general-ciphering")
                prefix = f"{step.parts[1].prefix}.{name}"
                step.parts.append(Part(prefix, apdus.dissect(step.seal.opening.plain)))

    def _take(self, index: int, heard: HeardApdu) -> None:
        pair = saps(self._conversation, heard)
        exchange = self._between.get((heard.stream, pair)) or self._current.get(heard.stream)
        begins = heard.octets[:1] == bytes((_AARQ,)) and heard.direction != "S>C"
        if exchange is None or begins:
            keys = self._keys_of(heard)
            exchange = Exchange(len(self._found) + 1, heard.stream, keys, dedicated=keys.dedicated, saps=pair)
            self._found.append(exchange)
            self._current[heard.stream] = exchange
            if pair is not None:
                self._between[heard.stream, pair] = exchange
        units = [self._conversation.units[unit] for unit in heard.units]
        frame = heard.units[-1] + 1 if heard.units else 0
        whole = heard.complete and all(unit.whole for unit in units)
        octets = heard.octets[:_LONGEST_APDU]
        step = Step(index, frame, heard, [Part("", apdus.dissect(octets))], exchange.number, len(exchange.steps), whole)
        exchange.steps.append(step)
        self._learn(exchange, step)

    def _learn(self, exchange: Exchange, step: Step) -> None:
        value = step.carried
        if isinstance(value, Aarq) and exchange.request is None:
            exchange.request = step
        elif isinstance(value, Aare) and exchange.response is None:
            exchange.response = step
        if isinstance(value, Aarq | Aare | Rlrq | Rlre):
            self._information(exchange, step, value)
        elif isinstance(value, _SEALED):
            self._unseal(exchange, step, value, step.octets, "")
        elif isinstance(value, GeneralSigning):
            self._signed(exchange, step, value, "")
        else:
            self._block(exchange, step)

    def _information(self, exchange: Exchange, step: Step, value: Aarq | Aare | Rlrq | Rlre) -> None:
        if not value.user_information:
            return
        prefix = f"{step.parts[0].dissection.root.name}.user-information.value"
        inside = apdus.dissect(value.user_information)
        step.parts.append(Part(prefix, inside))
        if isinstance(inside.value, _SEALED):
            self._unseal(exchange, step, inside.value, value.user_information, prefix)
        said = step.information
        if isinstance(said, InitiateRequest) and said.dedicated_key and isinstance(value, Aarq):
            exchange.dedicated = Key("the dedicated key of the InitiateRequest", Secret(said.dedicated_key))

    def _unseal(self, exchange: Exchange, step: Step, apdu: SealedApdu, octets: bytes, prefix: str) -> None:
        seal = Seal(apdu, octets[0])
        step.seal = seal
        if step.whole:
            seal.open(exchange.prescribed(seal, step.direction), self._effort)
        plain = seal.opening.plain if seal.opening is not None else self._kept(step)
        if plain:
            name = NAMES.get(octets[0], "general-ciphering")
            inside = Part(f"{prefix}.{name}" if prefix else name, apdus.dissect(plain))
            step.parts.append(inside)
            if isinstance(inside.dissection.value, GeneralSigning):
                self._signed(exchange, step, inside.dissection.value, inside.prefix)

    def _signed(self, exchange: Exchange, step: Step, apdu: GeneralSigning, prefix: str) -> None:
        step.signature = judged(apdu, exchange.keys.curve, step.direction)
        path = f"{prefix}.{_CONTENT}" if prefix else _CONTENT
        step.parts.append(Part(path, apdus.dissect(apdu.content)))

    def _kept(self, step: Step) -> bytes:
        """The deciphered APDU that a frame log keeps beside the frame; empty where there is none."""
        if isinstance(step.carried, Aarq | Aare | Rlrq | Rlre):
            return b""
        pieces = {piece for unit in step.heard.units for piece in self._conversation.units[unit].pieces}
        kept = [plain for piece in sorted(pieces) if (plain := self._conversation.heard[piece].plain)]
        return kept[-1] if kept and kept[-1][0] != step.tag else b""

    def _block(self, exchange: Exchange, step: Step) -> None:
        """Put general blocks together; the last one carries the whole APDU."""
        key = (exchange.stream, step.direction)
        blocks = self._blocks.setdefault(key, Blocks())
        joined = blocks.take(step.carried)
        if joined is None:
            return
        step.joined = joined
        inside = apdus.dissect(joined)
        step.parts.append(Part("general-block-transfer.block-data", inside))
        if isinstance(inside.value, _SEALED):
            self._unseal(exchange, step, inside.value, joined, "general-block-transfer.block-data")
