"""A private certificate authority, and certificates that it issues."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_VALID = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """A private certificate authority.

    Attributes:
        certificate: The file of its certificate, as ``AWS_CA_BUNDLE`` names it.
    """

    certificate: Path
    _folder: Path
    _key: ec.EllipticCurvePrivateKey
    _name: x509.Name

    @classmethod
    def create(cls, folder: Path) -> "Authority":
        """Create an authority whose files are in a folder."""
        key, name = ec.generate_private_key(ec.SECP256R1()), _name("Private authority")
        ca = x509.BasicConstraints(ca=True, path_length=None)
        certificate = _builder(name, name, key).add_extension(ca, critical=True)
        file = folder / "authority.pem"
        file.write_bytes(_pem(certificate.sign(key, hashes.SHA256())))
        return cls(file, folder, key, name)

    def certify(self, host: str) -> Path:
        """Certify a host.

        Args:
            host: A domain name, or an IP address.

        Returns:
            The file of its private key and certificate.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        issued = _builder(_name(host), self._name, key).add_extension(
            x509.SubjectAlternativeName([_alternative_name(host)]), critical=False
        )
        file = self._folder / f"{host}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.write_bytes(private + _pem(issued.sign(self._key, hashes.SHA256())))
        return file


def server_context(certificate: Path) -> ssl.SSLContext:
    """Return the TLS settings of a server with a private key and certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _alternative_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _VALID)
        .not_valid_after(now + _VALID)
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
