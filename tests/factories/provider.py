"""A provider of OpenID Connect on this machine, as small as it can be: it knows one person and signs what it says."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "cxprofiles", "a secret between two"


@dataclass(slots=True)
class Provider:
    """What it says of whoever comes; `broken`: it answers nothing but nonsense."""

    issuer: str
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "s-1", "email": "", "email_verified": True})
    token_claims: dict[str, Any] = field(default_factory=dict)
    broken: bool = False
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    nonce: str = ""
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def tokens(self) -> dict[str, Any]:
        now = int(time.time())
        told = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 60, "sub": self.claims["sub"]}
        told |= {"nonce": self.nonce} if self.nonce else {}
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, {**told, **self.token_claims}, self.key)
        return {"access_token": "opaque", "token_type": "Bearer", "expires_in": 60, "id_token": signed}

    def answer(self, path: str) -> Any:
        if self.broken:
            return "nonsense"
        if path == "/token":
            return self.tokens()
        if path == "/userinfo":
            return self.claims
        if path == "/jwks":
            return {"keys": [self.key.as_dict(private=False)]}
        return self.configuration()


@contextmanager
def running_provider() -> Iterator[Provider]:
    """The provider, for as long as it is asked for."""
    held: list[Provider] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/authorize?"):
                self.go_back()
            else:
                self.reply(held[0].answer(urlsplit(self.path).path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            held[0].asked.append(parse_qs(body))
            self.reply(held[0].answer(self.path))

        def go_back(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            held[0].nonce = asked.get("nonce", [""])[0]
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri'][0]}?code=c-1&state={asked['state'][0]}")
            self.end_headers()

        def reply(self, content: Any) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            """It keeps quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.append(Provider(f"http://127.0.0.1:{server.server_port}"))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield held[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
