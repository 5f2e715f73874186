"""A key or password that reports, logs and assertion messages cannot show by accident."""

from __future__ import annotations

import hashlib
import hmac
from typing import NoReturn, final


@final
class Secret:
    """Octets that only `reveal` gives out; everything else shows a fingerprint.

    Two secrets compare in constant time; a secret never equals plain octets, so that no test compares a key by mistake
    and has both sides printed. It is immutable, hashable and may be copied within the process, but it refuses to be
    pickled. It is true in every condition, an empty password too: ask `is None` for one that is not declared.
    """

    __slots__ = ("_octets",)

    _octets: bytes

    def __init__(self, octets: bytes) -> None:
        object.__setattr__(self, "_octets", bytes(octets))

    def reveal(self) -> bytes:
        """The octets themselves, for the computation that needs them and nothing else."""
        return self._octets

    @property
    def size(self) -> int:
        """Number of octets."""
        return len(self._octets)

    @property
    def fingerprint(self) -> str:
        """The first 8 hex digits of the octets' SHA-256: tells keys apart without showing them."""
        return hashlib.sha256(self._octets).hexdigest()[:8]

    def __repr__(self) -> str:
        return f"<secret sha256:{self.fingerprint}>"

    def __str__(self) -> str:
        return repr(self)

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._octets, other._octets)

    def __hash__(self) -> int:
        return hash((Secret, hashlib.sha256(self._octets).digest()))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a secret cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a secret cannot be changed")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret cannot be pickled: hand over where it comes from, not the secret")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled: hand over where it comes from, not the secret")
