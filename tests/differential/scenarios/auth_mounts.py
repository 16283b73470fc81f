"""Ways to log in: mounted, tuned, moved, taken away."""

from differential.step import delete, get, listing, post

SCENARIOS = {
    "life": [
        get("sys/auth/token"),
        get("sys/auth/token/tune"),
        post("sys/auth/people", {"type": "userpass", "description": "people"}),
        get("sys/auth/people"),
        get("sys/auth/people/tune"),
        post("sys/auth/people/tune", {"default_lease_ttl": "1h", "max_lease_ttl": "2h", "token_type": "service"}),
        get("sys/auth/people/tune", note="tuned"),
        post("sys/auth/people", {"type": "userpass"}, note="in use"),
        post("sys/auth/people/below", {"type": "userpass"}, note="below another"),
        post("sys/auth/people/tune", {"token_type": "rubbish"}),
        post("sys/mounts/auth/people/tune", {"description": "as the command line tunes it"}),
        get("sys/mounts/auth/people/tune", note="as the command line reads it"),
        get("sys/mounts/auth/people"),
        post("sys/remount", {"from": "auth/people", "to": "auth/folk"}, keep={"migration": "data.migration_id"}),
        get("sys/remount/status/{migration}"),
        get("sys/auth/folk", note="moved"),
        get("sys/internal/ui/mounts/auth/folk"),
        delete("sys/auth/folk"),
        delete("sys/auth/folk", note="twice"),
        get("sys/auth/folk", note="gone"),
        get("sys/auth/folk/tune", note="gone"),
        get("auth/folk/users/ada", note="gone"),
    ],
    "refused": [
        post("sys/auth/x", {}),
        post("sys/auth/x", {"type": "nobody-made-it"}),
        post("sys/auth/x", {"type": "{engine}"}),
        post("sys/auth/token", {"type": "token"}),
        post("sys/auth/other", {"type": "token"}),
        delete("sys/auth/token"),
        post("sys/auth/x", {"type": "userpass", "config": {"default_lease_ttl": "rubbish"}}),
        post("sys/auth/x", {"type": "userpass", "config": {"token_type": "rubbish"}}),
        listing("sys/auth"),
    ],
}
