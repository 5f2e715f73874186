"""Lines of a log that name a key: taken as keys, and never for octets that passed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from conformance.diagnose.intake.keys import CaptureKeys, KeyFault, from_texts

_NAMES: Final = (
    ("global_broadcast_encryption_key", r"gbek|(?:global\s+)?broadcast(?:\s+encryption)?\s+key"),
    (
        "global_unicast_encryption_key",
        r"guek|(?:global\s+)?(?:unicast\s+)?encryption\s+key|(?:block|global)\s*-?cipher(?:ing)?\s*-?key|ek",
    ),
    ("authentication_key", r"gak|(?:global\s+)?auth(?:entication)?\s*-?key|ak"),
    ("dedicated_key", r"dedicated\s*-?key|dk"),
    ("master_key", r"master\s*-?key|kek|mk"),
    ("client_system_title", r"(?:client|calling)\s*-?(?:system|ap)\s*-?title"),
    ("server_system_title", r"(?:server|meter|responding)\s*-?(?:system|ap)\s*-?title"),
    ("password", r"(?:lls|hls)?\s*(?:password|passwd|secret)"),
)
_LINE: Final = re.compile(
    r"(?:^|[^A-Za-z0-9])(?:"
    + "|".join(f"(?P<{name}>{words.replace(chr(92) + 's+', '[ _]?')})" for name, words in _NAMES)
    + r")\s{0,4}(?:\([^)]{0,40}\)\s{0,4})?[:=]\s{0,4}(?P<value>\S[^\r\n]{0,300})",
    re.IGNORECASE,
)
_QUOTES: Final = "\"'`"
_DRESS: Final = re.compile(r"0[xX]|[\s:;,\-]")
_SEARCHED: Final = 600


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key that a line names.

    Attributes:
        name: of the key.
        keys: with that key alone; None where the value is none.
        raw: the value as it stands, which must not be shown.
        fault: why the value is none.
    """

    name: str
    keys: CaptureKeys | None
    raw: str
    fault: str = ""


def read(line: str) -> KeyLine | None:
    """The key that a line names; None where it names none."""
    found = _LINE.search(line[:_SEARCHED])
    if found is None:
        return None
    name = next(name for name, _ in _NAMES if found[name] is not None)
    raw = found["value"].strip().strip(_QUOTES)
    value = raw if name == "password" else _DRESS.sub("", raw)
    try:
        return KeyLine(name, from_texts({name: value}), raw)
    except KeyFault as fault:
        return KeyLine(name, None, raw, str(fault))
