"""The one way out over HTTP, to addresses that people gave us (webhooks, gateways).

Whoever may enter an address could otherwise make us ask our own machine or network.
So the name is looked up here, every address it has must be a public one, and the
connection goes to exactly an address that was looked at: a second look-up may answer
another one. Operators name what may be reached inside (OUTBOUND_ALLOW).

Redirects are not followed. What receives our messages has no reason to send a POST
elsewhere, and a 3xx as an answer tells the administrator to enter the new address.
"""

import functools
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util.ssl_match_hostname import CertificateError

from core.allowed import Allowed, is_number, parse_allowed
from core.deadlines import Deadline

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0  # from the look-up of the name to the last byte we read
MOST_BYTES = 64 * 1024  # of an answer that we keep
LONGEST_URL = 2000
MOST_ADDRESSES = 4  # of one name that are tried
USER_AGENT = "Beeline"
# Not in use by anybody we could want, though Python calls some of them global: shared
# space of carriers, protocol assignments, relays of 6to4, benchmarks, reserved.
CLOSED_4 = [
    ipaddress.ip_network(net)
    for net in ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15")
]
# Unicast that is routed: everything else of IPv6 (loopback, mapped, NAT64, unique
# local, link-local, multicast) lies outside; Teredo, 6to4 and documentation inside.
OPEN_6 = ipaddress.ip_network("2000::/3")
CLOSED_6 = [
    ipaddress.ip_network(net)
    for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]
WORDS: Mapping[str, Any] = {
    "out.url": _("“%(about)s” is no address that can be called."),
    "out.scheme": _("Only http:// and https:// addresses are called."),
    "out.secret": _("An address must not carry a name and password before its host."),
    "out.port": _("Port %(about)s is not called: use 80, 443, or one from 1024 up."),
    "out.host": _("“%(about)s” is no name of a host."),
    "out.inside": _(
        "%(about)s is inside your network. An administrator of this server can allow "
        "it with OUTBOUND_ALLOW."
    ),
    "out.unknown": _("%(about)s is not known: nobody answers for that name."),
    "out.away": _("%(about)s does not answer."),
    "out.slow": _("%(about)s took too long."),
    "out.unproved": _("%(about)s does not prove who it is (its certificate)."),
    "out.broken": _("%(about)s gave an answer that is not HTTP."),
}


class OutboundError(Exception):
    """It did not go out. `code` and `about` may be kept, the words are the reader's."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(code, about)
        self.code, self.about = code, about

    def __str__(self) -> str:
        return str(WORDS[self.code]) % {"about": self.about}


class OutboundRefused(OutboundError):
    """We do not call this address; trying again changes nothing."""


class OutboundFailed(OutboundError):
    """The address was called and gave no answer; it may later."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names in lower case. `is_cut`: there was more, or late."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """What one kind of caller may do."""

    ports: Callable[[int], bool] = lambda port: port in {80, 443} or port >= 1024
    connect_seconds: float = CONNECT_SECONDS
    total_seconds: float = TOTAL_SECONDS
    most_bytes: int = MOST_BYTES


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was looked at, as far as one can without asking anybody."""

    is_tls: bool
    host: str  # lower case, ASCII, without the dot at its end
    port: int
    path: str
    literal: Address | None

    @property
    def named(self) -> str:
        """For the Host header: the port only where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.is_tls else 80
        return host if self.port == usual else f"{host}:{self.port}"


