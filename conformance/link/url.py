"""The one form in which a way to a meter is named, and a place where the embedded meter listens.

`loopback:` · `tcp://HOST:PORT` · `udp://HOST:PORT` · `serial:PORT` · `rfc2217://HOST:PORT` · `socket://HOST:PORT` ·
`pty:` (only to listen on); options follow a question mark, as in `serial:/dev/ttyUSB0?baud=9600&echo=true`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace
from typing import Any, Final
from urllib.parse import urlsplit

from conformance.link.line_model import LineModel
from conformance.link.url_options import Option, OptionError, baud_rate, choice, flag, integer, number, read_options

SCHEMES: Final = ("loopback", "tcp", "udp", "serial", "rfc2217", "socket", "pty")
ONE_LINE: Final = frozenset(("serial", "rfc2217", "socket"))
"""Schemes with one physical line behind them: whoever has it open has it alone."""
MODE_E: Final = "mode-e"
_NETWORK: Final = frozenset(("tcp", "udp", "rfc2217", "socket"))
_FORMS: Final = {
    "loopback": "loopback:",
    "tcp": "tcp://HOST:PORT",
    "udp": "udp://HOST:PORT",
    "serial": "serial:PORT",
    "rfc2217": "rfc2217://HOST:PORT",
    "socket": "socket://HOST:PORT",
}
EXPECTED: Final = ", ".join(_FORMS.values())
_DEFAULT_BAUD: Final = 9600


class LinkUrlError(ValueError):
    """A link URL that cannot be used; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """How a serial line is used.

    Attributes:
        baud: bits per second; None where the meter names it (opening in mode E) or nobody has said it.
        data_bits: 8; HDLC carries octets.
        parity: `none`, `even` or `odd`.
        stop_bits: 1 or 2.
        echo: what is sent comes back, and is swallowed: an optical head, two wires.
        opening: `mode-e` when the line is opened by IEC 62056-21 mode E; None when it speaks HDLC from the beginning.
        ign_set_control: do not wait until an RFC 2217 server confirms control signals; a pseudo terminal has none.
    """

    baud: int | None = None
    data_bits: int = 8
    parity: str = "none"
    stop_bits: int = 1
    echo: bool = False
    opening: str | None = None
    ign_set_control: bool = False


@dataclass(frozen=True, slots=True)
class LinkUrl:
    """A parsed link URL.

    Attributes:
        scheme: one of `SCHEMES`.
        host: of a network link; else empty.
        port: of a network link; else 0.
        path: of a serial port, as the operating system calls it; else empty.
        serial: of a serial line, here or behind a network port; of a loopback that is opened in mode E; else None.
        model: of the line of `loopback:` or `pty:`; None for a perfect one.
        transport: of `loopback:`, `udp` where it stands for a UDP port, which has no line; empty where for a stream.
    """

    scheme: str
    host: str = ""
    port: int = 0
    path: str = ""
    serial: SerialSettings | None = None
    model: LineModel | None = None
    transport: str = ""

    def __str__(self) -> str:
        if self.scheme in _NETWORK:
            host = f"[{self.host}]" if ":" in self.host else self.host
            where = f"{self.scheme}://{host}:{self.port}"
        else:
            where = f"{self.scheme}:{self.path}"
        options = "&".join(f"{name}={_written(value)}" for name, value in self._options())
        return f"{where}?{options}" if options else where

    @property
    def datagrams(self) -> bool:
        """Whether octets go in datagrams, each for itself, not in a stream."""
        return "udp" in (self.scheme, self.transport)

    @property
    def line(self) -> str | None:
        """The line that only one process of a host may use at a time; None where each process has its own.

        A serial port is known by the name it ends at, whatever alias the config uses, and a network port by its
        address, whatever is spoken to it.
        """
        if self.scheme in ("loopback", "pty"):
            return None
        if self.scheme == "serial":
            path = os.path.realpath(self.path) if self.path.startswith("/") else self.path.upper()
            return f"serial:{path}"
        scheme = "udp" if self.scheme == "udp" else "tcp"
        return str(LinkUrl(scheme, self.host.lower(), self.port))

    def _options(self) -> list[tuple[str, object]]:
        """What differs from the default, under the names that the URL uses."""
        found: list[tuple[str, object]] = []
        if self.serial is not None:
            default = _serial_default(self.scheme, self.serial.opening)
            found += [
                (entry.name, getattr(self.serial, entry.name))
                for entry in fields(SerialSettings)
                if getattr(self.serial, entry.name) != getattr(default, entry.name)
            ]
        if self.model is not None:
            perfect = LineModel()
            for name in _MODEL_OPTIONS:
                attribute, scale = _MODEL_NAMES.get(name, (name, 1.0))
                value = getattr(self.model, attribute)
                if value != getattr(perfect, attribute):
                    found.append((name, value if scale == 1.0 else value / scale))
        if self.transport:
            found.append((_TRANSPORT, self.transport))
        return found


