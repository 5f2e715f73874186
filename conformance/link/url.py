"""The one form in which a link is named: `loopback:`, `tcp://host:port`."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

SCHEMES = ("loopback", "tcp")


class LinkUrlError(ValueError):
    """A link URL that cannot be used; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class LinkUrl:
    """A parsed link URL; `host` and `port` are empty and 0 for the loopback."""

    scheme: str
    host: str = ""
    port: int = 0

    def __str__(self) -> str:
        if self.scheme == "loopback":
            return "loopback:"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def parse_url(text: str) -> LinkUrl:
    """The link that `text` names.

    Raises:
        LinkUrlError: unknown scheme, host or port missing, port out of range.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise LinkUrlError(f"link {text!r}: {error}; expected tcp://HOST:PORT") from None
    if parts.scheme == "loopback":
        if parts.netloc or parts.path:
            raise LinkUrlError(f"link {text!r}: loopback: stands alone, without host or path")
        return LinkUrl("loopback")
    if parts.scheme != "tcp":
        raise LinkUrlError(f"link {text!r}: unknown scheme {parts.scheme!r}; expected loopback: or tcp://HOST:PORT")
    if not parts.hostname or port is None:
        raise LinkUrlError(f"link {text!r}: host and port are needed, as in tcp://192.0.2.1:4059")
    if parts.path not in ("", "/") or parts.query:
        raise LinkUrlError(f"link {text!r}: nothing may follow the port")
    return LinkUrl("tcp", parts.hostname, port)
