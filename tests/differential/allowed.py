"""The differences that are wanted, each with its reason. A test holds that each of them still occurs."""

import dataclasses
import fnmatch

from differential.compare import ABSENT, Difference

ANY = object()
"""For values that don't matter, where the difference is that they are different."""


@dataclasses.dataclass(frozen=True)
class Allowed:
    """Where the two may differ, and how.

    `*` stands for any characters, in the step, in the place, and in values that are texts.
    """

    step: str
    at: str
    reason: str
    bao: object = ANY
    ours: object = ANY

    def covers(self, difference: Difference) -> bool:
        """Whether this is the reason of a difference."""
        return (
            _matches(self.step, difference.step)
            and _matches(self.at, difference.at)
            and _matches(self.bao, difference.bao)
            and _matches(self.ours, difference.ours)
        )


def _matches(pattern, value) -> bool:
    if pattern is ANY:
        return True
    if isinstance(pattern, str) and isinstance(value, str):
        # Square brackets are brackets here.
        return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))
    return pattern == value


BAD_TOKEN = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"

# fmt: off
ALLOWED: list[Allowed] = [
    # What Vault says, and OpenBao no longer does, or not yet.
    Allowed("*", "body.mount_type", "newer Vaults say what is mounted", bao=ABSENT),
    Allowed("*", "body.errors.0", "newer Vaults say it so, and clients look for it", "permission denied", BAD_TOKEN),
    Allowed("*", "body.errors.0", "Vault's words", "failed to decode JSON input: *", "failed to parse JSON input: *"),
    Allowed("*", "body.performance_standby", "Vault's health has it", bao=ABSENT, ours=False),
    Allowed("PUT sys/policies/acl/Upper *", "status", "Vault warns of a name that it wrote otherwise"),
    Allowed("PUT sys/* (the old way)", "status", "Vault still has these paths"),
    # What is better here.
    Allowed("* (two objects)", "status", "half of what was sent is not thrown away"),
    Allowed("* (Authorization: bearer *)", "status", "the names of schemes have no case (RFC 9110)"),
    Allowed("*?list=maybe", "body.errors", "it is said what is wrong", bao=[]),
    Allowed("GET sys/leases*?type=rubbish", "status", "it is said what is wrong"),
    Allowed("GET sys/leases*", "status", "nothing in particular is everything"),
    Allowed("PUT sys/policies/acl/p *", "body.errors.0", "what is wrong is said in other words, with its place",
            "failed to parse policy: *", "failed to parse policy: *"),
    Allowed("POST sys/capabilities ({*path*})", "status", "who names no token is at fault, not the server"),
    Allowed('* (*"id": "my-own"*)', "body.warnings", "the hash of every token is equally strong", ours=None),
    Allowed("POST auth/token/lookup (*)", "body.data.period", "a role's period is shown on its tokens", bao=ABSENT),
    Allowed("POST auth/token/lookup (*)", "body.data.explicit_max_ttl", "so is the end that it sets", bao=0),
    # What is not here.
    Allowed("GET sys/health (X-Vault-Namespace: *)", "status", "there are no namespaces in which it would be elsewhere"),
    Allowed("GET sys", "status", "no redirection to a path that is not there either"),
    Allowed("OPTIONS *", "status", "nothing answers OPTIONS"),
    Allowed("* sys/polic*", "body.*allow_*_in_identity_templates", "policies have no such settings", ours=ABSENT),
    Allowed("* sys/polic*", "body.*cas_required", "nor versions", ours=ABSENT),
    Allowed("* sys/polic*", "body.*version", "nor versions", ours=ABSENT),
    Allowed("* sys/polic*", "body.*modified", "nor versions", ours=ABSENT),
    Allowed("GET sys/policy/old", "body.version", "nor versions", ours=ABSENT),
    Allowed("*", "body.openapi", "there is no OpenAPI document", ours=None),
    # What this server is.
    Allowed("*", "body.*running_plugin_version", "what is mounted is part of the program", "v2.7.2+builtin.bao", ""),
    Allowed("*", "body.version", "the version of Vault that clients may take us for", "2.7.2", "2.2.0"),
    Allowed("*", "body.cluster_name", "a name of its own", ours="stateward"),
    Allowed("*", "body.storage_type", "a store of its own", "inmem", "stateward"),
    Allowed("*", "body.*warnings.0", "it is not OpenBao's log", "* OpenBao's server log*", "* the server log*"),
    Allowed("GET sys/*", "body.*stateward/", "people of this server can log in", bao=ABSENT),
    Allowed("*", "body.*leased/.*", "there the two have different engines, so that both can have leases"),
    Allowed("GET sys/*", "body.*sys/.seal_wrap", "nothing is sealed more than the rest", True, False),
    Allowed("GET sys/*", "body.*.passthrough_request_headers", "no mount is given a request's headers", ours=ABSENT),
    Allowed("* sys/*", "body.data.policy", "the texts of the policies are our own; what they give is compared above"),
    Allowed("POST leased/creds/*", "body.data.*", "there the two have different engines"),
    Allowed("POST leased/creds/*", "body.renewable", "so they do", False, True),
    Allowed("P* sys/leases/lookup *", "body.data.renewable", "so they do", False, True),
    Allowed("POST leased/creds/*", "body.warnings", "only OpenBao's takes an address", bao=None),
    Allowed("GET sys/seal-status*", "body.*_date", "a date of the build says less than its version"),
    Allowed("GET sys/seal-status*", "body.type", "the server keeps its key unless people want to", "shamir", "static"),
    Allowed("GET sys/seal-status*", "body.recovery_seal", "the same", False, True),
    Allowed("GET sys/leader", "body.*", "Vault tells who leads even where nobody else could", bao=ABSENT),
    Allowed("GET sys/key-status", "body.*encryptions", "they are not counted", ours=0),
    Allowed("GET sys/ha-status", "body.*nodes.0.*", "each tells of its own node"),
    Allowed("PUT sys/leases/lookup (revoked the old way)", "status", "see above"),
    Allowed("PUT sys/audit/*", "body.errors.0", "devices can be made by requests, as with Vault", "cannot enable audit device via API*"),
    Allowed("POST auth/token/renew-self (deleted)", "status", "it is said that nothing was renewed, and why"),
    Allowed('* (*"password_hash"*)', "body.errors.0", "another hash is used", "*bcrypt hash", "*argon2id hash"),
    Allowed("GET auth/approle/role/once/bind-secret-id", "status", "Vault has this path"),
    Allowed("POST auth/jwt/login (*)", "body.errors.0", "what is wrong with the token, in other words",
            "error validating token: error verifying token signature: *",
            "error validating token: error verifying token signature: *"),
    Allowed("HELP *", "body.id", "help does not repeat the token", ours=ABSENT),
    Allowed("GET sys/wrapping/unwrap", "status", "there is nothing to read, whatever the token"),
    Allowed("* (used for something else)", "*", "nothing but unwrapping uses a wrapping token up"),
    Allowed("GET sys/internal/ui/resultant-acl", "body.data.exact_paths.*", "what pages show: capabilities alone"),
    Allowed("GET sys/internal/ui/resultant-acl", "body.data.glob_paths.*.capabilities.*", "they are sorted"),
]
# fmt: on
