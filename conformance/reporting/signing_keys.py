"""Where the key of a signer is: in a PKCS#12 file, or on a token behind a PKCS#11 module."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from conformance.reporting.signature_form import whole_chain
from conformance.reporting.signing import Seal, SigningError, name_of, refuse_unsuitable

INSTALL = "pip install 'dlms-conformance[sign]'"
_MOST_OCTETS = 1 << 20
_SMALLEST_RSA = 2048


def require_signing(what: str) -> None:
    """Refuse `what` where the extra `sign` is not installed.

    Raises:
        SigningError: saying how to install it.
    """
    if importlib.util.find_spec("pyhanko") is None:
        raise SigningError(f"{what} needs the extra `sign`, which is not installed: {INSTALL}")


def from_pkcs12(path: Path, password: bytes | None, *, timestamp_url: str | None = None) -> Seal:
    """The signer in a PKCS#12 file (RFC 7292).

    Args:
        path: of the file.
        password: None: the file has none.
        timestamp_url: of an RFC 3161 server.

    Raises:
        SigningError: the file, the password, the key or the certificate cannot be used.
    """
    require_signing("signing")
    octets = _read(path)
    try:
        bag = pkcs12.load_pkcs12(octets, password)
    except (ValueError, TypeError) as error:
        if _is_encrypted(error):
            how = "wrong password" if password else "a password is needed"
            message = f"{path}: {how}; give the right one by --sign-password env:NAME or file:PATH"
        else:
            message = f"{path}: is no PKCS#12 file; give one that holds the key and the certificate (.p12, .pfx)"
        raise SigningError(message) from None
    if bag.key is None or bag.cert is None:
        missing = "private key" if bag.key is None else "certificate of its key"
        raise SigningError(f"{path}: holds no {missing}; export it with key and certificate")
    certificate = bag.cert.certificate
    refuse_unsuitable(certificate, where=str(path))
    if not isinstance(bag.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise SigningError(f"{path}: holds a key that is neither RSA nor elliptic curve; sign with one that is")
    if isinstance(bag.key, rsa.RSAPrivateKey) and bag.key.key_size < _SMALLEST_RSA:
        raise SigningError(f"{path}: an RSA key of {bag.key.key_size} bits is too short; {_SMALLEST_RSA} is the least")

    from asn1crypto import keys  # noqa: PLC0415 - comes with the extra
    from asn1crypto import x509 as asn1  # noqa: PLC0415
    from pyhanko.sign.signers import SimpleSigner  # noqa: PLC0415
    from pyhanko_certvalidator.registry import SimpleCertificateStore  # noqa: PLC0415

    def converted(given: x509.Certificate) -> asn1.Certificate:
        return asn1.Certificate.load(given.public_bytes(Encoding.DER))

    private = keys.PrivateKeyInfo.load(bag.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))

    def signer(chain: Iterable[x509.Certificate]) -> SimpleSigner:
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple([converted(item) for item in chain])
        return SimpleSigner(signing_cert=converted(certificate), signing_key=private, cert_registry=store)

    others = [item.certificate for item in bag.additional_certs]
    return Seal(signer(others), signer(whole_chain(certificate, others)), name_of(certificate), timestamp_url)


@contextmanager
def from_pkcs11(
    module: Path, token: str, pin: str | None, *, label: str | None = None, timestamp_url: str | None = None
) -> Iterator[Seal]:
    """The signer on a token, for as long as the session with it lasts; the key never leaves it.

    Args:
        module: the library of the token's maker.
        token: its label.
        pin: of the user; None: the token asks itself, or wants none.
        label: of the certificate and its key; None: the only one on the token.
        timestamp_url: of an RFC 3161 server.

    Raises:
        SigningError: python-pkcs11 is not installed, or module, token, key or certificate cannot be used.
    """
    require_signing("signing")
    if importlib.util.find_spec("pkcs11") is None:
        raise SigningError(
            "signing with a token needs python-pkcs11, which is not installed: pip install python-pkcs11"
        )
    if not module.is_file():
        raise SigningError(f"{module}: there is no such PKCS#11 module; give the library of the token's maker")
    from pyhanko.config.pkcs11 import TokenCriteria  # noqa: PLC0415 - optional
    from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session  # noqa: PLC0415

    try:
        session = open_pkcs11_session(str(module), token_criteria=TokenCriteria(label=token), user_pin=pin)
    except Exception as error:  # whatever a foreign library says
        said = str(error) or type(error).__name__
        raise SigningError(f"{module}: token {token!r} cannot be used: {said}; check label and PIN") from None
    try:
        signer = PKCS11Signer(session, cert_label=label, key_label=label)
        try:
            found = x509.load_der_x509_certificate(signer.signing_cert.dump())
        except Exception as error:
            said = str(error) or type(error).__name__
            raise SigningError(
                f"token {token!r}: no certificate can be read: {said}; name it by --sign-label"
            ) from None
        refuse_unsuitable(found, where=f"token {token!r}")
        if isinstance(found.public_key(), ec.EllipticCurvePublicKey):
            # Hashed here: not every token hashes and signs by ECDSA in one go.
            signer = PKCS11Signer(session, cert_label=label, key_label=label, use_raw_mechanism=True)
        yield Seal(signer, signer, name_of(found), timestamp_url)
    finally:
        session.close()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            octets = file.read(_MOST_OCTETS + 1)
    except OSError as error:
        raise SigningError(f"{path}: cannot be read ({error.strerror}); give a PKCS#12 file") from None
    if len(octets) > _MOST_OCTETS:
        raise SigningError(f"{path}: is larger than 1 MiB; it is no PKCS#12 file")
    return octets


def _is_encrypted(error: Exception) -> bool:
    return isinstance(error, TypeError) or "password" in str(error).lower()
