"""Audit devices, as far as they can be asked about."""

from differential.step import delete, get, post, put

SCENARIOS = {
    "refused": [
        get("sys/audit"),
        put("sys/audit/x", {}),
        put("sys/audit/x", {"type": "nobody-made-it"}),
        delete("sys/audit/nothing"),
        post("sys/audit-hash/nothing", {"input": "a"}),
        get("sys/audit", token=None),
    ],
}
