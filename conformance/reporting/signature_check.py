"""Whether a signature holds: over a PDF report, and detached over a manifest; by whom, when, and who vouches for that.

Nothing is fetched: trust comes from the certificates that the caller names, revocation is not looked up.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from conformance.reporting.signature_form import FormFault, signed_data_of
from conformance.reporting.signing import SigningError, name_of, unsuitable

_USAGES: Final = frozenset(("digital_signature", "non_repudiation"))
_MOST_OCTETS: Final = 1 << 22
_LONGEST: Final = 300


class SignatureFault(Exception):
    """A signature that does not hold, or cannot even be read; the message says why.

    Attributes:
        content_changed: the signature itself is sound: what it signs has other octets now.
    """

    def __init__(self, message: str, *, content_changed: bool = False) -> None:
        super().__init__(message)
        self.content_changed = content_changed


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that holds.

    Attributes:
        signer: name in the certificate.
        issuer: of the certificate.
        serial: of the certificate, hexadecimal digits.
        claimed: when it was made, as the signer says; None where it does not.
        attested: when it existed already, as a time-stamp that holds says; None without one.
        trusted: whether the certificate leads to one that the caller trusts; None where the caller named none.
        expires: end of the certificate's validity.
        faults: why it cannot be relied on all the same; empty when it can.
    """

    signer: str
    issuer: str
    serial: str
    claimed: datetime | None
    attested: datetime | None
    trusted: bool | None
    expires: datetime
    faults: tuple[str, ...] = ()

    def __str__(self) -> str:
        when = self.attested or self.claimed
        how = "attested by a time-stamp" if self.attested else "as the signer says"
        time = f", made {when:%Y-%m-%d %H:%M:%S} UTC {how}" if when else ""
        trust = {
            True: "trusted",
            False: "not trusted",
            None: "no certificate to trust was given (--trust), so nobody vouches for the name",
        }[self.trusted]
        return f"signed by {self.signer} (certificate {self.serial} of {self.issuer}){time}; {trust}"


def trusted_certificates(paths: Sequence[Path]) -> tuple[x509.Certificate, ...]:
    """The certificates in PEM or DER files.

    Raises:
        SigningError: a file cannot be read or holds none.
    """
    found: list[x509.Certificate] = []
    for path in paths:
        try:
            octets = path.read_bytes()[:_MOST_OCTETS]
        except OSError as error:
            raise SigningError(f"{path}: cannot be read ({error.strerror}); give certificates in PEM or DER") from None
        try:
            if b"-----BEGIN" in octets:
                found += x509.load_pem_x509_certificates(octets)
            else:
                found.append(x509.load_der_x509_certificate(octets))
        except ValueError:
            raise SigningError(f"{path}: holds no certificate; give certificates in PEM or DER") from None
    return tuple(found)


def check_detached(signature: bytes, content: bytes, trust: Sequence[x509.Certificate]) -> Signed:
    """Check a detached CMS signature (RFC 5652) of `content`.

    Raises:
        SignatureFault: it does not hold.
    """
    from pyhanko.sign.validation import async_validate_detached_cms  # noqa: PLC0415 - comes with the extra

    try:
        signed_data = signed_data_of(signature, trust)
    except FormFault as fault:
        raise SignatureFault(str(fault)) from None

    async def check() -> Any:
        return await async_validate_detached_cms(content, signed_data, key_usage_settings=_usage(), **_contexts(trust))

    return _signed(_ran(check()), trust)


