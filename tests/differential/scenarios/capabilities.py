"""What tokens may do: asked, and tried."""

from differential.step import delete, get, listing, patch, post, put

POLICY = """
path "sys/policies/acl/*" { capabilities = ["read", "list", "sudo"] }
path "sys/policies/acl/secret" { capabilities = ["deny"] }
path "sys/policies/acl/+/more" { capabilities = ["update"] }
path "auth/token/create" {
  capabilities = ["create", "update"]
  allowed_parameters = { "ttl" = ["1h", "2h"], "policies" = [] }
  denied_parameters = { "period" = [] }
}
path "auth/token/renew" { capabilities = ["update"] required_parameters = ["increment"] }
path "auth/token/roles/*" { capabilities = ["create"] }
path "auth/token/lookup-self" { capabilities = ["read"] min_wrapping_ttl = "1m" max_wrapping_ttl = "5m" }
path "sys/mounts" { capabilities = ["read"] }
path "sys/auth" { policy = "write" }
path "cubbyhole/*" { capabilities = ["patch", "scan"] }
"""
PATHS = [
    "sys/policies/acl/a",
    "sys/policies/acl/secret",
    "sys/policies/acl/x/more",
    "sys/policies/acl/",
    "sys/policies/acl",
    "auth/token/create",
    "sys/mounts",
    "sys/auth",
    "cubbyhole/x",
    "nowhere",
]
WRAP = {"X-Vault-Wrap-TTL": "10m"}
SHORT_WRAP = {"X-Vault-Wrap-TTL": "2m"}

# All that the policies `default` and `response-wrapping` of OpenBao's name, and a little besides.
BUILT_IN = [
    "auth/token/lookup-self",
    "auth/token/renew-self",
    "auth/token/revoke-self",
    "auth/token/create",
    "sys/capabilities-self",
    "sys/internal/ui/resultant-acl",
    "sys/internal/ui/mounts",
    "sys/leases/renew",
    "sys/leases/lookup",
    "sys/leases/lookup/x",
    "sys/leases/revoke",
    "cubbyhole/x",
    "cubbyhole/response",
    "cubbyhole/",
    "sys/wrapping/wrap",
    "sys/wrapping/lookup",
    "sys/wrapping/unwrap",
    "sys/wrapping/rewrap",
    "sys/tools/hash",
    "sys/tools/hash/sha2-256",
    "sys/tools/random",
    "identity/entity/id/x",
    "identity/oidc/provider/x/authorize",
    "sys/mounts",
]

# What a policy with templates may give.
TEMPLATED = [
    "one/{entity}",
    "one/other",
    "one/",
    "two/red/x",
    "two/blue/x",
    "two//x",
    "three/ada",
    "three/grace",
    "four/",
    "four/x",
    "five/",
    "six/",
    "six/{{rubbish}}",
    "seven",
]

