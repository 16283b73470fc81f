"""Values in all the forms that fields take them, and lists page by page."""

from differential.step import delete, get, listing, post, put

SCENARIOS = {
    "durations": [
        post("auth/token/create", {"policies": ["default"], "ttl": value})
        for value in (60, "60", 60.0, 60.9, "1m30s", "1.5h", "2d", "1h1d", " 60", "60 ", "+60s", "1e3", "", "0s", "100ms")
    ]
    + [
        post("auth/token/create", {"policies": ["default"], "ttl": "5m", "explicit_max_ttl": value})
        for value in ("1h", 3600, "10s", "-1s", "x")
    ]
    + [
        put("auth/token/roles/durations", {"token_explicit_max_ttl": value})
        for value in (60, "60", 60.0, "1m", "2d", "", None, "x", -5, True, [60], 9223372036854775807)
    ]
    + [get("auth/token/roles/durations"), delete("auth/token/roles/durations")],
    "truths": [
        put("auth/token/roles/truths", {"orphan": value})
        for value in (True, "true", "T", "1", 1, "yes", 2, "", None, [], {})
    ]
    + [get("auth/token/roles/truths"), delete("auth/token/roles/truths")],
    "lists": [
        put("auth/token/roles/lists", {"allowed_policies": value})
        for value in (["a", "b"], "a,b", " a , b ,", [], "", ["b", "a", "a"], [1, True], 7, None)
    ]
    + [get("auth/token/roles/lists"), delete("auth/token/roles/lists")],
    "names": [
        post("auth/token/roles/a.b-c_d", {}),
        post("auth/token/roles/a..b", {}),
        post("auth/token/roles/.a", {}),
        post("auth/token/roles/a.", {}),
        post("auth/token/roles/a%20b", {}),
        post("auth/token/roles/%C3%A4", {}),
        post("auth/token/roles/A", {}),
        get("auth/token/roles/a", note="another case"),
        listing("auth/token/roles"),
        delete("auth/token/roles/A"),
        delete("auth/token/roles/a.b-c_d"),
        delete("auth/token/roles/a..b"),
        get("sys/../sys/mounts"),
        get("sys//mounts"),
        get("auth/token/./lookup-self"),
    ],
    "nothing": [
        post(
            "auth/token/roles/nulls",
            {
                "allowed_policies": "a",
                "allowed_policies_glob": "x*",
                "orphan": True,
                "path_suffix": "abc",
                "token_bound_cidrs": "10.0.0.0/8",
                "token_num_uses": 3,
                "token_period": "1h",
            },
        ),
        post(
            "auth/token/roles/nulls",
            {
                "allowed_policies": None,
                "allowed_policies_glob": None,
                "orphan": None,
                "path_suffix": None,
                "token_bound_cidrs": None,
                "token_num_uses": None,
                "token_period": None,
            },
        ),
        get("auth/token/roles/nulls", note="all but the length of time"),
        delete("auth/token/roles/nulls"),
        post(
            "auth/token/create",
            {"ttl": "1h", "policies": None, "renewable": None, "meta": None, "num_uses": None, "id": None, "x": None},
        ),
        post("sys/mounts/nulls", {"type": "{engine}", "config": None, "options": None, "description": None}),
        get("sys/mounts/nulls"),
        delete("sys/mounts/nulls"),
    ],
    "pages": [
        post("sys/auth/paged", {"type": "userpass"}),
        *(post(f"auth/paged/users/u{number}", {"password": "p"}) for number in range(1, 5)),
        listing("auth/paged/users?limit=2"),
        listing("auth/paged/users?after=u2"),
        listing("auth/paged/users?after=u1&limit=2"),
        listing("auth/paged/users?limit=-1"),
        listing("auth/paged/users?limit=0"),
        listing("auth/paged/users?limit=many"),
        listing("auth/paged/users?after=u9"),
        delete("sys/auth/paged"),
        listing("sys/policies/acl?limit=1"),
    ],
}
