"""A serial port, of this host or behind an RFC 2217 server, through pyserial: its faults in words."""

from __future__ import annotations

import contextlib
import errno
import sys
import warnings
from typing import Any, Final

from serial import SerialException, serial_for_url
from serial.tools import list_ports

from conformance.link.link import LineFault, LinkClosed, LinkError
from conformance.link.url import LinkUrl, SerialSettings

if sys.platform == "win32":
    _Refusal: tuple[type[Exception], ...] = (OSError, ValueError)
else:
    import termios

    _Refusal = (OSError, ValueError, termios.error)

_SLICE_S: Final = 0.02
"""Longest wait of one reading; a setting of the port, which is not cheap to change."""
_SLACK_S: Final = 5.0
"""How much longer than its octets take a transmission may be held up."""
_CHARACTER_BITS: Final = 11
_MOST_OCTETS: Final = 4096
_BUSY: Final = frozenset((errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK))
_FORBIDDEN: Final = frozenset((errno.EACCES, errno.EPERM))
_ABSENT: Final = frozenset((errno.ENOENT, errno.ENXIO, errno.ENODEV))
_PARITIES: Final = {"none": "N", "even": "E", "odd": "O"}


class SerialPort:
    """A port named by `url`, taken for this process alone where the platform can do that."""

    def __init__(self, url: LinkUrl) -> None:
        self._where = str(LinkUrl(url.scheme, url.host, url.port, url.path))
        self._local = url.scheme == "serial"
        self._settings = url.serial or SerialSettings()
        self._name = url.path if self._local else f"{self._where}?timeout=3"
        if self._settings.ign_set_control:
            self._name += "&ign_set_control"
        self._port: Any = None

    def open(self, baud: int) -> None:
        """Open the port; what waits in its buffers is dropped.

        Raises:
            LinkError: no such port, in use, no permission, or it does not take the settings.
        """
        self.close()
        settings = self._settings
        try:
            with warnings.catch_warnings():
                # pyserial's RFC 2217 client uses names that threading has deprecated.
                warnings.simplefilter("ignore", DeprecationWarning)
                port = serial_for_url(self._name, do_not_open=True, exclusive=True if self._local else None)
                port.baudrate, port.bytesize = baud, settings.data_bits
                port.parity, port.stopbits = _PARITIES[settings.parity], settings.stop_bits
                port.timeout = _SLICE_S
                port.open()
                port.reset_input_buffer()
        except _Refusal as error:
            raise LinkError(f"{self._where}: {self._refused(error, baud)}") from None
        self._port = port

    def close(self) -> None:
        """Give the port back."""
        port, self._port = self._port, None
        if port is not None:
            with contextlib.suppress(*_Refusal):
                port.close()

    @property
    def is_open(self) -> bool:
        """Whether it was opened, and has not failed since."""
        return self._port is not None

    def clear(self) -> None:
        """Drop what was received and not read.

        Raises:
            LineFault: the port has vanished.
        """
        try:
            self._opened().reset_input_buffer()
        except _Refusal as error:
            raise self._vanished(error) from None

    def change_baud(self, baud: int) -> None:
        """Once all that was sent has left, send and receive at another rate.

        Raises:
            LineFault: the port has vanished, or does not take the rate.
        """
        port = self._opened()
        try:
            if self._local:
                port.flush()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                port.baudrate = baud
        except _Refusal as error:
            raise self._vanished(error, f"does not change to {baud} baud, or vanished") from None

    def write(self, octets: bytes) -> None:
        """Hand octets to the port.

        Raises:
            LineFault: the port has vanished, or takes no octets.
        """
        port = self._opened()
        try:
            if self._local:
                port.write_timeout = len(octets) * _CHARACTER_BITS / port.baudrate + _SLACK_S
            port.write(octets)
        except _Refusal as error:
            raise self._vanished(error) from None

    def read(self) -> bytes:
        """What has arrived; empty when nothing came for a short while.

        Raises:
            LineFault: the port has vanished.
        """
        port = self._opened()
        try:
            first: bytes = port.read(1)
            if not first:
                return b""
            waiting = min(port.in_waiting, _MOST_OCTETS)
            return first + port.read(waiting) if waiting else first
        except (*_Refusal, TypeError) as error:
            raise self._vanished(error) from None

    def _opened(self) -> Any:
        if self._port is None:
            raise LinkClosed("the link is not open")
        return self._port

    def _vanished(self, error: Exception, what: str = "the port vanished") -> LineFault:
        self.close()
        if self._local:
            hint = "was the adapter pulled, or is another program on this port?"
        else:
            what, hint = "the connection to the RFC 2217 server broke", "is the server still there?"
        return LineFault(f"{self._where}: {what}; {hint} ({_words(error)})")

    def _refused(self, error: Exception, baud: int) -> str:
        """Why a port does not open, and what to do."""
        if not self._local:
            return f"{_words(error)}; check the address, and that an RFC 2217 server listens there"
        code, words = getattr(error, "errno", None), str(error)
        if code in _BUSY or "PermissionError" in words:
            return "the port is in use; close the program that has it, or end the other run"
        if code in _FORBIDDEN:
            return "no permission; let your user into the group of the port, often dialout, and log in again"
        if code in _ABSENT or "FileNotFoundError" in words:
            return f"no such port; {_present()}"
        if not isinstance(error, SerialException):
            settings = self._settings
            form = f"{settings.data_bits}{_PARITIES[settings.parity]}{settings.stop_bits} at {baud} baud"
            return f"the port does not take {form} ({_words(error)}); a pseudo terminal knows no parity"
        return f"is no serial port that can be used ({_words(error)}); {_present()}"


def _present() -> str:
    """The ports that this host has, in words."""
    names = sorted(str(port.device) for port in list_ports.comports())
    return f"this host has {', '.join(names)}" if names else "this host has none; is the adapter plugged in?"


def _words(error: Exception) -> str:
    return str(error).strip() or type(error).__name__