def check_pdf(document: bytes, trust: Sequence[x509.Certificate]) -> Signed:
    """Check the signature of a PDF: that it covers the whole document and nothing was added.

    Raises:
        SignatureFault: there is none, it does not hold, or it leaves something out.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415 - comes with the extra
    from pyhanko.sign.validation import SignatureCoverageLevel, async_validate_pdf_signature  # noqa: PLC0415

    try:
        embedded = PdfFileReader(io.BytesIO(document)).embedded_signatures
    except Exception as error:  # rubbish fails in many ways
        raise SignatureFault(f"is no readable PDF ({_short(error)})") from None
    if not embedded:
        raise SignatureFault("carries no signature")
    if len(embedded) != 1:
        raise SignatureFault(f"carries {len(embedded)} signatures in place of one")

    async def check() -> Any:
        return await async_validate_pdf_signature(
            embedded[0], key_usage_settings=_usage(), **_contexts(trust, detached=False)
        )

    status = _ran(check())
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        raise SignatureFault("the signature does not cover the whole document: something was added or left out")
    if not _hole_is_the_signature(document, embedded[0]):
        raise SignatureFault("octets were changed beside the signature, where it does not reach")
    return _signed(status, trust)


def _hole_is_the_signature(document: bytes, embedded: Any) -> bool:
    """Whether what the signature leaves out is itself, in digits of one case, and padding."""
    first, length, second, _ = (int(number) for number in embedded.byte_range)
    hole = document[first + length : second]
    digits = hole[1:-1]
    if hole[:1] != b"<" or hole[-1:] != b">" or digits not in (digits.lower(), digits.upper()):
        return False
    octets = bytes.fromhex(digits.decode("ascii"))
    return not octets[_length_of(octets) :].strip(b"\0")


def _length_of(der: bytes) -> int:
    """How many octets the first DER value has, its header included (X.690, 8.1.3)."""
    if len(der) < 2 or der[1] < 0x80:
        return 2 + der[1] if len(der) > 1 else 0
    count = der[1] & 0x7F
    return 2 + count + int.from_bytes(der[2 : 2 + count])


def _usage() -> Any:
    from pyhanko.sign.validation.settings import KeyUsageConstraints  # noqa: PLC0415 - comes with the extra

    return KeyUsageConstraints(key_usage=set(_USAGES), match_all_key_usages=False)


def _contexts(trust: Sequence[x509.Certificate], *, detached: bool = True) -> dict[str, Any]:
    """What signer and time-stamp are held against: the given certificates only, and the time now."""
    from asn1crypto import x509 as asn1  # noqa: PLC0415 - comes with the extra
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415

    roots = [asn1.Certificate.load(item.public_bytes(Encoding.DER)) for item in trust]

    def context() -> Any:
        return ValidationContext(trust_roots=roots, allow_fetching=False)

    return {"signer_validation_context": context(), "ts_validation_context": context()}


def _ran(work: Any) -> Any:
    logger = logging.getLogger("pyhanko")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)  # it logs with a traceback what is told here in one sentence
    try:
        status = asyncio.run(work)
    except Exception as error:  # of a signature that somebody else made, or spoilt
        raise SignatureFault(f"the signature cannot be read ({_short(error)})") from None
    finally:
        logger.setLevel(level)
    if not status.valid:
        raise SignatureFault("the signature does not hold: it was not made with the key of its certificate")
    if not status.intact:
        raise SignatureFault("the signature does not hold: what was signed has other octets", content_changed=True)
    return status


def _signed(status: Any, trust: Sequence[x509.Certificate]) -> Signed:
    certificate = x509.load_der_x509_certificate(status.signing_cert.dump())
    stamp = status.timestamp_validity
    stamped = stamp is not None and stamp.intact and stamp.valid and (not trust or stamp.trusted)
    attested = stamp.timestamp.astimezone(UTC) if stamped else None
    claimed = status.signer_reported_dt
    faults = []
    if stamp is not None and not stamped:
        faults.append("its time-stamp does not hold, or nobody who is trusted has made it")
    moment = attested or datetime.now(UTC)
    expires = certificate.not_valid_after_utc
    trusted = _is_trusted(certificate, status, trust, moment) if trust else None
    if moment > expires:
        faults.append(f"the certificate expired on {expires:%Y-%m-%d}; no time-stamp proves that it was valid before")
    reason = unsuitable(certificate)
    if reason is not None:
        faults.append(reason)
    if trusted is False and moment <= expires:
        faults.append("the certificate leads to none that was given as trusted")
    return Signed(
        name_of(certificate),
        certificate.issuer.rfc4514_string(),
        f"{certificate.serial_number:X}",
        claimed.astimezone(UTC) if claimed is not None else None,
        attested,
        trusted,
        expires,
        tuple(faults),
    )


def _is_trusted(
    certificate: x509.Certificate, status: Any, trust: Sequence[x509.Certificate], moment: datetime
) -> bool:
    """Whether it leads to a trusted certificate: now, or when a time-stamp that holds attests that it was used."""
    if status.trusted:
        return True
    if moment <= certificate.not_valid_after_utc < datetime.now(UTC):
        from asn1crypto import x509 as asn1  # noqa: PLC0415 - comes with the extra
        from pyhanko_certvalidator import CertificateValidator, ValidationContext  # noqa: PLC0415

        roots = [asn1.Certificate.load(item.public_bytes(Encoding.DER)) for item in trust]
        context = ValidationContext(trust_roots=roots, allow_fetching=False, moment=moment)

        async def lead() -> None:
            await CertificateValidator(status.signing_cert, validation_context=context).async_validate_path()

        try:
            asyncio.run(lead())
        except Exception:  # whatever keeps it from leading there
            return False
        return True
    return False


def _short(error: Exception) -> str:
    said = " ".join((str(error) or type(error).__name__).split())
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
