"""Answers that wait for whoever has the wrapping token."""

from differential.step import get, listing, post, put

WRAP = {"X-Vault-Wrap-TTL": "5m"}
KEEP = {"wrapping": "wrap_info.token", "wrapping_accessor": "wrap_info.accessor"}

SCENARIOS = {
    "life": [
        get("auth/token/lookup-self", headers=WRAP, keep=KEEP),
        post("sys/wrapping/lookup", {"token": "{wrapping}"}),
        post("sys/wrapping/lookup", token="{wrapping}", note="by itself"),
        get("sys/wrapping/lookup", token="{wrapping}", note="read"),
        post("sys/wrapping/unwrap", {"token": "{wrapping}"}),
        post("sys/wrapping/unwrap", {"token": "{wrapping}"}, note="twice"),
        post("sys/wrapping/lookup", {"token": "{wrapping}"}, note="unwrapped"),
        post("auth/token/create", {"ttl": "1h", "policies": ["default"]}, headers=WRAP, keep=KEEP, note="a token"),
        put("sys/wrapping/unwrap", token="{wrapping}", keep={"token": "auth.client_token"}, note="by itself"),
        get("auth/token/lookup-self", token="{token}"),
        put("sys/wrapping/unwrap", token="{wrapping}", note="twice, by itself"),
        post("sys/wrapping/wrap", {"a": 1, "b": {"c": ["d"]}}, headers=WRAP, keep=KEEP),
        post("sys/wrapping/unwrap", {"token": "{wrapping}"}, token="{token}", note="as somebody"),
        post("sys/wrapping/wrap", {"a": 1}, headers=WRAP, keep=KEEP),
        post("sys/wrapping/rewrap", {"token": "{wrapping}"}, keep={"rewrapped": "wrap_info.token"}),
        post("sys/wrapping/unwrap", {"token": "{wrapping}"}, note="rewrapped"),
        post("sys/wrapping/unwrap", {"token": "{rewrapped}"}),
        post("sys/wrapping/wrap", {"a": 1}, headers=WRAP, keep=KEEP),
        post("sys/wrapping/unwrap", token=None, body={"token": "{wrapping}"}, note="as nobody"),
    ],
    "the-token": [
        post("sys/wrapping/wrap", {"a": 1}, headers=WRAP, keep=KEEP),
        post("auth/token/lookup", {"token": "{wrapping}"}),
        post("auth/token/lookup-accessor", {"accessor": "{wrapping_accessor}"}),
        post("auth/token/revoke-accessor", {"accessor": "{wrapping_accessor}"}),
        post("sys/wrapping/unwrap", {"token": "{wrapping}"}, note="revoked"),
        post("sys/wrapping/wrap", {"a": 1}, headers=WRAP, keep=KEEP),
        get("auth/token/lookup-self", token="{wrapping}", note="used for something else"),
        post("sys/wrapping/unwrap", {"token": "{wrapping}"}, note="used for something else"),
        get("sys/mounts", token="{wrapping}", note="gone"),
    ],
    "who-asks": [
        step
        for path in ("sys/wrapping/unwrap", "sys/wrapping/rewrap", "sys/wrapping/lookup")
        for step in [
            put("sys/policies/acl/not-this", {"policy": 'path "sys/wrapping/*" { capabilities = ["deny"] }'}),
            post("auth/token/create", {"policies": ["default"], "num_uses": 2}, keep={"twice": "auth.client_token"}),
            post("auth/token/create", {"policies": ["not-this"]}, keep={"denied": "auth.client_token"}),
            post("auth/token/create", {"policies": ["default"]}, keep={"revoked": "auth.client_token"}),
            post("auth/token/revoke", {"token": "{revoked}"}),
            post("sys/wrapping/wrap", {"b": 2}, headers=WRAP, keep={"spent": "wrap_info.token"}),
            put("sys/wrapping/unwrap", token="{spent}"),
            post("sys/wrapping/wrap", {"a": 1}, headers=WRAP, keep=KEEP),
            *(
                put(path, body, token=token, note=f"{asker}, {named}")
                for asker, token in (
                    ("nobody", None),
                    ("rubbish", "rubbish"),
                    ("revoked", "{revoked}"),
                    ("spent", "{spent}"),
                    ("denied", "{denied}"),
                )
                for named, body in (
                    ("nothing", None),
                    ("an empty token", {"token": ""}),
                    ("a number", {"token": 5}),
                    ("null", {"token": None}),
                    ("rubbish", {"token": "rubbish"}),
                    ("a spent one", {"token": "{spent}"}),
                    ("a good one", {"token": "{wrapping}"}),
                )
            ),
            post("sys/wrapping/lookup", {"token": "{wrapping}"}, note="as good as before"),
            put(path, {"token": "rubbish"}, token="{twice}", note="not counted"),
            put(path, {"token": "{wrapping}"}, token="{twice}", note="once"),
            put(path, {"token": "rubbish"}, token="{twice}", note="not counted either"),
            get("auth/token/lookup-self", token="{twice}", note="twice"),
            get("auth/token/lookup-self", token="{twice}", note="used up"),
            post("sys/wrapping/wrap", {"b": 2}, headers=WRAP, keep={"other": "wrap_info.token"}),
            post("sys/wrapping/wrap", {"a": 1}, headers=WRAP, keep=KEEP),
            put(path, {"token": "{wrapping}"}, token="{other}", note="another answer's token"),
            post("sys/wrapping/wrap", {"b": 2}, headers=WRAP, keep={"other": "wrap_info.token"}),
            put(path, token="{other}", note="its own token"),
        ]
    ],
    "not-wrapped": [
        get("sys/health", headers=WRAP),
        get("sys/seal-status", headers=WRAP),
        get("nowhere/at-all", headers=WRAP),
        get("sys/policies/acl/nobody-wrote-it", headers=WRAP),
        post("auth/token/lookup", {"token": "rubbish"}, headers=WRAP),
        post("sys/policies/acl/w", {"policy": 'path "a" { capabilities = ["read"] }'}, headers=WRAP),
        listing("auth/token/roles", headers=WRAP, note="perhaps empty"),
        post("sys/wrapping/wrap", {"a": 1}, note="no time given"),
        post("sys/wrapping/wrap", {}, headers=WRAP, note="nothing to wrap"),
        get("auth/token/lookup-self", headers={"X-Vault-Wrap-TTL": "1s"}, keep=KEEP),
        get("auth/token/lookup-self", headers={"X-Vault-Wrap-TTL": "90"}),
        get("sys/policies/acl/default?help=1", headers=WRAP),
    ],
    "refused": [
        post("sys/wrapping/unwrap", {"token": "rubbish"}),
        post("sys/wrapping/unwrap", {"token": "{root}"}),
        post("sys/wrapping/unwrap", {}),
        post("sys/wrapping/unwrap", token="rubbish"),
        post("sys/wrapping/unwrap", token=None),
        post("sys/wrapping/lookup", {"token": "rubbish"}),
        post("sys/wrapping/lookup", {"token": "{root}"}),
        post("sys/wrapping/lookup", {}),
        post("sys/wrapping/lookup", token=None),
        post("sys/wrapping/rewrap", {"token": "rubbish"}),
        post("sys/wrapping/rewrap", {}),
        get("sys/wrapping/unwrap"),
        get("sys/wrapping/wrap"),
    ],
}
