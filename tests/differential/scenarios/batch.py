"""Batch tokens: of which nothing is kept."""

from differential.step import delete, get, listing, post, put

KEEP = {"token": "auth.client_token"}
ALL = 'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }'


def batch(body=None, path: str = "auth/token/create", **more):
    """A batch token that may do everything, for an hour."""
    return post(path, {"type": "batch", "policies": ["everything"], "ttl": "1h", **(body or {})}, **more)


def everything():
    """The policy of those tokens."""
    return put("sys/policies/acl/everything", {"policy": ALL})


SCENARIOS = {
    "life": [
        everything(),
        batch(keep=KEEP, note="a batch token"),
        get("auth/token/lookup-self", token="{token}"),
        post("auth/token/lookup", {"token": "{token}"}),
        post("auth/token/lookup", {"token": "{token}"}, token="{token}", note="by itself"),
        get("sys/mounts/cubbyhole/tune", token="{token}"),
        get("sys/mounts/nothing/tune", token="{token}"),
        post("sys/capabilities", {"token": "{token}", "path": "sys/mounts"}),
        post("sys/capabilities-self", {"path": "sys/mounts"}, token="{token}"),
        post("auth/token/renew-self", {}, token="{token}"),
        post("auth/token/renew-self", {"increment": "rubbish"}, token="{token}"),
        post("auth/token/renew", {"token": "{token}"}),
        post("auth/token/revoke-self", {}, token="{token}"),
        post("auth/token/revoke", {"token": "{token}"}),
        post("auth/token/revoke-orphan", {"token": "{token}"}),
        post("auth/token/create", {}, token="{token}"),
        post("auth/token/create", {"num_uses": -1}, token="{token}"),
        post("auth/token/create/nobody-wrote-it", {}, token="{token}"),
        post("auth/token/create-orphan", {"type": "batch"}, token="{token}"),
        get("cubbyhole/x", token="{token}"),
        put("cubbyhole/x", {"a": 1}, token="{token}"),
        listing("cubbyhole/", token="{token}"),
        delete("cubbyhole/x", token="{token}"),
        get("cubbyhole", token="{token}"),
        get("auth/token/lookup-self", token="{token}", note="still good"),
    ],
    "creation": [
        everything(),
        post("auth/token/create", {"type": "batch"}),
        post("auth/token/create", {"type": "batch", "policies": ["root"]}),
        post("auth/token/create", {"type": "batch", "num_uses": 2}),
        post("auth/token/create", {"type": "batch", "num_uses": -1}),
        post("auth/token/create", {"type": "batch", "period": "1h"}),
        post("auth/token/create", {"type": "batch", "explicit_max_ttl": "1h"}),
        batch({"num_uses": 2, "period": "1h", "explicit_max_ttl": "1h"}),
        batch({"num_uses": 2, "period": "1h"}),
        batch({"num_uses": 0, "period": "0", "explicit_max_ttl": 0}),
        batch({"renewable": True}),
        batch({"no_parent": True}),
        batch({"ttl": "100000h"}),
        batch({"policies": ["nobody-wrote-it"]}),
        batch({"no_default_policy": True}),
        batch({"id": "my-own"}),
        batch({"display_name": "a b", "meta": {"user": "ada"}}, keep=KEEP, note="described"),
        get("auth/token/lookup-self", token="{token}", note="described"),
        batch(path="auth/token/create-orphan", keep=KEEP, note="an orphan"),
        get("auth/token/lookup-self", token="{token}", note="an orphan"),
        *[post("auth/token/create", {"type": word}) for word in ("Batch", "default-batch", "default-service", "default")],
    ],
    "wrapped": [
        everything(),
        batch(headers={"X-Vault-Wrap-TTL": "60"}, keep={"w": "wrap_info.token"}, note="wrapped"),
        post("sys/wrapping/lookup", {"token": "{w}"}),
        post("sys/wrapping/unwrap", {"token": "{w}"}, keep=KEEP),
        get("auth/token/lookup-self", token="{token}", note="unwrapped"),
        put("sys/wrapping/wrap", {"a": 1}, token="{token}", headers={"X-Vault-Wrap-TTL": "60"}, keep={"w": "wrap_info.token"}),
        put("sys/wrapping/unwrap", {"token": "{w}"}, token="{token}", note="with a batch token"),
        put("sys/wrapping/unwrap", {"token": "{token}"}),
        put("sys/wrapping/lookup", {"token": "{token}"}),
    ],
    "family": [
        everything(),
        post("auth/token/create", {"policies": ["everything"], "ttl": "1h"}, keep={"parent": "auth.client_token"}),
        batch({"ttl": "3h"}, token="{parent}", keep=KEEP, note="longer than its parent"),
        get("auth/token/lookup-self", token="{token}"),
        post("leased/creds/one", {"ip": "10.0.0.1"}, token="{token}", keep={"lease": "lease_id"}, note="a secret"),
        put("sys/leases/lookup", {"lease_id": "{lease}"}),
        batch({"ttl": "10m"}, token="{parent}", keep={"short": "auth.client_token"}, note="shorter"),
        post("leased/creds/one", {"ip": "10.0.0.1"}, token="{short}", keep={"lease": "lease_id"}, note="a secret"),
        put("sys/leases/lookup", {"lease_id": "{lease}"}),
        post("auth/token/revoke", {"token": "{parent}"}),
        get("auth/token/lookup-self", token="{token}", note="without its parent"),
        get("sys/mounts", token="{token}", note="without its parent"),
        post("auth/token/lookup", {"token": "{token}"}, note="without its parent"),
        post("auth/token/renew", {"token": "{token}"}, note="without its parent"),
        post("auth/token/revoke", {"token": "{token}"}, note="without its parent"),
        post("auth/token/revoke-orphan", {"token": "{token}"}, note="without its parent"),
        post("sys/capabilities", {"token": "{token}", "path": "x"}, note="without its parent"),
        post("auth/token/create", {"policies": ["everything"], "ttl": "1h"}, keep={"parent": "auth.client_token"}),
        batch(token="{parent}", keep=KEEP, note="another"),
        post("auth/token/revoke-orphan", {"token": "{parent}"}),
        get("auth/token/lookup-self", token="{token}", note="its parent alone was revoked"),
    ],
    "roles": [
        everything(),
        *[post("auth/token/roles/batch-words", {"token_type": word}) for word in ("rubbish", "Batch", "default", "")],
        post("auth/token/roles/batch-words", {"token_type": "rubbish", "token_num_uses": -1}),
        post("auth/token/roles/batch-always", {"token_type": "batch"}),
        post("auth/token/roles/batch-always", {"token_type": "batch", "orphan": True}),
        post("auth/token/roles/batch-always", {"token_type": "batch", "renewable": False}),
        *[
            post("auth/token/roles/batch-always", {"token_type": "batch", "orphan": True, "renewable": False, **more})
            for more in ({"token_period": "1h"}, {"token_explicit_max_ttl": "1h"}, {"token_num_uses": 2})
        ],
        post("auth/token/roles/batch-always", {"token_type": "batch", "orphan": True, "renewable": False, "token_num_uses": 0}),
        get("auth/token/roles/batch-always"),
        post("auth/token/roles/batch-always", {"orphan": False}, note="no longer orphans"),
        *[
            step
            for word in ("service", "default-service", "default-batch")
            for step in (
                post("auth/token/roles/" + word, {"token_type": word, "path_suffix": "nightly"}),
                get("auth/token/roles/" + word),
            )
        ],
        *[
            post(f"auth/token/create/{role}", {"policies": ["default"], "ttl": "1h", **asked})
            for role in ("batch-always", "service", "default-service", "default-batch")
            for asked in ({}, {"type": "service"}, {"type": "batch"})
        ],
        post("auth/token/create/default-batch", {"policies": ["default"], "explicit_max_ttl": "5m"}),
        post("auth/token/create/default-batch", {"policies": ["default"], "num_uses": 3}),
        post("auth/token/create/service", {"policies": ["default"], "type": "batch", "num_uses": 3, "ttl": "1h"}),
        post("auth/token/create/default-batch", {"policies": ["default"]}, keep=KEEP),
        get("auth/token/lookup-self", token="{token}", note="by a role"),
        post("auth/token/roles/batch-elsewhere", {"token_type": "default-batch", "token_bound_cidrs": "10.0.0.0/8"}),
        post("auth/token/create/batch-elsewhere", {"policies": ["default"]}, keep=KEEP),
        get("auth/token/lookup-self", token="{token}", note="from elsewhere"),
        post("auth/token/lookup", {"token": "{token}"}, note="bound"),
        post("auth/token/roles/batch-named", {"token_type": "default-batch", "allowed_entity_aliases": "deployer"}),
        post("auth/token/create/batch-named", {"policies": ["default"], "entity_alias": "deployer"}),
        post("auth/token/roles/batch-limited", {"token_type": "default-batch", "token_explicit_max_ttl": "1h"}),
        post("auth/token/create/batch-limited", {"policies": ["default"]}, note="a role that ends it"),
        post("auth/token/roles/batch-counted", {"token_type": "default-batch", "token_num_uses": 2}),
        post("auth/token/create/batch-counted", {"policies": ["default"]}, note="a role that counts"),
        post("auth/token/roles/batch-periodic", {"token_type": "default-batch", "token_period": "1h"}),
        post("auth/token/create/batch-periodic", {"policies": ["default"]}, note="a role with a period"),
        post("auth/token/roles/batch-later", {"token_type": "default-batch"}),
        post("auth/token/roles/batch-later", {"token_period": "1h"}, note="later"),
        post("auth/token/roles/batch-later", {"token_num_uses": 2}, note="later"),
        post("auth/token/roles/batch-later", {"token_explicit_max_ttl": "1h"}, note="later"),
        post("auth/token/roles/batch-later", {"token_num_uses": 2, "token_type": "service"}, note="another type"),
        post("auth/token/roles/batch-later", {"token_num_uses": 3, "token_type": "default-batch"}, note="its type again"),
        post("auth/token/roles/batch-later", {"renewable": False}, note="nothing about it"),
    ],
    "logins": [
        post("sys/auth/people", {"type": "userpass"}),
        *[
            step
            for word in ("batch", "service", "default", "default-batch", "default-service", "Batch", "")
            for step in (
                post("auth/people/users/words", {"password": "p", "token_type": word}),
                get("auth/people/users/words"),
            )
        ],
        *[
            post("auth/people/users/no", {"password": "p", "token_type": "batch", **more})
            for more in (
                {"token_num_uses": 2},
                {"token_period": "1h"},
                {"token_period": "1h", "token_num_uses": 2},
                {"token_ttl": "2h", "token_max_ttl": "1h"},
            )
        ],
        post("auth/people/users/counted", {"password": "p", "token_num_uses": 2}),
        post("auth/people/users/counted", {"token_type": "batch"}),
        *[post(f"auth/people/users/{word}", {"password": "p", "token_type": word}) for word in ("default", "service", "batch")],
        *[
            step
            for tuned in ("service", "batch", "default-service", "default-batch", "")
            for step in (
                post("sys/auth/people/tune", {"token_type": tuned}),
                get("sys/auth/people/tune"),
                *[
                    post(f"auth/people/login/{word}", {"password": "p"}, note=f"tuned {tuned}")
                    for word in ("default", "service", "batch")
                ],
            )
        ],
        post("sys/auth/people/tune", {"token_type": "default"}),
        post("sys/mounts/{engine}", {"type": "{engine}"}),
        post("sys/mounts/{engine}/tune", {"token_type": "batch"}),
        delete("sys/mounts/{engine}"),
        post("sys/auth/token/tune", {"token_type": "batch"}),
        post("sys/auth/others", {"type": "userpass", "config": {"token_type": "batch"}}),
        get("sys/auth/others/tune"),
        delete("sys/auth/others"),
        post("auth/people/users/ends", {"password": "p", "token_type": "batch", "token_ttl": "1h", "token_explicit_max_ttl": "10m"}),
        post("auth/people/login/ends", {"password": "p"}, keep=KEEP),
        get("auth/token/lookup-self", token="{token}", note="by logging in"),
        post("sys/auth/people/tune", {"token_type": "batch"}),
        post("auth/people/users/period", {"password": "p", "token_period": "1h"}),
        post("auth/people/login/period", {"password": "p"}),
        post("auth/people/login/counted", {"password": "p"}, note="uses that nobody counts"),
        post("auth/people/login/batch", {"password": "p"}, keep={**KEEP, "entity": "auth.entity_id"}),
        delete("auth/people/users/batch"),
        get("auth/token/lookup-self", token="{token}", note="its user is gone"),
        post("auth/people/login/ends", {"password": "p"}, keep={"other": "auth.client_token"}),
        delete("identity/entity/id/{entity}"),
        get("auth/token/lookup-self", token="{token}", note="its entity is gone"),
        delete("sys/auth/people"),
        get("auth/token/lookup-self", token="{other}", note="its mount is gone"),
    ],
    "rubbish": [
        *[
            step
            for value in ("b.", "hvb.", "b.AAAA", "hvb.AAAA", "hvb." + "A" * 300, "b." + "A" * 5000)
            for step in (
                get("auth/token/lookup-self", token=value, note=value[:12]),
                post("auth/token/lookup", {"token": value}, note=value[:12]),
                post("auth/token/renew", {"token": value}, note=value[:12]),
                post("auth/token/revoke", {"token": value}, note=value[:12]),
            )
        ],
    ],
}
