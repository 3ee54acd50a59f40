"""A small OpenID Connect provider: real HTTP on this machine, real signatures."""

import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Issuer:
    """What it says can be changed by tests: `claims`, `config`, `token_status`."""

    client_id, secret = "beeline", "a-client-secret"

    def __init__(self, url: str) -> None:
        self.url = url
        self.claims = {
            "sub": "42",
            "email": "nora@acme.example",
            "email_verified": True,
            "name": "Nora New",
        }
        self.config: dict[str, str] = {}
        self.issuer = url
        self.audience = self.client_id
        self.userinfo: dict[str, object] | None = None
        self.token_status = 200
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}

    def description(self) -> dict[str, object]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            **self.config,
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Somebody signs in there at once; where they are sent back to."""
        code = f"code-{len(self._codes)}"
        self._codes[code] = query
        sent = urlencode({"code": code, "state": query["state"]})
        return f"{query['redirect_uri']}?{sent}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        """The code's tokens, to whoever knows secret and verifier; once."""
        asked = self._codes.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "").encode()
        proof = urlsafe_b64encode(sha256(verifier).digest())
        if (
            asked is None
            or form.get("client_secret") != self.secret
            or asked["code_challenge"] != proof.rstrip(b"=").decode()
            or asked["redirect_uri"] != form.get("redirect_uri")
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        said = {"iss": self.issuer, "aud": self.audience, "iat": now, "exp": now + 60}
        told = jwt.encode(said | self.claims, KEY, "RS256", headers={"kid": "1"})
        answer = {"access_token": "t", "token_type": "Bearer", "id_token": told}
        return self.token_status, answer


@contextmanager
def running() -> Iterator[Issuer]:
    """One that answers until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            issuer.asked.append(parts.path)
            if parts.path == "/authorize":
                query = {k: v[0] for k, v in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", issuer.authorize(query))
                self.end_headers()
            elif parts.path.endswith("/openid-configuration"):
                self.answer(200, issuer.description())
            elif parts.path == "/userinfo":
                self.answer(200, issuer.userinfo or issuer.claims)
            else:
                self.answer(404, {})

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            form = parse_qs(self.rfile.read(length).decode())
            self.answer(*issuer.token({k: v[0] for k, v in form.items()}))

        def answer(self, status: int, value: object) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
