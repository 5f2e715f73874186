"""Signing evidence: the PDF report by PAdES, the manifest by a detached CMS signature (RFC 5652).

What signs comes with the extra `sign`; without it everything else of the tool works. PAdES is baseline B, or B-T where
a time-stamp server is named (ETSI EN 319 142-1). The signature of the PDF certifies it and allows no change
(ISO 32000-1, 12.8.2.2).
"""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer

_DIGEST = "sha256"
_TIMESTAMP_TIMEOUT_S = 30
_FIELD = "Signature"
_OTHER_PURPOSES = {
    ExtendedKeyUsageOID.SERVER_AUTH: "server authentication",
    ExtendedKeyUsageOID.OCSP_SIGNING: "OCSP answers",
    ExtendedKeyUsageOID.TIME_STAMPING: "time-stamps",
}
"""Extended key usages (RFC 5280, 4.2.1.12) that say nothing of documents."""


class SigningError(Exception):
    """Something cannot be signed: the message says what, and what to do. No file has been changed."""


@dataclass(frozen=True, slots=True)
class Seal:
    """Who signs, and who attests the time.

    Attributes:
        signer: holds the key, or reaches it; signs with all certificates that came with it.
        detached_signer: likewise, with those only that lead to a root: no others can be told from changed ones.
        name: of the signer, as the certificate says.
        timestamp_url: of an RFC 3161 server; None: the time is the signer's own claim.
    """

    signer: Signer
    detached_signer: Signer
    name: str
    timestamp_url: str | None = None

    def pdf(self, document: bytes) -> bytes:
        """The document with a certification signature that allows no change, appended to its octets.

        Raises:
            SigningError: the document, the key or the time-stamp server does not play along.
        """
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415 - optional
        from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter  # noqa: PLC0415
        from pyhanko.sign.signers import PdfSignatureMetadata, async_sign_pdf  # noqa: PLC0415

        metadata = PdfSignatureMetadata(
            field_name=_FIELD,
            md_algorithm=_DIGEST,
            reason="Conformance test report",
            name=self.name,
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        )

        # On the last page, that of signatures; without a picture, and where both PDF/A-3 and PDF/UA-1 allow that.
        place = SigFieldSpec(_FIELD, on_page=-1, invis_sig_settings=InvisSigSettings(box_out_of_bounds=True))

        async def sign() -> bytes:
            writer = IncrementalPdfFileWriter(io.BytesIO(document))
            stamping = self._timestamper()
            signed = await async_sign_pdf(writer, metadata, self.signer, stamping, new_field_spec=place)
            content: bytes = signed.getvalue()
            return content

        return self._done("the PDF report", sign())

    def detached(self, content: bytes) -> bytes:
        """A detached CMS signature of `content`, in DER.

        Raises:
            SigningError: the key or the time-stamp server does not play along.
        """

        async def sign() -> bytes:
            made = await self.detached_signer.async_sign_general_data(
                content, _DIGEST, detached=True, use_cades=True, timestamper=self._timestamper()
            )
            der: bytes = made.dump()
            return der

        return self._done("the manifest", sign())

    def _timestamper(self) -> Any:
        if self.timestamp_url is None:
            return None
        from pyhanko.sign.timestamps import HTTPTimeStamper  # noqa: PLC0415 - optional

        return HTTPTimeStamper(self.timestamp_url, timeout=_TIMESTAMP_TIMEOUT_S)

    def _done(self, what: str, work: Any) -> bytes:
        try:
            made: bytes = asyncio.run(work)
        except Exception as error:  # a module, a token or a server may fail in any way
            said = str(error) or type(error).__name__
            stamped = "" if self.timestamp_url is None else f" (time-stamp server {self.timestamp_url})"
            raise SigningError(f"{what} cannot be signed{stamped}: {said}; nothing was changed") from error
        return made


def refuse_unsuitable(certificate: x509.Certificate, *, where: str, now: datetime | None = None) -> None:
    """Refuse a certificate that cannot sign a report: expired, not valid yet, or made for something else.

    Args:
        certificate: of the signer.
        where: it comes from, for the message.
        now: aware; the present when None.

    Raises:
        SigningError: saying why.
    """
    moment = now or datetime.now(UTC)
    if moment > certificate.not_valid_after_utc:
        raise SigningError(
            f"{where}: the certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC; "
            "sign with one that is valid"
        )
    if moment < certificate.not_valid_before_utc:
        raise SigningError(
            f"{where}: the certificate is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC; "
            "check the clock, or sign with another one"
        )
    reason = unsuitable(certificate)
    if reason is not None:
        raise SigningError(f"{where}: {reason}; sign with one whose key usage is digitalSignature or nonRepudiation")


def unsuitable(certificate: x509.Certificate) -> str | None:
    """Why a certificate is not made for signing documents, in words; None when it may be."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        if not (usage.digital_signature or usage.content_commitment):
            return "the certificate is not made for signing: its key usage (RFC 5280) allows other things only"
        purposes = list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return _purpose_only(certificate)
    return _made_for_something_else(purposes)


def _purpose_only(certificate: x509.Certificate) -> str | None:
    """As `unsuitable`, of a certificate in which one of the two extensions is missing."""
    try:
        return _made_for_something_else(
            list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        )
    except x509.ExtensionNotFound:
        return None


def _made_for_something_else(purposes: list[x509.ObjectIdentifier]) -> str | None:
    if purposes and all(purpose in _OTHER_PURPOSES for purpose in purposes):
        named = " and ".join(_OTHER_PURPOSES[purpose] for purpose in purposes)
        return f"the certificate is not made for signing documents, but for {named} only (extended key usage)"
    return None


def name_of(certificate: x509.Certificate) -> str:
    """The subject in one line: its common name where it has one, else all of it."""
    common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(common[0].value) if common else certificate.subject.rfc4514_string()
