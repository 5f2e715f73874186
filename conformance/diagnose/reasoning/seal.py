"""The protection of one APDU, and the search for what it was made with.

The search begins with what the exchange prescribes. Only when that does not verify are other keys, system titles and
octet orders tried, with few differences before many; what verifies then is proven, by a tag of 96 bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Final, NamedTuple

from conformance.diagnose.reasoning.key_ring import Key
from conformance.diagnose.reasoning.statement import Evidence
from conformance.dlms import apdu as apdus
from conformance.dlms.errors import DecodeError, DlmsError
from conformance.dlms.security import gcm
from conformance.dlms.security.ciphered import (
    GeneralDedicated,
    GeneralGlobal,
    ServiceCiphered,
    is_dedicated,
    plain_tag,
)
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.general_ciphering import AgreedKey, GeneralCiphering, WrappedKey
from conformance.dlms.security.header import TAG_OCTETS

SealedApdu = ServiceCiphered | GeneralGlobal | GeneralDedicated | GeneralCiphering
_NO_KEY: Final = b""


class Title(NamedTuple):
    """A system title, and whose it is."""

    name: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class Opening:
    """How a protected APDU opened.

    Attributes:
        plain: what stands inside.
        evidence: PROVEN by its tag; INFERRED from legible content where there is no tag; READ where nothing is hidden.
        key: it was encrypted or authenticated with; None where none was needed.
        authentication_key: likewise.
        title: in the nonce.
        reversed_counter: the nonce holds the octets of the counter in the other order.
        differs: what is not as prescribed: `key`, `authentication-key`, `title`, `counter-order`.
    """

    plain: bytes = field(repr=False)
    evidence: Evidence
    key: Key | None = None
    authentication_key: Key | None = None
    title: Title | None = None
    reversed_counter: bool = False
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prescribed:
    """What the exchange says that an APDU is protected with; None for what is not known.

    Attributes:
        keys: the one that the APDU names first, then all others that could have been meant.
        authentication_keys: likewise.
        titles: of the sender first.
        key_known, authentication_key_known, title_known: whether the first of each is the one that is prescribed.
    """

    keys: tuple[Key, ...]
    authentication_keys: tuple[Key | None, ...]
    titles: tuple[Title, ...]
    key_known: bool
    authentication_key_known: bool
    title_known: bool


@dataclass(slots=True)
class Effort:
    """Bounds the search over a whole conversation.

    Attributes:
        left: computations that may still be made.
    """

    left: int = 30_000


@dataclass(slots=True)
class Seal:
    """The protection of one APDU.

    Attributes:
        apdu: with the header and the protected content.
        tag: of the APDU that carries it.
        opening: None where nothing opened it.
        tried: keys and titles were at hand, and it should have opened.
        prescribed: what it should have opened with.
    """

    apdu: SealedApdu
    tag: int
    opening: Opening | None = None
    tried: bool = False
    prescribed: Prescribed | None = None

    @property
    def control(self) -> SecurityControl:
        """The security control octet."""
        return self.apdu.security_control

    @property
    def counter(self) -> int:
        """The invocation counter as sent, big-endian."""
        return self.apdu.invocation_counter

    @property
    def dedicated(self) -> bool:
        """Whether the APDU says that the dedicated key protects it."""
        return is_dedicated(self.tag)

    @property
    def carried_title(self) -> bytes:
        """The system title that the APDU itself carries; empty where it carries none."""
        if isinstance(self.apdu, GeneralGlobal | GeneralDedicated):
            return self.apdu.system_title
        return self.apdu.originator_system_title if isinstance(self.apdu, GeneralCiphering) else b""

    @property
    def additional(self) -> bytes:
        """What the tag covers besides."""
        return self.apdu.additional_data if isinstance(self.apdu, GeneralCiphering) else b""

    @property
    def needs_key(self) -> bool:
        """Whether something is encrypted or authenticated at all."""
        return self.control.encrypted or self.control.authenticated

    @property
    def unknown_key(self) -> bool:
        """Whether it was made with a key that only its receiver has: wrapped or agreed, and not to be computed."""
        return self.brings_key and (self.prescribed is None or not self.prescribed.key_known)

    @property
    def brings_key(self) -> bool:
        """Whether the APDU carries its key, wrapped or to be agreed."""
        return isinstance(self.apdu, GeneralCiphering) and isinstance(self.apdu.key_info, WrappedKey | AgreedKey)

    @property
    def inner_tag(self) -> int | None:
        """The tag that must stand inside; None where any may."""
        return plain_tag(self.tag) if isinstance(self.apdu, ServiceCiphered) else None

    def open(self, prescribed: Prescribed, effort: Effort) -> None:
        """Look for what it was made with."""
        self.prescribed = prescribed
        self.opening = self._readable()
        if not self.needs_key or self.unknown_key:
            return
        self.tried = prescribed.key_known and prescribed.title_known
        self.tried &= prescribed.authentication_key_known or not self.control.authenticated
        for candidate in _candidates(prescribed, effort):
            if not self.control.authenticated and len(candidate.differs) > 1:
                break
            effort.left -= 1
            if effort.left < 0 and candidate.differs:
                break
            plain = self._attempt(candidate)
            if plain is not None:
                evidence = Evidence.PROVEN if self.control.authenticated else Evidence.INFERRED
                differs = tuple(name for name in candidate.differs if name in _counted(prescribed, self.control))
                self.opening = Opening(plain, evidence, *candidate[:4], differs)
                return

    def _readable(self) -> Opening | None:
        """What stands there in clear, whatever the tag says."""
        if self.control.encrypted:
            return None
        content = self.apdu.content
        plain = content[:-TAG_OCTETS] if self.control.authenticated else content
        return Opening(plain, Evidence.READ)

    def _attempt(self, candidate: _Candidate) -> bytes | None:
        counter = self.counter
        if candidate.reversed_counter:
            counter = int.from_bytes(counter.to_bytes(4, "big"), "little")
        key, other = candidate.key.octets, candidate.authentication_key
        try:
            plain = gcm.unprotect(
                self.control,
                candidate.title.octets,
                counter,
                key,
                _NO_KEY if other is None else other.octets,
                self.apdu.content,
                additional=self.additional,
            )
        except DlmsError:
            return None
        return plain if self.control.authenticated or self._legible(plain) else None

    def _legible(self, plain: bytes) -> bool:
        """Whether it is an APDU of the kind that must stand inside: of octets by chance that is next to impossible."""
        if not plain or (self.inner_tag is not None and plain[0] != self.inner_tag):
            return False
        try:
            apdus.decode(plain, deviations=[])
        except DecodeError:
            return False
        return True


class _Candidate(NamedTuple):
    key: Key
    authentication_key: Key | None
    title: Title
    reversed_counter: bool
    differs: tuple[str, ...]


def _candidates(prescribed: Prescribed, effort: Effort) -> Iterator[_Candidate]:
    """Every combination, that with no difference first; nothing but that where no effort is left."""
    if prescribed.keys and prescribed.titles:
        first = prescribed.authentication_keys[0]
        yield _Candidate(prescribed.keys[0], first, prescribed.titles[0], False, ())
    if effort.left <= 0:
        return
    counted = [
        _Candidate(
            key,
            other,
            title,
            order,
            tuple(
                name
                for name, differs in (
                    ("key", at_key > 0),
                    ("authentication-key", at_other > 0),
                    ("title", at_title > 0),
                    ("counter-order", order),
                )
                if differs
            ),
        )
        for (at_key, key), (at_other, other), (at_title, title), order in product(
            enumerate(prescribed.keys),
            enumerate(prescribed.authentication_keys),
            enumerate(prescribed.titles),
            (False, True),
        )
    ]
    counted.sort(key=lambda candidate: len(candidate.differs))
    yield from counted[1:]


def _counted(prescribed: Prescribed, control: SecurityControl) -> frozenset[str]:
    """The differences that mean something: from what was prescribed, not from a guess."""
    known = {"counter-order"}
    known |= {"key"} if prescribed.key_known else set()
    known |= {"authentication-key"} if prescribed.authentication_key_known and control.authenticated else set()
    known |= {"title"} if prescribed.title_known else set()
    return frozenset(known)
