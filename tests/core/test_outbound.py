"""The one way out over HTTP: what is refused, where it connects, what it waits for."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import contextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core import outbound
from core.allowed import parse_allowed
from core.outbound import OutboundFailed, OutboundRefused, Policy

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
QUICK = Policy(connect_seconds=0.5, total_seconds=0.8)


@pytest.fixture(autouse=True)
def loopback_allowed(settings):
    settings.OUTBOUND_ALLOW = "127.0.0.0/8"


@pytest.fixture
def resolver(monkeypatch):
    """What names mean; everything after it is real."""
    table: dict[str, list[str]] = {}
    asked: list[str] = []
    real = socket.getaddrinfo

    def answer(host, port, *args, **kwargs):
        try:
            ipaddress.ip_address(str(host).partition("%")[0])
        except ValueError:
            asked.append(host)
            found = table.get(host)
            if not found:
                raise socket.gaierror(-2, "Name or service not known") from None
            # one answer for each question where there are several: rebinding
            answers = found.pop(0) if isinstance(found[0], list) else found
            family = socket.AF_INET
            return [(family, 1, 6, "", (address, port)) for address in answers]
        return real(host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return table, asked


@contextmanager
def a_server(behave, context=None):
    """A server on loopback that does what `behave(connection)` says; what it got."""
    listener = socket.create_server(("127.0.0.1", 0))
    got: list[bytes] = []

    def serve():
        while True:
            try:
                raw, _peer = listener.accept()
            except OSError:
                return
            try:
                with (
                    context.wrap_socket(raw, server_side=True) if context else raw as c
                ):
                    c.settimeout(5)
                    got.append(_request(c))
                    behave(c)
            except OSError:
                continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], got
    finally:
        listener.close()


def _secured(raw, context):
    return context.wrap_socket(raw, server_side=True) if context else raw


def _request(connection):
    found = b""
    while b"\r\n\r\n" not in found:
        found += connection.recv(4096)
    head, _, body = found.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
    while len(body) < length:
        body += connection.recv(4096)
    return head + b"\r\n\r\n" + body


def says(answer):
    return lambda connection: connection.sendall(answer)


def code_of(url, **more):
    with pytest.raises(outbound.OutboundError) as refused:
        outbound.post(url, b"{}", **more)
    assert str(refused.value)
    return refused.value.code


def test_a_post_arrives_with_its_body_and_the_names_host(resolver):
    resolver[0]["hooks.example"] = ["127.0.0.1"]
    with a_server(says(OK)) as (port, got):
        headers = {"Content-Type": "application/json"}
        answer = outbound.post(
            f"http://hooks.example:{port}/a?b=1", b'{"x": 1}', headers=headers
        )
    assert (answer.status, answer.body, answer.is_cut) == (200, b"ok", False)
    head, _, body = got[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a?b=1 HTTP/1.1\r\n")
    assert f"Host: hooks.example:{port}".encode() in head
    assert head.lower().count(b"host:") == 1
    assert body == b'{"x": 1}'


@pytest.mark.parametrize(
    "address",
    [
        *("10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1"),
        *("192.0.2.1", "192.0.0.8", "192.88.99.1", "203.0.113.1"),
        *("::", "::1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1"),
        *("64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::", "2001::1", "2001:db8::1"),
        *("fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "3fff::1"),
        *("fe80::1%eth0", "2600::1%eth0", "nonsense"),
    ],
)
def test_an_address_inside_is_not_called(address, resolver, settings):
    settings.OUTBOUND_ALLOW = ""
    assert not outbound.may_call(address, parse_allowed(""))
    resolver[0]["hooks.example"] = [address]
    assert code_of("http://hooks.example/") == "out.inside"


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2600::1", "2a00::1"])
def test_a_public_address_may_be_called(address):
    assert outbound.may_call(address, parse_allowed(""))


def test_one_address_inside_among_public_ones_is_enough_to_refuse(resolver, settings):
    settings.OUTBOUND_ALLOW = ""
    resolver[0]["hooks.example"] = ["93.184.215.14", "10.0.0.1"]
    assert code_of("http://hooks.example/") == "out.inside"


@pytest.mark.parametrize(
    "host",
    [
        *("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.0.0.1", "1.2.3.4.5"),
        *("127.0.0.256", "exa mple", "exam%70le.com", "a_b$", "..", "[::1", "[x]"),
    ],
)
def test_odd_spellings_of_hosts_are_refused(host, settings):
    settings.OUTBOUND_ALLOW = ""
    assert code_of(f"http://{host}/") in {"out.host", "out.url"}


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://hooks.example/", "out.scheme"),
        ("file:///etc/passwd", "out.url"),
        ("//hooks.example/", "out.url"),
        ("http://user:word@hooks.example/", "out.secret"),
        ("http://@hooks.example/", "out.secret"),
        ("http://hooks.example:25/", "out.port"),
        ("http://hooks.example:0/", "out.port"),
        ("http://hooks.example:99999/", "out.url"),
        ("http://hooks.example/\r\nX: 1", "out.url"),
        ("http://hooks.example\\@127.0.0.1/", "out.url"),
        ("http://hooks.example/ö", "out.url"),
        ("", "out.url"),
        ("http://", "out.url"),
        ("http://hooks.example/" + "a" * 2000, "out.url"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(url, code):
    assert code_of(url) == code


def test_full_width_digits_are_the_address_they_look_like(settings):
    settings.OUTBOUND_ALLOW = ""
    assert code_of("http://１２７.０.０.１/") == "out.inside"
    assert code_of("http://127.0.0.1./") == "out.inside"


def test_the_name_is_looked_up_once_so_that_it_cannot_change_its_mind(
    resolver, settings
):
    resolver[0]["rebind.example"] = [["127.0.0.1"], ["10.0.0.1"]]
    with a_server(says(OK)) as (port, got):
        assert outbound.post(f"http://rebind.example:{port}/", b"").status == 200
    assert resolver[1] == ["rebind.example"]
    assert len(got) == 1


def test_a_redirect_is_an_answer_and_is_not_followed():
    with a_server(says(OK)) as (inner, got_inner):
        to = f"HTTP/1.1 307 No\r\nLocation: http://127.0.0.1:{inner}/\r\n"
        moved = to.encode() + b"Content-Length: 0\r\n\r\n"
        with a_server(says(moved)) as (port, _got):
            answer = outbound.post(f"http://127.0.0.1:{port}/", b"x")
    assert answer.status == 307
    assert got_inner == []


def test_operators_open_names_and_networks(resolver, settings):
    resolver[0]["ntfy.internal"] = ["127.0.0.1"]
    settings.OUTBOUND_ALLOW = ""
    with a_server(says(OK)) as (port, _got):
        url = f"http://ntfy.internal:{port}/"
        assert code_of(url) == "out.inside"
        settings.OUTBOUND_ALLOW = "other.internal, ntfy.internal"
        assert outbound.post(url, b"").status == 200
        assert code_of(f"http://127.0.0.1:{port}/") == "out.inside"
        settings.OUTBOUND_ALLOW = "127.0.0.1"
        assert outbound.post(f"http://127.0.0.1:{port}/", b"").status == 200
        outbound.check(url)


@pytest.mark.parametrize("text", ["not a host!", "10.0.0.0/99", "10.0.0.1/8", "::zz"])
def test_a_wrong_allowance_is_said(text):
    with pytest.raises(ValueError, match=r"\S"):
        parse_allowed(text)


def test_a_name_that_is_unknown_is_a_failure_and_no_refusal(resolver):
    with pytest.raises(OutboundFailed, match="nobody answers for that name"):
        outbound.post("http://gone.example/", b"")


def test_a_closed_port_is_a_failure():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(OutboundFailed, match="does not answer"):
        outbound.post(f"http://127.0.0.1:{port}/", b"")


def test_a_second_address_is_tried_where_the_first_is_away(resolver):
    resolver[0]["two.example"] = ["127.0.0.2", "127.0.0.1"]
    with a_server(says(OK)) as (port, got):  # listens on 127.0.0.1 alone
        assert outbound.post(f"http://two.example:{port}/", b"").status == 200
    assert len(got) == 1


def takes(seconds, url, policy=QUICK):
    begun = time.monotonic()
    code = code_of(url, policy=policy)
    assert time.monotonic() - begun < seconds
    return code


def test_a_server_that_never_answers_costs_the_time_that_was_given():
    with a_server(lambda c: time.sleep(3)) as (port, _got):
        assert takes(1.5, f"http://127.0.0.1:{port}/") == "out.slow"


def test_a_server_that_trickles_its_headers_does_not_hold_us():
    def trickle(connection):
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 200:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    with a_server(trickle) as (port, _got):
        assert takes(1.5, f"http://127.0.0.1:{port}/") == "out.slow"


def test_a_slow_body_is_cut_and_the_answer_still_counts():
    def trickle(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        for _n in range(60):
            connection.sendall(b"a")
            time.sleep(0.05)

    begun = time.monotonic()
    with a_server(trickle) as (port, _got):
        answer = outbound.post(f"http://127.0.0.1:{port}/", b"", policy=QUICK)
    assert time.monotonic() - begun < 1.5
    assert (answer.status, answer.is_cut) == (200, True)


def test_an_answer_without_end_is_cut():
    big = b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 300_000
    with a_server(says(big)) as (port, _got):
        answer = outbound.post(f"http://127.0.0.1:{port}/", b"")
    assert (len(answer.body), answer.is_cut) == (outbound.MOST_BYTES, True)


def test_a_resolver_that_never_answers_does_not_hold_us(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: time.sleep(2) or [])
    assert takes(1.5, "http://slow.example/") == "out.slow"


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH\r\n", b"", b"\x00" * 50])
def test_what_is_not_http_is_a_failure(answer):
    with a_server(says(answer)) as (port, _got):
        code = code_of(f"http://127.0.0.1:{port}/")
    assert code in {"out.broken", "out.away"}


@pytest.fixture
def certified(tmp_path, monkeypatch):
    """A server's TLS for hooks.example, and a system that trusts who signed it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hooks.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("hooks.example")]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem, key_file = tmp_path / "cert.pem", tmp_path / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key_file)
    asked: list[str | None] = []
    context.sni_callback = lambda sock, name, ctx: asked.append(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    outbound._trust.cache_clear()
    yield context, asked
    outbound._trust.cache_clear()


def test_tls_asks_for_and_verifies_the_name_not_the_address(certified, resolver):
    context, asked = certified
    resolver[0]["hooks.example"] = ["127.0.0.1"]
    resolver[0]["other.example"] = ["127.0.0.1"]
    with a_server(says(OK), context) as (port, got):
        assert outbound.post(f"https://hooks.example:{port}/", b"x").status == 200
        assert code_of(f"https://other.example:{port}/") == "out.unproved"
    assert asked == ["hooks.example", "other.example"]
    assert len(got) == 1


def test_tls_that_nobody_trusts_is_refused(certified, resolver, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    outbound._trust.cache_clear()
    resolver[0]["hooks.example"] = ["127.0.0.1"]
    with a_server(says(OK), certified[0]) as (port, got):
        assert code_of(f"https://hooks.example:{port}/") == "out.unproved"
    assert got == []


def test_a_trickling_tls_server_does_not_hold_us(certified, resolver):
    resolver[0]["hooks.example"] = ["127.0.0.1"]

    def trickle(connection):
        for byte in b"HTTP/1.1 200 OK\r\n" * 9:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    with a_server(trickle, certified[0]) as (port, _got):
        assert takes(1.5, f"https://hooks.example:{port}/") == "out.slow"


def test_refusals_and_failures_are_told_apart(settings):
    settings.OUTBOUND_ALLOW = ""
    with pytest.raises(OutboundRefused, match="OUTBOUND_ALLOW"):
        outbound.post("http://127.0.0.1/", b"")
