"""What the meter remembers so that nothing is taken twice: counters under established keys, transactions."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Final

MOST: Final = 4096
"""How many keys and transactions are remembered; of more, the oldest are forgotten."""


class EstablishedCounters:
    """The last invocation counter under each key that a general-ciphering APDU has brought; no key is kept."""

    def __init__(self) -> None:
        self._last: OrderedDict[bytes, int] = OrderedDict()

    def last(self, key: bytes) -> int:
        """The last counter under `key`; -1 before the first, as an established key begins with 0."""
        return self._last.get(_name(key), -1)

    def accept(self, key: bytes, counter: int) -> None:
        """Remember the counter."""
        name = _name(key)
        self._last[name] = max(counter, self._last.pop(name, -1))
        if len(self._last) > MOST:
            self._last.popitem(last=False)


class Transactions:
    """The transaction-ids that static key agreement has used as its nonce, each with its originator."""

    def __init__(self) -> None:
        self._used: OrderedDict[tuple[bytes, bytes], None] = OrderedDict()

    def known(self, originator: bytes, transaction_id: bytes) -> bool:
        """Whether the originator has used it before."""
        return (originator, transaction_id) in self._used

    def remember(self, originator: bytes, transaction_id: bytes) -> None:
        """It is used up."""
        self._used[originator, transaction_id] = None
        if len(self._used) > MOST:
            self._used.popitem(last=False)


def _name(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
