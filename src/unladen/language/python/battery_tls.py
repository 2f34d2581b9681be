"""A part of the battery (see battery_script.py, which comes behind it): TLS against a server of its own.

The keys protect nothing: they were made for this test with openssl (RSA of 2048 bits, P-256), each with a certificate
that it signed itself for localhost, valid from 2020 to 2120.
"""

# ruff: noqa: PTH118, PTH120 - pathlib, too, may be gone

import os

RSA = """\
-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC1dvBQ4LicWLuF
u/sXVu0WCsUBcKcJoFd6pJcsLjS2P/1LX7WjEObCVq7gt9IeY5l2WCdXkZglrExv
1dU5bxbUIhDhKCNTrTjXB2ELFE36yzW3HPhS+JTLinw8HhEZQs1hhbwMVhWsdeF3
q9qOr4AEq/nOvQEnceFyvZ06ytVEJyLU5HMfcW2vD9I+8rxXf+RJ5fps11BGECue
8vGZgiD+1eYplB9se0WrK2x6bbqboUKN606bdCSzvrI/2jbbso8f+9pGQK0YsAsq
GnaRWjPLkKXUHXs4slw+c/CesQVoyjnvoGPR2qYEHlAHh2dNYUCBc0kOotRXNqHw
5RvLctsrAgMBAAECggEAGpz4bqwedxOOYPUqRIiDmd13ehgW71L8MWjtINYf9fCZ
idHeFi224h6LZDqhTsKlsZUJJA8exLuptCckr9kqfG8IkbTsxWtcsDCNW24dZ6Ag
3xuZEbYSQG2tfbWdJVrGOzy9UQPZBuN87yudkJqNiGHeb6MJhcruWQEVC5fOwkFJ
wyda/EHcANEGZGx/MHDNSdGarESYBD5vj0sMnA/2HtPBz+UW7/8nAaLXmNoWj9PY
KF5Td/SMwblONFZLG2Uwx09h6uJQgWGsUT+NdCbIUlvQwhjVuS7IHClEHsAa/DG/
9pA2C40A8f6Vx1zw0uUZux17QtTTjcDLkfAoy6oMfQKBgQDlYc2ogvJr3ZtmBGab
5+6GE6q8eeUwe7I2rIHYA+AobcZvoIafCvCWDbpJzMZ1edZEBw42ZqEanQlE2RrU
rOVE+OL8q3/54ETbBp4+JV0hgnZvl+mTV6DjFzbxQ1dPYiYZtY3uMd8KncVIMXN/
MEPzxjAYiZRUFdDbX1C/yI8D9wKBgQDKhankOx+iaGSpqcOGJG5xmUaP3hw9Tl7C
10jluUE6iIOPa+dTNMeWF1pvuj8oNXqBH+u1Q5fFe8ydZLXIfsc2WYoBCPKoEYpf
PolK7XQuy1e8K57BguajAuYAONbO6Hv7rPTdiJHQWYkgLooNsyMCcP/EVZdXE3Tl
Rbe1+ZJtbQKBgCJ/Eu7EwrB2I2i0QLoxpy2Cx6qQqmcgMy0FxIE4E/4AhFdFTPme
K5BlgB6ZLT99kzun0/tac+AMvdgczmwtlE1LINfe8uAhWjmWRTYTaG4hsK4Xqoj+
JLQCScD+36KQoCo9o5qu5VwzXff9d+Eo4Q9IPvNxvVzn6wES1JIDF38BAoGARz9e
1Xw3VNuFDms67iZC9JQHzvVE2gyIKeOzMZ5K5FzCa+J6LzuSO6tblZLgRTULNAIW
2l49Nqym/3g+u5peWzCE7HhJZfdFxtwpUMLY7N18sCZoY4u5t/99Cvb0GzaO56uh
OY6iPbpCE6BL0SYEWweF83xpEak2prIwP0TdzsECgYEA2zlhtgAjexB7Ul6FA9vq
CLpCxIdspMXlzzeKr9R+O402tgiNLnuNLlV50vf276pcLYDEkUClonx+19qVtgED
CjH0Cs1/m8TdOsWEBHGlThGx/SSlG/Lev9xSheZfCDLOdLaZJZVLU8KMAa5sOcul
6PaKVG9WoUA6MlQ2cwtz4U8=
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIDCTCCAfGgAwIBAgIBATANBgkqhkiG9w0BAQsFADAfMR0wGwYDVQQDDBR1bmxh
ZGVucyB0ZXN0IG9mIFRMUzAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAw
MFowHzEdMBsGA1UEAwwUdW5sYWRlbnMgdGVzdCBvZiBUTFMwggEiMA0GCSqGSIb3
DQEBAQUAA4IBDwAwggEKAoIBAQC1dvBQ4LicWLuFu/sXVu0WCsUBcKcJoFd6pJcs
LjS2P/1LX7WjEObCVq7gt9IeY5l2WCdXkZglrExv1dU5bxbUIhDhKCNTrTjXB2EL
FE36yzW3HPhS+JTLinw8HhEZQs1hhbwMVhWsdeF3q9qOr4AEq/nOvQEnceFyvZ06
ytVEJyLU5HMfcW2vD9I+8rxXf+RJ5fps11BGECue8vGZgiD+1eYplB9se0WrK2x6
bbqboUKN606bdCSzvrI/2jbbso8f+9pGQK0YsAsqGnaRWjPLkKXUHXs4slw+c/Ce
sQVoyjnvoGPR2qYEHlAHh2dNYUCBc0kOotRXNqHw5RvLctsrAgMBAAGjTjBMMA8G
A1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMB0GA1Ud
DgQWBBQvEvshIJYs1xqHPpbfK/x5dOGIvzANBgkqhkiG9w0BAQsFAAOCAQEAon56
akZrAYE5Re4bP57B66NnVOk2mgeOkuYA8koKVfp7tlt2Wy1MikRol7AnjlfKD4Kz
YdRxHVXG0uRmlAvLTICYBMOImi4xdZoyFMcCwHOwMVIBzPyuJiFGC5HAEoVLE1HR
OOj26W3quUoS4rBMukYZhbTO2NmRCdwEh7cXrq6+AYHO9yZpJQWFLp6gbYrIzhii
+NDGJoLw3Vn6oTLeGZGWWos0vuVnudrAm29pj7c8CQZldCKXJKtDiGAhRxA8uB1y
z2MyQAyRyJTB6HzRaBKQM8jTtL1ZIx51xo6OwqNiVvZQNUMZoIjBP672yVFjnq8i
Kw0r668zEKqWBdN5rg==
-----END CERTIFICATE-----
"""
ELLIPTIC = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgTSKjKClxEba9Qq/F
x+CeqVQZxeLivan2WnwmA0gTF5GhRANCAAQPq5IxuRstOgDNMatSJBE10YcFDD9O
3Z46lEtMUpUZJ7GlIZDV1YctG117hIu5NDgRlrEb/WGl99YkJFbusXPb
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBfTCCASOgAwIBAgIBATAKBggqhkjOPQQDAjAfMR0wGwYDVQQDDBR1bmxhZGVu
cyB0ZXN0IG9mIFRMUzAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFow
HzEdMBsGA1UEAwwUdW5sYWRlbnMgdGVzdCBvZiBUTFMwWTATBgcqhkjOPQIBBggq
hkjOPQMBBwNCAAQPq5IxuRstOgDNMatSJBE10YcFDD9O3Z46lEtMUpUZJ7GlIZDV
1YctG117hIu5NDgRlrEb/WGl99YkJFbusXPbo04wTDAPBgNVHRMBAf8EBTADAQH/
MBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAdBgNVHQ4EFgQUBDy+6lpY2Tft
9txYondzCQKtr6MwCgYIKoZIzj0EAwIDSAAwRQIhAJGVvbvUCVqHTxcvTwwcLzX8
T3VGH09mF+n0Xj2TDqAVAiBCK95GWd9YbOLe4aVYAo8vQxMF1mMJ0mVyLFVB4TVc
lg==
-----END CERTIFICATE-----
"""


def handshakes() -> "dict[str, str]":
    """Which handshakes succeed, and that a server with another authority's certificate is refused."""
    import ssl

    found = {}
    for name, own in (("RSA", RSA), ("elliptic curve", ELLIPTIC)):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            found[f"{name} {version.name}"] = handshake(own, own, version)
    found["another authority"] = handshake(RSA, ELLIPTIC, ssl.TLSVersion.TLSv1_3)
    return found


