"""PagerDuty's own client, over TLS, against our web server."""

import contextlib
import datetime
import ipaddress
import os
import socket
import ssl
import subprocess
import sys
import time

import pagerduty
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils import timezone

from itsm.monitoring import formats
from itsm.monitoring.models import Alert, Reception
from itsm.monitoring.working import work_events
from tests.itsm.monitoring.events import a_source
from tests.servers import database_url

KEY = "a" * 32
HERE = "127.0.0.1"
pytestmark = pytest.mark.django_db(transaction=True)


def certified(name, *, by=None, **extensions):
    """A key, and a certificate for it: its own, or one that `by` signs."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by[1].subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(by is None, None), critical=True)
    )
    if by:
        names = x509.SubjectAlternativeName(
            [x509.IPAddress(ipaddress.ip_address(HERE))]
        )
        builder = builder.add_extension(names, critical=False)
    return key, builder.sign(by[0] if by else key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Files: an authority of our own, a key and a certificate for this machine."""
    folder = tmp_path_factory.mktemp("tls")
    ours = certified("Test authority")
    key, certificate = certified("Beeline", by=ours)
    (folder / "ca.pem").write_bytes(pem(ours[1]))
    (folder / "beeline.pem").write_bytes(pem(certificate) + pem(ours[1]))
    (folder / "beeline.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def beeline(authority):
    """Our web server, as `up` starts it, with TLS; on this test's database."""
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--host", HERE, "--port", str(port)]
    command += ["--interface", "wsgi", "--blocking-threads", "1", "--workers", "1"]
    command += ["--ssl-certificate", str(authority / "beeline.pem")]
    command += ["--ssl-keyfile", str(authority / "beeline.key")]
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "REDIS_URL": os.environ["TEST_REDIS_URL"],
        "VAR": str(settings.VAR),
        "BASE_URL": f"http://{HERE}:{port}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    server = subprocess.Popen(
        [*command, "--log-level", "warning", "config.wsgi:application"],
        cwd=settings.BASE_DIR,
        env=environment,
    )
    try:
        until = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection((HERE, port)):
                break
            assert time.monotonic() < until
            assert server.poll() is None
            time.sleep(0.1)
        yield f"https://{HERE}:{port}"
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture
def client(cast, beeline, authority):
    a_source(key=KEY)
    trust = ssl.create_default_context(cafile=str(authority / "ca.pem"))
    with pagerduty.EventsApiV2Client(KEY, base_url=beeline, verify=trust) as client:
        client.sleep_timer = 0.1
        yield client


def signals():
    """What was received so far, read."""
    return [
        signal
        for row in Reception.objects.order_by("pk")
        for signal in formats.read(
            row.format, bytes(row.body), row.headers, key=row.key
        ).signals
    ]


def test_the_client_triggers_acknowledges_and_resolves(client):
    links = [{"href": "https://example.org/graph", "text": "Graph"}]
    key = client.trigger(
        "Disk is full",
        "db-1",
        severity="error",
        custom_details={"free": "1 %"},
        links=links,
    )
    assert client.acknowledge(key) == key
    assert client.resolve(key) == key
    assert client.trigger("Disk is full", "db-1", dedup_key="mine") == "mine"
    found = signals()
    assert [one.action for one in found] == [
        "trigger",
        "acknowledge",
        "resolve",
        "trigger",
    ]
    assert [one.key for one in found] == [key, key, key, "mine"]
    assert (found[0].host, found[0].severity) == ("db-1", "error")
    assert found[0].details == {"free": "1 %"}
    assert found[0].url == "https://example.org/graph"


def test_what_the_client_opens_is_an_incident_that_ends_when_it_resolves(client):
    key = client.trigger("Disk is full", "db-1")
    work_events(clock=timezone.now)
    alert = Alert.objects.select_related("incident").get()
    assert (alert.key, alert.status) == (key, "open")
    assert alert.incident.state_category == "new"
    client.resolve(key)
    work_events(clock=timezone.now)
    alert = Alert.objects.select_related("incident").get()
    assert (alert.status, alert.incident.state_category) == ("closed", "closed")


def test_the_client_submits_a_change_event(client):
    at = "2026-03-02T09:00:00Z"
    links = [{"href": "https://example.org/run/7", "text": "Run 7"}]
    client.submit("Shop 1.2 deployed", "pipeline", {"version": "1.2"}, links, at)
    row = Reception.objects.get()
    (change,) = formats.read(row.format, bytes(row.body), row.headers).changes
    assert (change.summary, change.origin) == ("Shop 1.2 deployed", "pipeline")
    assert change.at == datetime.datetime(2026, 3, 2, 9, tzinfo=datetime.UTC)
    assert change.links == tuple(links)


def test_the_client_is_told_of_a_key_that_nobody_has(client):
    client.auth_method = pagerduty.events_api_v2_client.RoutingKeyAuthMethod("b" * 32)
    with pytest.raises(pagerduty.HttpError) as no:
        client.trigger("Disk is full", "db-1")
    assert no.value.response.status_code == 400
    assert no.value.response.json()["errors"] == ["Invalid routing key"]
    assert not Reception.objects.exists()


def test_a_stranger_s_certificate_is_not_trusted(client, beeline):
    careful = pagerduty.EventsApiV2Client(KEY, base_url=beeline)
    careful.max_network_attempts = 1
    with careful, pytest.raises(pagerduty.Error):
        careful.trigger("Disk is full", "db-1")
    assert not Reception.objects.exists()
