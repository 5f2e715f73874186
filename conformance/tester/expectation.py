"""Expectations: named sets of accepted reactions, and how a reaction is judged against them.

An acceptance either fits a reaction or says why not; one that a certified meter is known to show although the standard
wants another is `tolerated` and fits only under the tolerant profile of acceptance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from conformance.device.model import Acceptance as Profile
from conformance.device.model import AssociationSettings
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.xdlms.initiate import InitiateRequest
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.seen import seen


@dataclass(frozen=True, slots=True)
class Situation:
    """What a reaction is judged in the light of.

    Attributes:
        settings: the declaration of the association.
        profile: strict or tolerant.
        aarq: the AARQ sent last; None before the first.
        initiate: its InitiateRequest.
    """

    settings: AssociationSettings
    profile: Profile
    aarq: Aarq | None = None
    initiate: InitiateRequest | None = None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why a reaction does not fit.

    Attributes:
        reason: in words.
        path: of the field that decides it, in the (plain) APDU or in the user-information of an AARE; empty where no
            octets decide.
        closeness: how far the reaction agreed; of several alternatives the reason of the closest is told.
    """

    reason: str
    path: str = ""
    closeness: int = 0


Match = Callable[[Reaction, Situation], Mismatch | None]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One accepted reaction: what it is called, and how it is recognised.

    Attributes:
        words: what it is called.
        match: None of a reaction that fits, or why it does not.
        path: of the field that decides when it fits, or what tells it of the reaction; empty where no octets decide.
        tolerated: fits only under the tolerant profile.
    """

    words: str
    match: Match
    path: str | Callable[[Reaction], str] = ""
    tolerated: bool = False

    def where(self, reaction: Reaction) -> str:
        """Path of the field that decides it when `reaction` fits."""
        return self.path if isinstance(self.path, str) else self.path(reaction)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a reaction.

    Attributes:
        passed: whether it is an accepted one.
        expected: the accepted reactions, in words.
        observed: the reaction, in words.
        reason: why; for a pass, which reaction it was.
        frame: number on the tape of the frame that decides it; None for silence.
        path: of the field that decides it; empty where no octets decide.
        tolerated: passed only because the profile is tolerant.
    """

    passed: bool
    expected: str
    observed: str
    reason: str
    frame: int | None = None
    path: str = ""
    tolerated: bool = False


@dataclass(frozen=True, slots=True)
class Expectation:
    """A set of accepted reactions; `|` joins two."""

    acceptances: tuple[Acceptance, ...]

    def __or__(self, other: Expectation) -> Expectation:
        return Expectation(self.acceptances + other.acceptances)

    def __str__(self) -> str:
        return " or ".join(item.words + (" (tolerated)" if item.tolerated else "") for item in self.acceptances)

    def judge(self, reaction: Reaction, situation: Situation) -> Judgement:
        """Whether `reaction` is accepted in `situation`, and why."""
        frame = getattr(reaction, "frame", None)
        observed = seen(reaction)
        closest: Mismatch | None = None
        for item in self.acceptances:
            mismatch = item.match(reaction, situation)
            if mismatch is None and item.tolerated and situation.profile is Profile.STRICT:
                reason = f"{item.words}: tolerated of meters in the field, but the profile of acceptance is strict"
                mismatch = Mismatch(reason, item.where(reaction), closeness=9)
            if mismatch is None:
                reason = f"tolerated: {item.words}" if item.tolerated else item.words
                return Judgement(True, str(self), observed, reason, frame, item.where(reaction), item.tolerated)
            if closest is None or mismatch.closeness > closest.closeness:
                closest = mismatch
        assert closest is not None  # noqa: S101 - an expectation accepts at least one reaction
        path = closest.path or getattr(reaction, "path", "")
        return Judgement(False, str(self), observed, closest.reason, frame, path)


def tolerated(expectation: Expectation) -> Expectation:
    """The same reactions, accepted only under the tolerant profile."""
    return Expectation(tuple(replace(item, tolerated=True) for item in expectation.acceptances))


def expectation(words: str, match: Match, path: str | Callable[[Reaction], str] = "") -> Expectation:
    """An expectation of one reaction."""
    return Expectation((Acceptance(words, match, path),))


def no_apdu(reaction: Reaction, wanted: str) -> Mismatch | None:
    """The mismatch of a reaction that is no readable APDU; None for one that is."""
    if not isinstance(reaction, Reply):
        return Mismatch(f"{wanted} expected; {reaction}")
    if reaction.protected is not None and reaction.protected.error is not None:
        return Mismatch(f"the reply does not open: {reaction.protected.error}", closeness=1)
    if reaction.error is not None:
        return Mismatch(f"the reply does not decode: {reaction.error}", reaction.error.path, closeness=1)
    return None
