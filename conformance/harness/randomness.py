"""Judging challenges: whether a series can be told from random octets, without failing a sound source by chance.

No test of some dozens of values proves them random. These look for what weak generators of real servers leave behind.
Each threshold is so far out that random challenges of at least 8 octets miss any of them in fewer than one of 10^9
series. The least that is asked for, `LEAST_BITS`, leaves room for challenges of letters or digits of sufficient length:
the standard's authentication-value is a string of characters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

LEAST_BITS = 40
"""Bits that a challenge must have at least: with fewer, one of about 2^20 challenges repeats an earlier one."""
FEWEST_CHALLENGES = 50
"""Fewer of them have too few bits between them for `LEAST_BITS` to be told."""

_MOST_FOLLOWING = 0.5
"""Share of the octets that may follow from the one before by the same rule; of random ones, 1 of 128 does."""
_FEWEST_RECURRENCES = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """What one test of a series found.

    Attributes:
        passed: whether it may come from a sound source.
        expected: the threshold, in words.
        observed: the figure, in words.
    """

    passed: bool
    expected: str
    observed: str


Test = Callable[[Sequence[bytes]], Finding]


def never_repeats(challenges: Sequence[bytes]) -> Finding:
    """No challenge comes twice: of 50 random ones of 8 octets, two agree in one of 10^16 series."""
    distinct = len(set(challenges))
    return Finding(
        distinct == len(challenges),
        f"{len(challenges)} different challenges",
        f"{distinct} different challenges of {len(challenges)}",
    )


def bits_vary(challenges: Sequence[bytes]) -> Finding:
    """Enough bits are not the same in every challenge: a random bit is, in 50 of them, once in 5 × 10^14 series."""
    varying = _any_difference(challenges).bit_count()
    return Finding(
        varying >= LEAST_BITS,
        f"at least {LEAST_BITS} bits that vary",
        f"{varying} of {8 * _length(challenges)} bits vary over {len(challenges)} challenges",
    )


def bits_are_independent(challenges: Sequence[bytes]) -> Finding:
    """The challenges span enough dimensions over GF(2): bits that are sums of other bits add none.

    Shift registers, counters, constant and copied bits all show here. 49 differences of random challenges of 64 bits
    span fewer than 40 dimensions in one of 2^250 series.
    """
    rank = _affine_rank(challenges)
    most = min(len(challenges) - 1, 8 * _length(challenges))
    return Finding(
        rank >= LEAST_BITS,
        f"at least {LEAST_BITS} independent bits",
        f"{rank} independent bits, where {len(challenges)} challenges can show {most}",
    )


def octets_differ(challenges: Sequence[bytes]) -> Finding:
    """The octets come from an alphabet large enough for the length: of 400 random octets about 200 are different."""
    alphabet = len(set(b"".join(challenges)))
    bits = min((len(challenge) for challenge in challenges), default=0) * math.log2(alphabet or 1)
    return Finding(
        bits >= LEAST_BITS,
        f"different octets enough for {LEAST_BITS} bits",
        f"{alphabet} different octets in all, hence at most {bits:.0f} bits in a challenge",
    )


def octets_do_not_follow(challenges: Sequence[bytes]) -> Finding:
    """An octet is not the one before it, shifted by a bit, rotated, counted up or down, or copied."""
    pairs = [pair for challenge in challenges for pair in pairwise(challenge)]
    shares = {name: sum(follows(*pair) for pair in pairs) / max(len(pairs), 1) for name, follows in _RULES.items()}
    name = max(shares, key=lambda rule: shares[rule])
    return Finding(
        shares[name] <= _MOST_FOLLOWING,
        f"at most {_MOST_FOLLOWING:.0%} of the octets follow from the one before by one rule",
        f"{shares[name]:.0%} of {len(pairs)} octets are the one before, {name}",
    )


def octets_do_not_determine(challenges: Sequence[bytes]) -> Finding:
    """The same octet is not always followed by the same octet, as a generator of one octet of state would have it."""
    followers: dict[int, int] = {}
    agreeing = recurring = 0
    for challenge in challenges:
        for octet, following in pairwise(challenge):
            known = followers.setdefault(octet, following)
            recurring += 1
            agreeing += known == following
    recurring -= len(followers)
    agreeing -= len(followers)
    share = agreeing / max(recurring, 1)
    return Finding(
        recurring < _FEWEST_RECURRENCES or share <= _MOST_FOLLOWING,
        f"at most {_MOST_FOLLOWING:.0%} of the octets that recur are followed by the same octet again",
        f"{share:.0%} of {recurring} octets that recur are followed by the same octet again",
    )


TESTS: tuple[Test, ...] = (
    never_repeats,
    bits_vary,
    bits_are_independent,
    octets_differ,
    octets_do_not_follow,
    octets_do_not_determine,
)


def judge(challenges: Sequence[bytes]) -> list[Finding]:
    """The finding of each test.

    Raises:
        ValueError: too few challenges to judge by.
    """
    if len(challenges) < FEWEST_CHALLENGES:
        raise ValueError(f"{len(challenges)} challenges are too few to judge by; {FEWEST_CHALLENGES} are needed")
    return [test(challenges) for test in TESTS]


_RULES: dict[str, Callable[[int, int], bool]] = {
    "shifted left by a bit": lambda one, other: (one << 1) & 0xFE == other & 0xFE,
    "shifted right by a bit": lambda one, other: one >> 1 == other & 0x7F,
    "counted up": lambda one, other: (one + 1) & 0xFF == other,
    "counted down": lambda one, other: (one - 1) & 0xFF == other,
    "copied": lambda one, other: one == other,
    "inverted": lambda one, other: one ^ 0xFF == other,
}
"""Rotations are shifts whose free bit is the one shifted out."""


def _length(challenges: Sequence[bytes]) -> int:
    return max((len(challenge) for challenge in challenges), default=0)


def _numbers(challenges: Sequence[bytes]) -> list[int]:
    """Each challenge as a number whose first octet is the most significant of all, whatever its length."""
    length = _length(challenges)
    return [int.from_bytes(challenge.ljust(length, b"\0"), "big") for challenge in challenges]


def _any_difference(challenges: Sequence[bytes]) -> int:
    numbers = _numbers(challenges)
    differing = 0
    for number in numbers[1:]:
        differing |= number ^ numbers[0]
    return differing


def _affine_rank(challenges: Sequence[bytes]) -> int:
    """Dimensions over GF(2) that the differences to the first challenge span."""
    numbers = _numbers(challenges)
    basis: list[int] = []
    for number in numbers[1:]:
        rest = number ^ numbers[0]
        for element in basis:
            rest = min(rest, rest ^ element)
        if rest:
            basis.append(rest)
    return len(basis)
