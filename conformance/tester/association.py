"""One application association as a test drives it: link, AARQ, HLS passes, services, release. Nothing is retried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from random import Random

from conformance.device.model import AssociationSettings, Device, Protection
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import AssociationResult, Mechanism
from conformance.dlms.acse.release import Rlre
from conformance.dlms.alteration import AlterationError
from conformance.dlms.security.secret import Secret
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.initiate import InitiateRequest, InitiateResponse
from conformance.dlms.xdlms.read import ReadRequest
from conformance.link.url import parse_url
from conformance.tester.block_transfer import exchange
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.data_link.data_link import ApduReceived, DataLink, SetUpFailed
from conformance.tester.high_level import HighLevel
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.rendering import Rendered, render
from conformance.tester.reply import read_reply
from conformance.tester.security import DEDICATED, ClientSecurity
from conformance.tester.security_trace import SecurityTrace
from conformance.tester.seen import seen
from conformance.tester.stimulus import LINK_LAYERS, Stimulus, aarq, apdu, rlrq
from conformance.tester.tape import TapedFrame
from conformance.tester.told_counter import told_by, under_global_key

_GENERAL_BLOCKS = ConformanceBit.GENERAL_BLOCK_TRANSFER
_MOST_PROTECTION_OCTETS = 24
"""What general ciphering with a system title adds to an APDU, less what pass 4 is shorter than pass 3."""
_OTHER_ANSWER = "an answer to the challenge that the case has made"
_OTHER_SETTINGS = "with other keys or settings than the device config declares"


class State(Enum):
    """Of the association, as the client sees it."""

    IDLE = "idle"
    AUTHENTICATION_PENDING = "association pending"
    ASSOCIATED = "associated"


class PreambleFailed(Exception):
    """What had to work before the stimulus did not: the subtest cannot be judged.

    Attributes:
        step: what was tried.
        reaction: what the meter did.
    """

    def __init__(self, step: str, reaction: object) -> None:
        super().__init__(f"{step}: {reaction}")
        self.step = step
        self.reaction = reaction


@dataclass(slots=True)
class Association:
    """A client of one logical device, over a data link of its own.

    Attributes:
        device: the whole device config.
        settings: of this association.
        protection: of the variant; services are protected so unless a stimulus says otherwise.
        data_link: not yet set up.
        security: keys, titles, counters.
        random: challenges and dedicated keys come from it; seeded, so that a run can be repeated.
        keep_secret: told every secret that is made or sent, so that it is kept out of every file.
        state: as the client sees it.
        proposed: the AARQ sent last, before its octets were altered.
        proposed_initiate: the InitiateRequest sent last, likewise.
        aare: the AARE received last.
        negotiated: its InitiateResponse.
        client_challenge: CtoS of the AARQ sent last.
        beside: the association whose line this one shares, and which opens and closes it; None: it has its own.
    """

    device: Device
    settings: AssociationSettings
    protection: Protection
    data_link: DataLink
    security: ClientSecurity
    random: Random
    keep_secret: Callable[[bytes], None]
    state: State = State.IDLE
    proposed: Aarq | None = None
    proposed_initiate: InitiateRequest | None = None
    aare: Aare | None = None
    negotiated: InitiateResponse | None = None
    client_challenge: bytes = b""
    beside: Association | None = None
    _open: bool = field(default=False)
    _set_up: bool = field(default=False)
    _trace: SecurityTrace = field(default_factory=SecurityTrace)
    _sent: bytes = field(default=b"", repr=False)

    @property
    def timeout_s(self) -> float:
        """The declared response timeout."""
        return self.device.timing.response_timeout_s

    def connect(self) -> None:
        """Open the line and set up the data link.

        Raises:
            PreambleFailed: the meter did not confirm the set-up.
            LinkError: the line cannot be opened.
        """
        if self.beside is not None:
            self.beside.connect()
        elif not self._open:
            self.data_link.line.open()
            self._open = True
        if self._set_up:
            return
        try:
            self.data_link.set_up()
        except SetUpFailed as failed:
            raise PreambleFailed("data link set-up", failed.reaction) from None
        self._set_up = True

    def open(self, stimulus: Stimulus | None = None) -> Reaction:
        """Send an AARQ and give the meter's reaction; HLS passes 3 and 4 are `authenticate`'s.

        A dedicated key is drawn anew for each association whose protection needs one.
        """
        stimulus = stimulus or aarq()
        self.connect()
        self.state = State.IDLE
        self.aare = self.negotiated = None
        self.security.renew_dedicated_key(self._dedicated_key(stimulus))
        self.client_challenge = self.random.randbytes(self.settings.challenge_octets)
        rendered = render(stimulus, self.security, self.protection, self.client_challenge)
        if rendered.aarq is not None:
            self.proposed, self.proposed_initiate = rendered.aarq, rendered.initiate
            if rendered.initiate is not None and rendered.initiate.dedicated_key is not None:
                self.security.dedicated_key = rendered.initiate.dedicated_key
            if self.settings.mechanism >= Mechanism.HLS:
                self.client_challenge = rendered.aarq.calling_authentication_value or b""
        reaction = self._exchange(rendered, stimulus)
        if isinstance(reaction, Reply) and isinstance(reaction.value, Aare):
            self._note(reaction, reaction.value)
        return reaction

    def authenticate(self, answer: bytes | None = None, protection: Protection | None = None) -> Reaction:
        """HLS pass 3, giving the reaction, which is pass 4 when all is well.

        Args:
            answer: in place of the right f(StoC).
            protection: in place of the declared one of pass 3.
        """
        tape, purpose = self.data_link.line.tape, "" if answer is None else _OTHER_ANSWER
        first = tape.next_number
        if answer is None:
            answer = self.answer_to_challenge()
        stimulus = apdu(self.pass3(answer).encode(), "HLS pass 3, reply_to_HLS_authentication")
        reaction = self._passed(stimulus.under(protection or self.pass3_protection))
        tape.tell_purpose(first, purpose)
        if self.confirms_authentication(reaction):
            self.state = State.ASSOCIATED
        return reaction

    def establish(self, stimulus: Stimulus | None = None) -> Reply:
        """Bring the association up, passes 3 and 4 included.

        Raises:
            PreambleFailed: with the step that failed and what the meter did.
        """
        reaction = self.open(stimulus)
        if not isinstance(reaction, Reply) or self.state is State.IDLE:
            raise PreambleFailed("AARQ as declared", describe(reaction))
        if self.state is State.AUTHENTICATION_PENDING:
            answer = self.authenticate()
            fault = self.pass4_fault(answer)
            if fault is not None:
                raise PreambleFailed("HLS pass 3 as declared", fault)
        return reaction

    def request(self, stimulus: Stimulus) -> Reaction:
        """Send a stimulus, once, and give the reaction."""
        self.connect()
        rendered = render(stimulus, self.security, self.protection, self.client_challenge)
        return self._exchange(rendered, stimulus)

    def notify(self, stimulus: Stimulus) -> None:
        """Send a stimulus that calls for no reply, and do not wait."""
        self.connect()
        self._send(render(stimulus, self.security, self.protection, self.client_challenge), stimulus)

    def receive(self, timeout_s: float | None = None) -> Reaction:
        """Wait for what the meter sends, at most the declared response timeout."""
        received = self.data_link.receive(self.timeout_s if timeout_s is None else timeout_s)
        return self.understood(received) if isinstance(received, ApduReceived) else received

    def send_cut(self, stimulus: Stimulus, cut: Callable[[bytes], Sequence[bytes]]) -> None:
        """Send a stimulus as the APDUs that `cut` makes of its protected octets, blocks or all in one, and do not wait.

        Raises:
            NotDeclared, AlterationError: as for `request`.
        """
        self.connect()
        rendered = render(stimulus, self.security, self.protection, self.client_challenge)
        for secret in rendered.secrets:
            self.keep_secret(secret)
        tape, associated = self.data_link.line.tape, self.state is State.ASSOCIATED
        first = tape.next_number
        self._sent = rendered.octets
        for octets in cut(rendered.octets):
            self.data_link.send(octets, plain=rendered.plain if octets == rendered.octets else None)
        tape.tell_purpose(first, self._purpose(stimulus))
        self._trace.sent(self.security, stimulus, tape, first, associated=associated)

    def send_beside(self, stimulus: Stimulus, send: Callable[[bytes], TapedFrame]) -> None:
        """Have a stimulus sent over something else than the data link: `send` gets its protected octets.

        Raises:
            NotDeclared, AlterationError: as for `request`.
        """
        rendered = render(stimulus, self.security, self.protection, self.client_challenge)
        first = self.data_link.line.tape.next_number
        send(rendered.octets).plain = rendered.plain
        self.data_link.line.tape.tell_purpose(first, self._purpose(stimulus))
        asked, associated = self._trace.asked, self._trace.associated
        self._trace.sent(self.security, stimulus, self.data_link.line.tape, first, associated=associated)
        self._trace.asked = asked

    def understood(self, received: ApduReceived, *, in_blocks: bool = False, bare: bytes | None = None) -> Reply:
        """What is made of an APDU, as it came or joined from blocks: opened, decoded, and noted on the tape.

        One that came in blocks and begins with `bare` is left undecoded.
        """
        reply = replace(read_reply(received, self.security, bare=bare if in_blocks else None), in_blocks=in_blocks)
        if reply.protected is not None and reply.protected.error is None:
            self.data_link.line.tape.frames[reply.frame].plain = reply.plain
        elif reply.initiate_protected is not None and reply.initiate_protected.error is None:
            self.data_link.line.tape.frames[reply.frame].plain = reply.initiate_plain
        self._trace.received(self.security, reply, self.data_link.line.tape, self.client_challenge)
        told = told_by(reply)
        if told is not None and under_global_key(self._sent):
            self.security.told_counter(told)
        return reply

    def release(self, stimulus: Stimulus | None = None) -> Reaction:
        """Send an RLRQ and give the reaction; a meter that answers no RLRE may hold the association still."""
        reaction = self.request(stimulus or rlrq())
        if isinstance(reaction, Reply) and isinstance(reaction.value, Rlre):
            self.state = State.IDLE
        return reaction

    def close(self) -> None:
        """End the data link as usual and close the line; what the meter makes of it is not judged."""
        if self._open:
            if self.data_link.line.closed is None:
                if self.state is not State.IDLE and parse_url(self.device.link).datagrams:
                    # Over UDP nothing else tells the meter that its client has gone.
                    self.notify(rlrq())
                self.data_link.release()
            self.drop()

    def drop(self) -> None:
        """Close the line without a word to the meter."""
        if self.beside is None:
            self.data_link.line.close()
        self._open = self._set_up = False
        self.state = State.IDLE

    def answer_to_challenge(self, challenge: bytes | None = None, secret: bytes | None = None) -> bytes:
        """f(StoC) under the declared mechanism and secret; under GMAC it takes an invocation counter.

        Raises:
            NotDeclared: the mechanism cannot be computed with what the device config declares.
        """
        return self._high_level.answer(challenge, secret)

    def excess_of(self, reaction: Reaction) -> int:
        """By how many octets an xDLMS APDU, as received, is longer than the client said it takes; 0 when it fits.

        ACSE APDUs are not bound by the client-max-receive-pdu-size, which they only negotiate; general blocks are
        bound one by one.
        """
        most = self.proposed_initiate.client_max_receive_pdu_size if self.proposed_initiate is not None else 0
        if not most or not isinstance(reaction, Reply) or isinstance(reaction.value, (Aare, Rlre)):
            return 0
        if reaction.in_blocks:
            return 0
        return max(0, len(reaction.apdu) - most)

    @property
    def server_challenge(self) -> bytes:
        """StoC of the AARE received last; empty when it carried none."""
        return (self.aare.responding_authentication_value or b"") if self.aare is not None else b""

    @property
    def pass3_protection(self) -> Protection:
        """How the device config says that pass 3 is protected."""
        if not self.settings.context.ciphered:
            return Protection.NONE
        general = self.protection.general
        if self.settings.pass3_key == "dedicated" and self.security.dedicated_key is not None:
            return Protection.GENERAL_DED if general else Protection.DED
        if self.protection in (Protection.GENERAL_CIPHERING, Protection.GENERAL_CIPHERING_SIGNED):
            return self.protection
        return Protection.GENERAL_GLO if general else Protection.GLO

    def confirms_authentication(self, reaction: Reaction) -> bool:
        """Whether `reaction` is pass 4 with the right f(CtoS)."""
        return self.pass4_fault(reaction) is None

    def pass4_fault(self, reaction: Reaction) -> str | None:
        """What is wrong with `reaction` as pass 4, in words; None when it is right."""
        return self._high_level.fault(reaction)

    def pass3(self, answer: bytes) -> ActionRequestNormal | ReadRequest:
        """The request that invokes reply_to_HLS_authentication, by logical or by short name."""
        return self._high_level.request(answer)

    @property
    def _high_level(self) -> HighLevel:
        return HighLevel(self.security, self.client_challenge, self.server_challenge)

    def _passed(self, stimulus: Stimulus) -> Reaction:
        """Send pass 3; in general blocks, where they are negotiated and pass 4 is too long for a PDU of the client."""
        negotiated, initiate = self.negotiated, self.proposed_initiate
        if negotiated is None or _GENERAL_BLOCKS not in negotiated.negotiated_conformance or initiate is None:
            return self.request(stimulus)
        limit = initiate.client_max_receive_pdu_size
        short = 0 < limit < len(stimulus.octets) + _MOST_PROTECTION_OCTETS
        return exchange.request(self, stimulus, BlockOptions(in_blocks=True if short else None)).reaction

    def _dedicated_key(self, stimulus: Stimulus) -> bytes | None:
        if (stimulus.protection or self.protection) not in DEDICATED:
            return None
        declared = self.settings.dedicated_key
        key = declared.reveal() if isinstance(declared, Secret) else self.random.randbytes(self.settings.key_octets)
        self.keep_secret(key)
        return key

    def _note(self, reply: Reply, aare: Aare) -> None:
        self.aare = aare
        if aare.responding_ap_title is not None and len(aare.responding_ap_title) == 8:
            self.security.server_title = aare.responding_ap_title
        if isinstance(reply.initiate, InitiateResponse):
            self.negotiated = reply.initiate
        if aare.result == AssociationResult.ACCEPTED:
            pending = self.settings.mechanism >= Mechanism.HLS
            self.state = State.AUTHENTICATION_PENDING if pending else State.ASSOCIATED

    def _exchange(self, rendered: Rendered, stimulus: Stimulus) -> Reaction:
        self._send(rendered, stimulus)
        return self.receive()

    def _send(self, rendered: Rendered, stimulus: Stimulus) -> None:
        layer = self.data_link.layer
        foreign = stimulus.at(*(other for other in LINK_LAYERS if other is not layer))
        if foreign:
            told = "; ".join(str(change) for change in foreign)
            raise AlterationError(f"{told}: this device is reached in another profile, whose PDU is the {layer.value}")
        for secret in rendered.secrets:
            self.keep_secret(secret)
        tape, associated = self.data_link.line.tape, self.state is State.ASSOCIATED
        first = tape.next_number
        self._sent = rendered.octets
        self.data_link.send(rendered.octets, stimulus.at(layer), plain=rendered.plain)
        tape.tell_purpose(first, self._purpose(stimulus))
        self._trace.sent(self.security, stimulus, tape, first, associated=associated)

    def _purpose(self, stimulus: Stimulus) -> str:
        """How what is sent differs on purpose from what the device config declares; empty where it does not."""
        if stimulus.protection not in (None, self.protection, self.pass3_protection):
            return str(stimulus)
        return stimulus.purpose or ("" if self.settings in self.device.associations else _OTHER_SETTINGS)


def describe(reaction: Reaction) -> str:
    """A reaction in one bounded line."""
    return seen(reaction)
