"""Leases: of secrets that both can make, at `leased/`, and of those that nobody made."""

from differential.step import get, listing, post, put

KEEP = {"lease": "lease_id"}


def made(keep=None, note: str = "a secret", **more):
    """A secret with a lease. Only OpenBao's engine reads the address."""
    return post("leased/creds/one", {"ip": "10.0.0.1"}, keep=KEEP if keep is None else keep, note=note, **more)


SCENARIOS = {
    "life": [
        made(),
        put("sys/leases/lookup", {"lease_id": "{lease}"}),
        post("sys/leases/lookup", {"lease_id": "{lease}"}),
        listing("sys/leases/lookup/leased"),
        listing("sys/leases/lookup/leased/creds/"),
        listing("sys/leases/lookup/leased/creds/one"),
        get("sys/leases/lookup/leased/creds/one?list=true"),
        put("sys/leases/revoke", {"lease_id": "{lease}", "sync": True}),
        put("sys/leases/lookup", {"lease_id": "{lease}"}, note="revoked"),
        put("sys/leases/renew", {"lease_id": "{lease}"}, note="revoked"),
        put("sys/leases/revoke", {"lease_id": "{lease}", "sync": True}, note="twice"),
        listing("sys/leases/lookup/leased/creds/one", note="revoked"),
        made(),
        put("sys/leases/revoke/{lease}", {"sync": True}, note="in the path"),
        put("sys/leases/lookup", {"lease_id": "{lease}"}, note="revoked"),
        made(),
        put("sys/leases/revoke", {"lease_id": "{lease}"}, note="in a while"),
        made(),
        put("sys/leases/revoke-prefix/leased/creds/one", {"sync": True}),
        put("sys/leases/lookup", {"lease_id": "{lease}"}, note="revoked by its prefix"),
        made(),
        put("sys/leases/revoke-force/leased/creds"),
        put("sys/leases/lookup", {"lease_id": "{lease}"}, note="forced"),
        made(),
        put("sys/revoke-prefix/leased/creds/one", {"sync": True}, note="the old way"),
        put("sys/leases/lookup", {"lease_id": "{lease}"}, note="revoked the old way"),
    ],
    "of-tokens": [
        post("sys/policies/acl/leasing", {"policy": 'path "leased/*" { capabilities = ["update"] }'}),
        post("auth/token/create", {"policies": ["leasing"], "ttl": "1h"}, keep={"token": "auth.client_token"}),
        made(token="{token}"),
        put("sys/leases/lookup", {"lease_id": "{lease}"}, token="{token}", note="its own"),
        put("sys/leases/revoke", {"lease_id": "{lease}"}, token="{token}", note="not allowed"),
        post("auth/token/revoke", {"token": "{token}"}),
        post("auth/token/create", {"policies": ["leasing"], "num_uses": 1}, keep={"token": "auth.client_token"}),
        made(token="{token}", keep={}, note="with its last use"),
    ],
    "wrapped": [
        made(headers={"X-Vault-Wrap-TTL": "60"}, keep={"w": "wrap_info.token"}),
        post("sys/wrapping/unwrap", {"token": "{w}"}, keep=KEEP, note="a secret"),
        put("sys/leases/lookup", {"lease_id": "{lease}"}, note="as one that was never wrapped"),
        put("sys/leases/revoke", {"lease_id": "{lease}", "sync": True}),
        put("sys/leases/lookup", {"lease_id": "{lease}"}, note="revoked"),
    ],
    "seen-by-others": [
        post("sys/policies/acl/looking", {"policy": 'path "sys/leases/*" { capabilities = ["read", "list", "update"] }'}),
        post("auth/token/create", {"policies": ["looking"], "ttl": "1h"}, keep={"token": "auth.client_token"}),
        made(),
        put("sys/leases/lookup", {"lease_id": "{lease}"}, token="{token}", note="somebody else's"),
        listing("sys/leases/lookup/leased", token="{token}", note="needs sudo"),
        put("sys/leases/revoke-prefix/leased", {"sync": True}, token="{token}", note="needs sudo"),
        put("sys/leases/revoke-force/leased", token="{token}", note="needs sudo"),
        get("sys/leases?type=irrevocable", token="{token}", note="needs sudo"),
        get("sys/leases/count?type=irrevocable", token="{token}"),
        put("sys/leases/revoke", {"lease_id": "{lease}", "sync": True}, token="{token}", note="somebody else's"),
    ],
    "missing": [
        put("sys/leases/lookup", {"lease_id": "nobody/made/it"}),
        put("sys/leases/lookup", {}),
        put("sys/leases/renew", {"lease_id": "nobody/made/it"}),
        put("sys/leases/renew", {}),
        put("sys/leases/renew/nobody/made/it", {}),
        put("sys/leases/renew", {"lease_id": "nobody/made/it", "increment": "rubbish"}),
        put("sys/leases/revoke", {"lease_id": "nobody/made/it", "sync": True}),
        put("sys/leases/revoke", {"lease_id": "nobody/made/it"}),
        put("sys/leases/revoke", {}),
        put("sys/leases/revoke/nobody/made/it", {"sync": True}),
        put("sys/renew", {"lease_id": "nobody/made/it"}, note="the old way"),
        put("sys/revoke", {"lease_id": "nobody/made/it", "sync": True}, note="the old way"),
        put("sys/leases/revoke-prefix/nobody", {"sync": True}),
        put("sys/leases/revoke-prefix/", {"sync": True}),
        put("sys/leases/revoke-force/nobody"),
        listing("sys/leases/lookup/nobody"),
        get("sys/leases?type=irrevocable"),
        get("sys/leases?type=rubbish"),
        get("sys/leases"),
        get("sys/leases/count?type=irrevocable"),
        get("sys/leases/count?type=rubbish"),
        get("sys/leases/count"),
        post("sys/leases/tidy"),
    ],
}