SCENARIOS = {
    "built-in": [
        post("auth/token/create", {"policies": ["default"], "ttl": "1h"}, keep={"token": "auth.client_token"}),
        post("sys/capabilities", {"token": "{token}", "paths": BUILT_IN}, note="by default"),
        post("auth/token/create", {"policies": ["a"], "no_default_policy": True}, keep={"token": "auth.client_token"}),
        post("sys/capabilities", {"token": "{token}", "paths": BUILT_IN}, note="not even by default"),
        post("sys/wrapping/wrap", {"a": 1}, headers=SHORT_WRAP, keep={"wrapping": "wrap_info.token"}),
        post("sys/capabilities", {"token": "{wrapping}", "paths": BUILT_IN}, note="of a wrapping token"),
    ],
    "templates": [
        post("sys/auth/userpass", {"type": "userpass"}),
        get("sys/auth/userpass", keep={"mount": "data.accessor"}),
        put(
            "sys/policies/acl/templated",
            {
                "policy": """
                path "one/{{identity.entity.id}}" { capabilities = ["read"] }
                path "two/{{identity.entity.metadata.team}}/*" { capabilities = ["read"] }
                path "three/{{identity.entity.aliases.{mount}.name}}" { capabilities = ["read"] }
                path "four/{{identity.entity.metadata.nothing}}" { capabilities = ["read"] }
                path "five/{{identity.groups.names.nothing.id}}" { capabilities = ["read"] }
                path "six/{{rubbish}}" { capabilities = ["read"] }
                path "seven" { capabilities = ["read"] }
                """
            },
            note="templated",
        ),
        post("auth/userpass/users/ada", {"password": "lovelace", "token_policies": "templated"}),
        post(
            "auth/userpass/login/ada",
            {"password": "lovelace"},
            token=None,
            keep={"token": "auth.client_token", "entity": "auth.entity_id"},
        ),
        post("identity/entity/id/{entity}", {"metadata": {"team": "red"}}),
        post("sys/capabilities-self", {"paths": TEMPLATED}, token="{token}"),
        post("auth/token/create", {"policies": ["templated"], "ttl": "1h"}, keep={"token": "auth.client_token"}),
        post("sys/capabilities-self", {"paths": TEMPLATED}, token="{token}", note="of nobody"),
        delete("identity/entity/id/{entity}"),
        delete("sys/auth/userpass"),
        delete("sys/policies/acl/templated"),
    ],
    "asked": [
        put("sys/policies/acl/some", {"policy": POLICY}),
        post(
            "auth/token/create",
            {"policies": ["some"], "ttl": "1h"},
            keep={"token": "auth.client_token", "accessor": "auth.accessor"},
        ),
        post("sys/capabilities-self", {"path": "sys/mounts"}, token="{token}"),
        post("sys/capabilities-self", {"paths": PATHS}, token="{token}"),
        post("sys/capabilities-self", {"paths": ["sys/mounts", "nowhere"], "path": "a"}),
        post("sys/capabilities", {"token": "{token}", "paths": PATHS}),
        post("sys/capabilities", {"token": "{token}", "path": "sys/mounts,nowhere"}),
        post("sys/capabilities-accessor", {"accessor": "{accessor}", "paths": PATHS}),
        post("sys/capabilities", {"token": "{token}", "path": "sys/mounts"}, token="{token}", note="not allowed"),
        post("sys/capabilities", {"token": "rubbish", "path": "sys/mounts"}),
        post("sys/capabilities", {"path": "sys/mounts"}),
        post("sys/capabilities", {"token": "{token}"}),
        post("sys/capabilities-self", {}),
        post("sys/capabilities-self", {"paths": []}),
        post("sys/capabilities-accessor", {"accessor": "rubbish", "path": "sys/mounts"}),
        post("sys/capabilities-accessor", {"path": "sys/mounts"}),
        get("sys/capabilities-self"),
        get("sys/internal/ui/resultant-acl", token="{token}"),
        get("sys/internal/ui/resultant-acl"),
    ],
    "tried": [
        put("sys/policies/acl/some", {"policy": POLICY}),
        post("auth/token/create", {"policies": ["some"], "ttl": "1h"}, keep={"token": "auth.client_token"}),
        get("sys/mounts", token="{token}"),
        put("sys/mounts/x", {"type": "{engine}"}, token="{token}"),
        get("sys/policies/acl/default", token="{token}"),
        get("sys/policies/acl/secret", token="{token}"),
        listing("sys/policies/acl", token="{token}"),
        put("sys/policies/acl/x", {"policy": POLICY}, token="{token}"),
        delete("sys/policies/acl/x", token="{token}"),
        post("auth/token/create", {"ttl": "1h"}, token="{token}", note="allowed"),
        post("auth/token/create", {"ttl": "3h"}, token="{token}", note="another value"),
        post("auth/token/create", {"ttl": "1h", "period": "1h"}, token="{token}", note="denied"),
        post("auth/token/create", {"ttl": "1h", "meta": {}}, token="{token}", note="not listed"),
        post("auth/token/create", {"TTL": "1h"}, token="{token}", note="in capitals"),
        post("auth/token/renew", {"token": "{token}"}, token="{token}", note="without what is required"),
        post("auth/token/renew", {"token": "{token}", "increment": "1h"}, token="{token}", note="with what is required"),
        post("auth/token/roles/fresh", {"allowed_policies": "a"}, token="{token}", note="create is enough"),
        post("auth/token/roles/fresh", {"allowed_policies": "b"}, token="{token}", note="create is not enough"),
        delete("auth/token/roles/fresh"),
        get("auth/token/lookup-self", token="{token}", note="must be wrapped"),
        get("auth/token/lookup-self", token="{token}", headers=WRAP, note="wrapped for too long"),
        get("auth/token/lookup-self", token="{token}", headers=SHORT_WRAP, note="wrapped"),
        get("auth/token/accessors?list=true", token="{token}"),
        get("sys/auth", token="{token}"),
        patch("cubbyhole/x", {"a": 1}, token="{token}"),
        get("nowhere/at-all", token="{token}"),
        get("sys/nothing-like-it", token="{token}"),
        get("sys/health", token="{token}"),
        get("sys/mounts?help=1", token="{token}"),
        delete("sys/policies/acl/some"),
        get("sys/mounts", token="{token}", note="its policy is gone"),
    ],
}