_SERIAL_OPTIONS: Final[dict[str, Option]] = {
    "baud": Option(baud_rate, "baud=9600"),
    "data_bits": Option(choice("8", to=int), "data_bits=8", "the 7E1 of IEC 62056-21 is opening=mode-e"),
    "parity": Option(choice("none", "even", "odd"), "parity=none, even or odd"),
    "stop_bits": Option(choice("1", "2", to=int), "stop_bits=1 or 2"),
    "echo": Option(flag, "echo=true or false"),
    "opening": Option(choice(MODE_E), f"opening={MODE_E}"),
}
_MODEL_OPTIONS: Final[dict[str, Option]] = {
    "baud": Option(baud_rate, "baud=9600"),
    "turnaround_ms": Option(number(60_000.0), "turnaround_ms=20"),
    "octet_loss": Option(number(1.0), "octet_loss=0.01"),
    "bit_errors": Option(number(1.0), "bit_errors=0.001"),
    "duplicates": Option(number(1.0), "duplicates=0.01"),
    "noise": Option(number(1.0), "noise=0.01"),
    "seed": Option(integer, "seed=7"),
}
_TRANSPORT: Final = "transport"
_MODEL_NAMES: Final = {"turnaround_ms": ("turnaround_s", 0.001)}
_OPTIONS: Final[dict[str, dict[str, Option]]] = {
    "loopback": {
        **_MODEL_OPTIONS,
        "opening": _SERIAL_OPTIONS["opening"],
        _TRANSPORT: Option(choice("udp"), "transport=udp", "else it is a stream"),
    },
    "pty": _MODEL_OPTIONS,
    "tcp": {},
    "udp": {},
    "serial": _SERIAL_OPTIONS,
    "rfc2217": {**_SERIAL_OPTIONS, "ign_set_control": Option(flag, "ign_set_control=true or false")},
    # A raw socket has no say in how the line behind it is set; what that is may be told all the same.
    "socket": {name: _SERIAL_OPTIONS[name] for name in ("baud", "echo")},
}


def parse_url(text: str) -> LinkUrl:
    """The link that `text` names; `pty:` is taken too, which nobody but `simulate --listen` can use.

    Raises:
        LinkUrlError: unknown scheme, host, port or path missing, port out of range, an option that is unknown or wrong.
    """
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if not colon or scheme not in SCHEMES:
        named = f"unknown scheme {scheme!r}" if colon else "no scheme"
        raise LinkUrlError(f"link {text!r}: {named}; expected one of {EXPECTED}")
    where, mark, query = rest.partition("?")
    url = _located(text, scheme, where)
    try:
        values = read_options(scheme, query if mark else None, _OPTIONS[scheme])
    except OptionError as error:
        raise LinkUrlError(f"link {text!r}: {error}") from None
    if values.get(_TRANSPORT):
        if len(values) > 1:
            raise LinkUrlError(f"link {text!r}: transport=udp stands for a network; leave out what models a line")
        return replace(url, transport=values[_TRANSPORT])
    if scheme in ("loopback", "pty"):
        opening = values.pop("opening", None)
        serial = None if opening is None else SerialSettings(opening=opening)
        return replace(url, serial=serial, model=_model(text, values))
    return replace(url, serial=_serial(text, scheme, values)) if scheme in ONE_LINE else url


def unreachable(url: LinkUrl, profile: str) -> str | None:
    """Why no meter of this communication profile, `hdlc` or `wrapper`, can be reached by `url`; None when one can."""
    if url.scheme == "pty":
        return "pty: is for simulate --listen; a run reaches the port that it names by serial:"
    if url.scheme in ONE_LINE and profile == "wrapper":
        return f"{url.scheme}: is a serial line, which speaks HDLC; the wrapper goes over tcp:// or udp://"
    if url.serial is not None and profile == "wrapper":
        return "an opening in mode E leads to HDLC; leave opening out, or set profile to hdlc"
    if url.datagrams and profile == "hdlc":
        return "udp: takes datagrams, HDLC is a stream; reach an HDLC meter by tcp://, or set profile to wrapper"
    return None


def _located(text: str, scheme: str, where: str) -> LinkUrl:
    if scheme in ("loopback", "pty"):
        if where:
            raise LinkUrlError(f"link {text!r}: {scheme}: stands alone, without host or path")
        return LinkUrl(scheme)
    if scheme == "serial":
        path = where.removeprefix("//") if where.startswith("///") else where
        if not path or path.startswith("//") or not path.isprintable() or path != path.strip():
            raise LinkUrlError(
                f"link {text!r}: the name of a port follows serial: as in serial:/dev/ttyUSB0 or serial:COM3"
            )
        return LinkUrl(scheme, path=path)
    try:
        parts = urlsplit(f"{scheme}:{where}")
        port = parts.port
    except ValueError as error:
        raise LinkUrlError(f"link {text!r}: {error}; expected {_FORMS[scheme]}") from None
    if not parts.hostname or port is None:
        raise LinkUrlError(f"link {text!r}: host and port are needed, as in {scheme}://192.0.2.1:4059")
    if parts.path not in ("", "/") or parts.fragment or parts.username is not None:
        raise LinkUrlError(f"link {text!r}: nothing but options may stand beside host and port")
    return LinkUrl(scheme, parts.hostname, port)


def _serial_default(scheme: str, opening: str | None) -> SerialSettings:
    """What holds where nothing is said: at mode E the meter names the baud rate, behind a socket nobody does."""
    return SerialSettings(baud=None if opening == MODE_E or scheme == "socket" else _DEFAULT_BAUD)


def _serial(text: str, scheme: str, values: dict[str, Any]) -> SerialSettings:
    settings = replace(_serial_default(scheme, values.get("opening")), **values)
    if settings.opening == MODE_E and (settings.parity, settings.stop_bits) != ("none", 1):
        raise LinkUrlError(f"link {text!r}: after an opening in mode E the line is 8N1; leave parity and stop_bits out")
    return settings


def _model(text: str, values: dict[str, Any]) -> LineModel | None:
    if not values:
        return None
    named = {}
    for name, value in values.items():
        attribute, scale = _MODEL_NAMES.get(name, (name, 1.0))
        named[attribute] = value if scale == 1.0 else value * scale
    try:
        return LineModel(**named)
    except ValueError as error:
        raise LinkUrlError(f"link {text!r}: {error}") from None


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.12g}" if isinstance(value, float) else str(value)
