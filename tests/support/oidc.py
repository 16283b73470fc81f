"""A real OpenID Connect provider (npm: oidc-provider), and tokens that it would never sign."""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from support.paths import NODE, ROOT
from support.server import clean_environment, free_port


def encode(data: bytes | dict) -> str:
    """Base64url without padding, of bytes or of JSON."""
    if isinstance(data, dict):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """An RSA key that signs tokens."""

    def __init__(self, name: str = "first") -> None:
        self.name = name
        self.key = rsa.generate_private_key(65537, 2048)

    def jwk(self, private: bool = False) -> dict:
        """The key as a JSON Web Key."""
        numbers = self.key.private_numbers()
        parts = {"n": numbers.public_numbers.n, "e": numbers.public_numbers.e}
        if private:
            parts |= {"d": numbers.d, "p": numbers.p, "q": numbers.q, "dp": numbers.dmp1, "dq": numbers.dmq1, "qi": numbers.iqmp}
        encoded = {name: encode(value.to_bytes((value.bit_length() + 7) // 8, "big")) for name, value in parts.items()}
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.name, **encoded}

    def token(self, claims: dict, **header) -> str:
        """A token with this key's signature under any header and claims."""
        message = f"{encode({'alg': 'RS256', 'kid': self.name, **header})}.{encode(claims)}"
        return f"{message}.{encode(self.key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def unsigned(claims: dict) -> str:
    """A token with `alg: none`."""
    return f"{encode({'alg': 'none', 'kid': 'first'})}.{encode(claims)}."


def with_hmac(claims: dict, secret: bytes) -> str:
    """A token whose HMAC is made with what everybody knows."""
    message = f"{encode({'alg': 'HS256', 'kid': 'first'})}.{encode(claims)}"
    return f"{message}.{encode(hmac.new(secret, message.encode(), hashlib.sha256).digest())}"


class Provider:
    """A running provider. Its clients are CI jobs by default, which get tokens with these claims."""

    def __init__(self, claims: dict[str, dict], **more) -> None:
        self.key = Key()
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        jobs = [
            {"client_id": job, "client_secret": f"the secret of {job}", "grant_types": ["client_credentials"], "redirect_uris": [], "response_types": []}
            for job in claims
        ]
        settings = {"port": self.port, "jwks": {"keys": [self.key.jwk(private=True)]}, "clients": jobs, "claims": claims, "lifetime": 300, **more}
        # Next to its packages, where Node looks for them.
        program = pathlib.Path(shutil.copy(ROOT / "tests" / "oidc" / "provider.mjs", NODE))
        self.process = subprocess.Popen(
            ["node", program], env=clean_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.process.stdin.write(json.dumps(settings) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == f"ready {self.issuer}\n"

    def token(self, job: str, audience: str) -> str:
        """What the provider gives a job that asks for a token for somebody."""
        answer = requests.post(
            f"{self.issuer}/token",
            data={"grant_type": "client_credentials", "resource": audience, "scope": "ci"},
            auth=(job, f"the secret of {job}"),
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    def claims(self, job: str, audience: str, **others) -> dict:
        """The same claims, to be changed; None takes one away."""
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": job, "aud": audience, "iat": now, "nbf": now, "exp": now + 300, "jti": os.urandom(8).hex(), **others}
        return {name: value for name, value in claims.items() if value is not None}

    def vanish(self) -> None:
        """Take connections and say nothing, as a machine does that hangs."""
        self.process.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()


def claims_of(token: str) -> dict:
    """What a token says."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
