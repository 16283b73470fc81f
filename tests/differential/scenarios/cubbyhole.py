"""What each token keeps for itself."""

from differential.step import delete, get, listing, post, put

SCENARIOS = {
    "life": [
        post("auth/token/create", {"ttl": "1h", "policies": ["default"]}, keep={"token": "auth.client_token"}),
        get("cubbyhole/a", token="{token}", note="not there"),
        listing("cubbyhole", token="{token}", note="empty"),
        post("cubbyhole/a", {"key": "value", "number": 7, "list": [1, "b"]}, token="{token}"),
        get("cubbyhole/a", token="{token}"),
        get("cubbyhole/a", note="another token's"),
        put("cubbyhole/deep/er", {"key": "value"}, token="{token}"),
        put("cubbyhole/deep", {"key": "value"}, token="{token}"),
        listing("cubbyhole/", token="{token}"),
        listing("cubbyhole/deep", token="{token}"),
        get("cubbyhole/deep/?list=true", token="{token}"),
        post("cubbyhole/a", {}, token="{token}", note="nothing"),
        post("cubbyhole/", {"key": "value"}, token="{token}", note="no path"),
        post("cubbyhole", {"key": "value"}, token="{token}", note="no path at all"),
        delete("cubbyhole/a", token="{token}"),
        delete("cubbyhole/a", token="{token}", note="twice"),
        get("cubbyhole/a", token="{token}", note="deleted"),
        get("cubbyhole/a", token=None, note="no token"),
    ],
}
