"""The help of paths. Its texts are our own; its form and who may read it are not."""

from differential.step import Step, get

SCENARIOS = {
    "form": [
        get("auth/token/create?help=1"),
        get("sys/mounts?help=true"),
        Step("HELP", "auth/token/lookup-self"),
        get("auth/token/?help=1", note="a mount"),
        get("auth/token?help=1", note="a mount without a slash"),
        get("auth/token/nothing-like-it?help=1"),
        get("nowhere/at-all?help=1"),
        get("auth/token/create?help=1", token=None, note="no token"),
        get("auth/token/create?help=1", token="rubbish"),
        get("auth/token/create?help=", note="empty"),
    ],
}
