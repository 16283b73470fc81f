"""How long tokens live where a mount, a role and a request say different things."""

from differential.step import delete, get, post

KEEP = {"token": "auth.client_token"}
PASSWORD = {"password": "lovelace"}

SCENARIOS = {
    "of-the-token-mount": [
        post("sys/auth/token/tune", {"default_lease_ttl": "20m", "max_lease_ttl": "1h"}),
        post("auth/token/create", {"policies": ["default"]}, keep=KEEP),
        post("auth/token/renew", {"token": "{token}", "increment": "50m"}),
        post("auth/token/renew", {"token": "{token}", "increment": "2h"}),
        post("auth/token/renew", {"token": "{token}"}, note="no increment"),
        post("auth/token/create", {"policies": ["default"], "ttl": "2h"}),
        post("auth/token/create", {"policies": ["default"], "explicit_max_ttl": "2h"}, keep=KEEP),
        post("auth/token/lookup", {"token": "{token}"}, note="with an explicit end"),
        post("auth/token/create", {"policies": ["default"], "explicit_max_ttl": "10m"}),
        post("auth/token/create", {"policies": ["default"], "period": "2h"}, keep=KEEP),
        post("auth/token/renew", {"token": "{token}"}, note="periodic"),
        post("auth/token/create", {"policies": ["default"], "period": "30m", "ttl": "5m"}),
        post("auth/token/roles/limited", {"token_period": "2h", "token_explicit_max_ttl": "30m"}),
        post("auth/token/create/limited", {"policies": ["default"], "ttl": "45m"}, keep=KEEP),
        post("auth/token/renew", {"token": "{token}", "increment": "2h"}, note="of a role"),
        delete("auth/token/roles/limited"),
        post("sys/auth/token/tune", {"default_lease_ttl": "system", "max_lease_ttl": "system"}),
        post("auth/token/create", {"policies": ["default"], "ttl": "2h"}, note="as the system says"),
    ],
    "of-logins": [
        post("sys/auth/limited", {"type": "userpass", "config": {"default_lease_ttl": "20m", "max_lease_ttl": "1h"}}),
        post("auth/limited/users/ada", PASSWORD),
        post("auth/limited/login/ada", PASSWORD, token=None, keep=KEEP, note="as the mount says"),
        post("auth/token/renew", {"token": "{token}"}, note="as the mount says"),
        post("auth/token/renew", {"token": "{token}", "increment": "2h"}, note="beyond the mount's end"),
        post("auth/limited/users/ada", {"token_ttl": "5m", "token_max_ttl": "10m"}),
        post("auth/limited/login/ada", PASSWORD, token=None, keep=KEEP, note="as the user says"),
        post("auth/token/renew", {"token": "{token}", "increment": "20m"}, note="beyond the user's end"),
        post("auth/limited/users/ada", {"token_ttl": "3h", "token_max_ttl": "4h"}),
        post("auth/limited/login/ada", PASSWORD, token=None, note="the user says more than the mount"),
        post("auth/limited/users/ada", {"token_ttl": 0, "token_max_ttl": 0, "token_period": "15m"}),
        post("auth/limited/login/ada", PASSWORD, token=None, keep=KEEP, note="periodic"),
        post("auth/token/renew", {"token": "{token}", "increment": "2h"}, note="periodic"),
        post("auth/limited/users/ada", {"token_period": 0, "token_explicit_max_ttl": "7m"}),
        post("auth/limited/login/ada", PASSWORD, token=None, keep=KEEP, note="with an explicit end"),
        get("auth/token/lookup-self", token="{token}", note="with an explicit end"),
        post("auth/limited/users/ada", {"token_policies": "other"}),
        post("auth/token/renew", {"token": "{token}"}, note="the user has other policies now"),
        delete("sys/auth/limited"),
        post("auth/token/renew", {"token": "{token}"}, note="its mount is gone"),
    ],
}