def handshake(server: str, trusted: str, version: "int") -> str:
    """One of a client with a server, in memory."""
    import ssl

    listens = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    held = os.memfd_create("certificate")
    os.write(held, server.encode())
    listens.load_cert_chain(f"/proc/self/fd/{held}")
    os.close(held)
    asks = ssl.create_default_context(cadata=trusted[trusted.index("-----BEGIN CERT") :])
    asks.minimum_version = asks.maximum_version = version  # type: ignore[assignment]
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [asks.wrap_bio(back, there, server_hostname="localhost")]
    sides.append(listens.wrap_bio(there, back, server_side=True))
    for _ in range(10):
        for side in list(sides):
            try:
                side.do_handshake()
                sides.remove(side)
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return "refused"
            except ssl.SSLError as error:
                return f"error: {error.reason}"
        if not sides:
            return "succeeds"
    return "error: it does not end"


def openssl_settings() -> "dict[str, object]":
    """Whether OpenSSL finds its settings, and the hashes that compute with them: some want its legacy provider."""
    import hashlib
    import ssl

    folder = os.path.dirname(ssl.get_default_verify_paths().openssl_capath)
    file = os.environ.get("OPENSSL_CONF") or os.path.join(folder, "openssl.cnf")
    return {
        "readable": os.access(file, os.R_OK),
        "hashes": [n for n in sorted(hashlib.algorithms_available) if computes(n)],
    }


def computes(name: str) -> bool:
    import hashlib

    try:
        hashlib.new(name, b"x")
    except ValueError:
        return False
    return True