def post(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str] | None = None,
    policy: Policy | None = None,
) -> Answer:
    """Send a body to an address; whatever status it answers with is an answer.

    Raises OutboundRefused where we do not call it, OutboundFailed where none came.
    """
    policy = policy or Policy()
    target = look_at(url, policy)
    with Deadline(policy.total_seconds) as deadline:
        addresses = _addresses(target, deadline, policy)
        try:
            connection = _connect(target, addresses, deadline, policy)
            try:
                response = _ask(connection, target, body, headers or {})
                if deadline.is_over:  # what looks like its headers' end is our cut
                    raise OutboundFailed("out.slow", target.host)
                found, is_cut = _read(response, policy.most_bytes)
                told = {name.lower(): said for name, said in response.headers.items()}
                return Answer(response.status, told, found, is_cut)
            finally:
                connection.close()
        except OutboundError:
            raise
        except (ssl.SSLError, CertificateError) as no:
            raise _failed("out.unproved", target, deadline) from no
        except (HTTPError, OSError) as no:
            raise _failed("out.away", target, deadline) from no
        except Exception as no:  # http.client's, for what is not HTTP
            raise _failed("out.broken", target, deadline) from no


def check(url: str, *, policy: Policy | None = None) -> None:
    """Raise OutboundRefused or OutboundFailed where `post` would not call it now."""
    policy = policy or Policy()
    target = look_at(url, policy)
    with Deadline(policy.connect_seconds) as deadline:
        _addresses(target, deadline, policy)


def look_at(url: str, policy: Policy | None = None) -> Target:
    """Read an address strictly. Raises OutboundRefused."""
    parts = _split(url)
    if parts.scheme not in {"http", "https"}:
        raise OutboundRefused("out.scheme")
    if "@" in parts.netloc:
        raise OutboundRefused("out.secret")
    is_tls = parts.scheme == "https"
    try:
        port = parts.port if parts.port is not None else (443 if is_tls else 80)
    except ValueError as no:
        raise OutboundRefused("out.url", _short(url)) from no
    if not (policy or Policy()).ports(port):
        raise OutboundRefused("out.port", str(port))
    host, literal = _host(parts)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(is_tls, host, port, path, literal)


def _split(url: str) -> SplitResult:
    """The parts, where nothing in it could be read in two ways."""
    fits = url.isprintable() and " " not in url and "\\" not in url
    if not fits or not 0 < len(url) <= LONGEST_URL:
        raise OutboundRefused("out.url", _short(url))
    try:
        parts = urlsplit(url)
        bare = parts.hostname
    except ValueError as no:
        raise OutboundRefused("out.url", _short(url)) from no
    if not parts.scheme or not bare or not f"{parts.path}{parts.query}".isascii():
        raise OutboundRefused("out.url", _short(url))
    return parts


def _short(url: str) -> str:
    """Enough to know it by; what follows the host may be a secret."""
    return "".join(c for c in url.partition("?")[0] if c.isprintable())[:40]


def _host(parts: SplitResult) -> tuple[str, Address | None]:
    """The host in one spelling, and the address it is, where it is one."""
    host = (parts.hostname or "").rstrip(".")
    if "[" in parts.netloc:
        try:
            return host, ipaddress.IPv6Address(host)
        except ValueError as no:
            raise OutboundRefused("out.host", host[:80]) from no
    try:
        host = host.encode("idna").decode("ascii").lower()
    except UnicodeError as no:
        raise OutboundRefused("out.host", host[:80]) from no
    if not host or not all(c.isalnum() or c in "-._" for c in host):
        raise OutboundRefused("out.host", host[:80])
    if not is_number(host.rpartition(".")[2]):
        return host, None
    try:  # only the plain spelling: 0x7f.1, 0177.0.0.1 and 2130706433 are none
        return host, ipaddress.IPv4Address(host)
    except ValueError as no:
        raise OutboundRefused("out.host", host[:80]) from no


def _addresses(target: Target, deadline: Deadline, policy: Policy) -> list[str]:
    """Where it is; all of its addresses must be ones we call."""
    if target.literal is not None:
        found = [str(target.literal)]
    else:
        seconds = min(policy.connect_seconds, deadline.left)
        found = _looked_up(target.host, target.port, seconds)
    allowed = parse_allowed(settings.OUTBOUND_ALLOW)
    if target.host in allowed.names:
        return found[:MOST_ADDRESSES]
    if not all(may_call(address, allowed) for address in found):
        raise OutboundRefused("out.inside", target.host)
    return found[:MOST_ADDRESSES]


