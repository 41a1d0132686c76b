"""Sends one signed message to an address that a researcher named, and nowhere else.

A site that posts where it is told could be made to knock on doors of its own network. So the host
is resolved at every connect, every address that it has must be public, and the connection goes to
the very address that was looked at: a name that resolves otherwise a moment later changes nothing.
Redirects are not followed, nor is any proxy. WEBHOOK_HOSTS names hosts that may stand anywhere.

Signed as Standard Webhooks are: HMAC-SHA256 over id, timestamp and body. Knows no row.
"""

import base64
import hashlib
import hmac
import http.client
import socket
import ssl
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

TIMEOUT_SECONDS = 10
WHOLE_SECONDS = 20  # for one that answers a byte at a time
LONGEST_URL = 500
PORTS = {"https": 443, "http": 80}
SECRET_PREFIX = "whsec_"  # noqa: S105 (what a secret begins with is none)
TRANSLATED = [IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48")]  # IPv4 behind NAT64


class AddressRefused(Exception):
    """Why nothing is sent to an address, as a sentence for whoever named it."""


class NotDelivered(Exception):
    """Why a message was not taken, in a few words."""


def url_check(url: str) -> SplitResult:
    """The parts of an address that may be named; where its host stands is asked at each connect."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or len(url) > LONGEST_URL or not (url.isascii() and url.isprintable()):
        raise AddressRefused(
            f"'{url[:60]}' is no address to send to; one is like https://example.org/told."
        )
    if parts.username is not None or parts.password is not None or parts.fragment or " " in url:
        raise AddressRefused("An address to send to holds no user, password, space or fragment.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_named(host)):
        raise AddressRefused(
            f"'{parts.scheme}://{host}' is not https; only hosts of WEBHOOK_HOSTS may do without."
        )
    return parts


def message_post(*, url: str, secret: str, code: str, body: bytes, timestamp: int) -> None:
    """Return once the address took the message (2xx); raise NotDelivered or AddressRefused."""
    parts = url_check(url)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Triptych",
        "webhook-id": code,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, code, timestamp, body),
    }
    connection = _connected(parts)
    whole = Timer(WHOLE_SECONDS, _hang_up, [connection])
    whole.daemon = True
    whole.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise NotDelivered(f"It did not answer: {type(problem).__name__}.") from None
    finally:
        whole.cancel()
        connection.close()
    if not 200 <= status < 300:
        follows = "; redirects are not followed" if 300 <= status < 400 else ""
        raise NotDelivered(f"It answered {status}{follows}.")


def signature(secret: str, code: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = b"%s.%d.%s" % (code.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def is_public(address: str) -> bool:
    """Whether an address is anybody's on the internet, by every name that it could have."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        hidden: list[IPv4Address | None] = [found.ipv4_mapped, found.sixtofour]
        hidden += found.teredo or ()
        if any(each is not None for each in hidden):
            return False  # no name of a real server is written so
        if any(found in network for network in TRANSLATED) or found.is_site_local:
            return False
    return found.is_global and not (
        found.is_multicast or found.is_reserved or found.is_unspecified or found.is_loopback
    )


def _is_named(host: str) -> bool:
    return host.lower() in {name.strip("[]").lower() for name in settings.WEBHOOK_HOSTS}


def _connected(parts: SplitResult) -> http.client.HTTPConnection:
    host, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
    address = _checked_address(host, port)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    try:
        sock = socket.create_connection((address, port), timeout=TIMEOUT_SECONDS)
        if parts.scheme == "https":
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
    except OSError as problem:
        raise NotDelivered(f"It could not be reached: {type(problem).__name__}.") from None
    connection.sock = sock
    return connection


def _checked_address(host: str, port: int) -> str:
    """An address of this host, after all of them were looked at."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotDelivered(f"There is no host '{host}'.") from None
    addresses = [str(each[4][0]) for each in found]
    if not _is_named(host) and not all(map(is_public, addresses)):
        raise AddressRefused(
            f"'{host}' stands in a private, loopback or reserved range, where nothing is sent; "
            "WEBHOOK_HOSTS can name it."
        )
    return addresses[0]


def _hang_up(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError):
        if connection.sock:
            connection.sock.shutdown(socket.SHUT_RDWR)
