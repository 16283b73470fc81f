"""Logging in with a JWT that somebody else signed, as CI has them."""

import base64
import json
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from differential.step import delete, get, listing, post

KEEP = {"token": "auth.client_token", "accessor": "auth.accessor"}
_KEY = ec.generate_private_key(ec.SECP256R1())
_OTHER = ec.generate_private_key(ec.SECP256R1())
PUBLIC = (
    _KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed(key=_KEY, **claims) -> str:
    """A JWT with ES256 that is good for an hour, unless its claims say otherwise."""
    now = int(time.time())
    claims = {"iss": "https://ci.example", "sub": "job-1", "aud": "bao", "iat": now, "exp": now + 3600} | claims
    claims = {name: value for name, value in claims.items() if value is not None}
    text = _part(b'{"alg":"ES256","typ":"JWT"}') + "." + _part(json.dumps(claims).encode())
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{_part(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def login(note: str, jwt: str, role: str | None = "ci", **more):
    """A login, with a note because nobody reads a JWT."""
    body = {"jwt": jwt} | ({"role": role} if role is not None else {})
    return post("auth/jwt/login", body, token=None, note=note, **more)


ROLE = {
    "role_type": "jwt",
    "bound_audiences": ["bao"],
    "user_claim": "sub",
    "bound_claims": {"project": ["one", "two"]},
    "claim_mappings": {"project": "project_name"},
    "token_policies": ["a"],
    "token_ttl": "15m",
}

SCENARIOS = {
    "life": [
        post("sys/auth/jwt", {"type": "jwt"}),
        get("auth/jwt/config", note="none yet"),
        login("not configured", signed()),
        post("auth/jwt/config", {"jwt_validation_pubkeys": [PUBLIC], "bound_issuer": "https://ci.example"}),
        get("auth/jwt/config"),
        listing("auth/jwt/role", note="none yet"),
        get("auth/jwt/role/ci", note="not there"),
        post("auth/jwt/role/ci", ROLE, note="a role"),
        get("auth/jwt/role/ci"),
        listing("auth/jwt/role"),
        login("good", signed(project="one"), keep=KEEP),
        get("auth/token/lookup-self", token="{token}", note="logged in"),
        login("another project", signed(project="three")),
        login("no project", signed()),
        login("another audience", signed(project="one", aud="elsewhere")),
        login("several audiences", signed(project="one", aud=["elsewhere", "bao"])),
        login("no audience", signed(project="one", aud=None)),
        login("another issuer", signed(project="one", iss="https://other.example")),
        login("expired", signed(project="one", iat=1, exp=1000)),
        login("not yet", signed(project="one", nbf=int(time.time()) + 7200, exp=int(time.time()) + 9000)),
        login("no user", signed(project="one", sub=None)),
        login("another key", signed(_OTHER, project="one")),
        login("unsigned", _part(b'{"alg":"none"}') + "." + _part(b'{"sub":"x"}') + "."),
        login("rubbish", "rubbish"),
        login("no such role", signed(project="one"), role="nothing"),
        login("no role", signed(project="one"), role=None),
        post("auth/jwt/login", {"role": "ci"}, token=None, note="no JWT"),
        delete("auth/jwt/role/ci"),
        login("its role is gone", signed(project="one")),
        delete("sys/auth/jwt"),
    ],
    "settings": [
        post("sys/auth/jwt", {"type": "jwt"}),
        post("auth/jwt/config", {}),
        post("auth/jwt/config", {"jwt_validation_pubkeys": "rubbish"}),
        post("auth/jwt/config", {"jwt_validation_pubkeys": PUBLIC, "jwks_url": "https://x.example"}, note="two sources"),
        post("auth/jwt/config", {"jwt_validation_pubkeys": PUBLIC, "default_role": "fallback"}, note="a key"),
        get("auth/jwt/config"),
        post("auth/jwt/role/x", {}),
        post("auth/jwt/role/x", {"role_type": "rubbish", "user_claim": "sub"}),
        post("auth/jwt/role/x", {"role_type": "jwt"}),
        post("auth/jwt/role/x", {"role_type": "jwt", "user_claim": "sub"}, note="bound to nothing"),
        post("auth/jwt/role/x", {"role_type": "jwt", "user_claim": "sub", "bound_claims_type": "rubbish"}),
        post(
            "auth/jwt/role/fallback",
            {
                "role_type": "jwt",
                "user_claim": "sub",
                "bound_subject": "job-1",
                "bound_audiences": "bao",
                "bound_claims_type": "glob",
                "bound_claims": {"ref": "refs/heads/*"},
                "token_policies": "a,b",
                "token_num_uses": 3,
            },
            note="globs",
        ),
        get("auth/jwt/role/fallback"),
        login("by default", signed(ref="refs/heads/main"), role=None),
        login("a tag", signed(ref="refs/tags/one"), role=None),
        login("another subject", signed(ref="refs/heads/main", sub="job-2"), role=None),
        delete("sys/auth/jwt"),
    ],
}