def _looked_up(host: str, port: int, seconds: float) -> list[str]:
    """Ask the resolver, which knows no timeout of its own, for so long at most."""
    found: list[str] = []
    failed: list[OSError] = []

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(row[4][0]) for row in rows))
        except (OSError, UnicodeError) as no:
            failed.append(OSError(str(no)))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise OutboundFailed("out.slow", host)
    if failed or not found:
        raise OutboundFailed("out.unknown", host)
    return found


def may_call(address: str, allowed: Allowed) -> bool:
    """Whether this address is public, or opened by an operator."""
    if "%" in address:  # a scope is a link's
        return False
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in net for net in allowed.networks) or is_public(found)


def is_public(address: Address) -> bool:
    """Whether anybody on the Internet could reach it: IANA's special ranges are not.

    https://www.iana.org/assignments/iana-ipv4-special-registry (and ipv6-…)
    """
    if isinstance(address, ipaddress.IPv6Address):
        return address in OPEN_6 and not any(address in net for net in CLOSED_6)
    closed = address.is_multicast or address.is_reserved or not address.is_global
    return not closed and not any(address in net for net in CLOSED_4)


@functools.lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """Whom the system trusts; reading that takes a while."""
    return ssl.create_default_context()


def _connect(
    target: Target, addresses: Iterable[str], deadline: Deadline, policy: Policy
) -> HTTPConnection:
    """A connection to the first of these addresses that takes one."""
    last: Exception | None = None
    for address in addresses:
        seconds = min(policy.connect_seconds, deadline.left)
        connection = _connection(target, address, seconds, deadline)
        try:
            connection.connect()
        except (ssl.SSLError, CertificateError):
            connection.close()
            raise
        except (HTTPError, OSError) as no:
            connection.close()
            last = no
            if deadline.is_over:
                break
        else:
            connection.timeout = policy.total_seconds  # the deadline comes first
            return connection
    raise _failed("out.away", target, deadline) from last


def _connection(
    target: Target, address: str, seconds: float, deadline: Deadline
) -> HTTPConnection:
    """To the address, in the name of the host: for TLS and in the Host header."""
    if target.is_tls:
        secure = _WatchedTls(
            address,
            target.port,
            timeout=seconds,
            ssl_context=_trust(),
            server_hostname=target.host,
        )
        secure.deadline = deadline
        return secure
    plain = _Watched(address, target.port, timeout=seconds)
    plain.deadline = deadline
    return plain


class _Watched(HTTPConnection):
    deadline: Deadline

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        self.deadline.watch(sock)
        return sock


class _WatchedTls(HTTPSConnection):
    deadline: Deadline

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        self.deadline.watch(sock)
        return sock


def _ask(
    connection: HTTPConnection,
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
) -> Any:
    given = {
        "User-Agent": USER_AGENT,
        "Accept-Encoding": "identity",
        **headers,
        "Host": target.named,
        "Connection": "close",
    }
    connection.request(
        "POST",
        target.path,
        body=body,
        headers=given,
        preload_content=False,
        decode_content=False,
    )
    return connection.getresponse()


def _read(response: Any, most: int) -> tuple[bytes, bool]:
    """Of the body what comes in time and is not too much.

    That it was answered counts already: a bad ending must not make us send it again.
    """
    found = b""
    try:
        while chunk := response.read(min(8192, most + 1 - len(found))):
            found += chunk
            if len(found) > most:
                return found[:most], True
    except (HTTPError, OSError):
        return found, True
    return found, False


def _failed(code: str, target: Target, deadline: Deadline) -> OutboundFailed:
    return OutboundFailed("out.slow" if deadline.is_over else code, target.host)
