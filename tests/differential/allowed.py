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


POLICY_ERROR = "failed to parse policy: *"
JWT_ERROR = "error validating token: error verifying token signature: *"
BAD_TOKEN = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"

ALLOWED: list[Allowed] = [
    # What Vault says, and OpenBao no longer does, or not yet.
    Allowed("*", "body.mount_type", "newer Vaults say what is mounted", bao=ABSENT),
    Allowed("*", "body.errors.0", "newer Vaults say it so, and clients look for it", "permission denied", BAD_TOKEN),
    Allowed("*", "body.errors.0", "Vault's words", "failed to decode JSON input: *", "failed to parse JSON input: *"),
    Allowed("*", "body.performance_standby", "Vault's health has it", bao=ABSENT, ours=False),
    Allowed("GET sys/leader", "body.*", "Vault tells who leads even where nobody else could", bao=ABSENT),
    Allowed("GET auth/approle/role/once/bind-secret-id", "status", "Vault has this path"),
    Allowed("PUT sys/policies/acl/Upper *", "status", "Vault warns of a name that it wrote otherwise"),
    Allowed("PUT sys/re* (the old way)", "status", "Vault still has these paths"),
    Allowed("PUT sys/leases/lookup (revoked the old way)", "status", "so the lease is gone"),
    Allowed("PUT sys/audit/*", "body.errors.0", "Vault's devices are made by requests", "cannot enable audit device via*"),
    # What is better here.
    Allowed("* (two objects)", "status", "half of what was sent is not thrown away"),
    Allowed("* (Authorization: bearer *)", "status", "the names of schemes have no case (RFC 9110)"),
    Allowed("GET auth/token/accessors?list=maybe", "body.errors", "it is said what is wrong", bao=[]),
    Allowed("GET sys/leases*?type=rubbish", "status", "it is said what is wrong"),
    Allowed("GET sys/leases", "status", "those of no type in particular are all"),
    Allowed("GET sys/leases/count", "status", "those of no type in particular are all"),
    Allowed("POST sys/capabilities ({*path*})", "status", "who names no token is at fault, not the server"),
    Allowed("* (*my-own*)", "body.warnings", "the hash of every token is equally strong", ours=None),
    Allowed("* (*password_hash*)", "body.errors.0", "another hash is used", "*bcrypt hash", "*argon2id hash"),
    Allowed("* (its path and role)", "body.data.period", "a role's period is shown on its tokens", ABSENT, 3600),
    Allowed("* (short)", "body.data.explicit_max_ttl", "so is the end that it sets", 0, 600),
    Allowed("POST auth/token/renew-self (deleted)", "status", "it is said that nothing was renewed, and why"),
    Allowed("HELP *", "body.id", "help does not repeat the token", ours=ABSENT),
    Allowed("POST cubbyhole (no path at all)", "status", "who may not write there is told nothing else"),
    Allowed("* (half a character)", "status", "half a character is no text"),
    Allowed("GET sys/policies/acl/%FF", "status", "names are text"),
    Allowed("GET sys/policies/acl/a%00b", "*", "it is said what is wrong"),
    Allowed("* (*12345678901234567890*)", "body.errors.0", "what is too large is no whole number"),
    Allowed('* (*"100ms"*)', "body.auth.lease_duration", "less than a second is rounded up", 0, 1),
    Allowed("LIST sys/policies/acl?limit=1", "body.*", "every list can be read page by page"),
    Allowed("* (a role that ends it)", "body.auth.lease_duration", "a role's end holds for batch tokens", 2764800, 3600),
    Allowed("* (a role that ends it)", "body.warnings", "so its answer says", bao=None),
    Allowed("* (a role with a period)", "body.auth.lease_duration", "so does its period", 2764800, 3600),
    Allowed("* (a role that counts)", "status", "nobody counts the uses of batch tokens, so none is given"),
    Allowed("* (uses that nobody counts)", "status", "nobody counts the uses of batch tokens, so none is given"),
    Allowed('POST auth/token/roles/batch-always (*"token_num_uses": 2*)', "status", "no token could ever be made"),
    Allowed("* (its mount is gone)", "status", "what was got by logging in ends with the way to log in"),
    Allowed('POST auth/token/create (*"type": "batch"*"my-own"*)', "body.warnings.0", "it is said what becomes of it"),
    # The same in other words.
    Allowed("PUT sys/policies/acl/p *", "body.errors.0", "with its place", POLICY_ERROR, POLICY_ERROR),
    Allowed("POST auth/jwt/login (*)", "body.errors.0", "what is wrong with a signature", JWT_ERROR, JWT_ERROR),
    Allowed("*", "body.*warnings.0", "it is not OpenBao's log", "* OpenBao's server log*", "* the server log*"),
    Allowed("GET sys/policies/acl/default", "body.data.policy", "what it gives is compared by itself"),
    Allowed("GET sys/policies/acl/response-wrapping", "body.data.policy", "what it gives is compared by itself"),
    Allowed("GET sys/internal/ui/resultant-acl", "body.*.capabilities.*", "they are sorted"),
    # What is not here.
    Allowed("GET sys/health (X-Vault-Namespace: *)", "status", "there are no namespaces, so nothing is said of them"),
    Allowed("* sys/*//*", "status", "no redirection to the path without the empty part"),
    Allowed("GET sys//mounts", "status", "no redirection to the path without the empty part"),
    Allowed("GET sys", "status", "no redirection to a path that is not there either"),
    Allowed("OPTIONS *", "status", "nothing answers OPTIONS"),
    Allowed("GET * (used for something else)", "body.errors.0", "a wrapping token is no token elsewhere", ours=BAD_TOKEN),
    Allowed("POST * (used for something else)", "status", "so nothing else uses it up"),
    Allowed("* sys/polic*", "body.*identity_templates", "policies have no such settings", ours=ABSENT),
    Allowed("* sys/polic*", "body.*cas_required", "policies have no versions", ours=ABSENT),
    Allowed("* sys/polic*", "body.*version", "policies have no versions", ours=ABSENT),
    Allowed("* sys/polic*", "body.*modified", "policies have no versions", ours=ABSENT),
    Allowed("*", "body.openapi", "there is no OpenAPI document", ours=None),
    Allowed("GET sys/key-status", "body.*encryptions", "they are not counted", ours=0),
    Allowed("GET sys/*", "body.*sys/.seal_wrap", "nothing is sealed more than the rest", True, False),
    Allowed("GET sys/*", "body.*.passthrough_request_headers", "no mount is given a request's headers", ours=ABSENT),
    Allowed("GET sys/internal/ui/resultant-acl", "body.*_parameters", "pages are told of capabilities alone", ours=ABSENT),
    Allowed("GET sys/internal/ui/resultant-acl", "body.*_wrapping_ttl", "pages are told of capabilities alone", ours=ABSENT),
    Allowed("GET sys/internal/ui/resultant-acl", "body.data.exact_paths.sys/renew", "Vault still has this path", bao=ABSENT),
    # What each of the two is.
    Allowed("*", "body.*running_plugin_version", "what is mounted is part of the program", "v2.7.2+builtin.bao", ""),
    Allowed("*", "body.version", "the version of Vault that clients may take us for", "2.7.2", "2.2.0"),
    Allowed("*", "body.cluster_name", "a name of its own", ours="stateward"),
    Allowed("*", "body.storage_type", "a store of its own", "inmem", "stateward"),
    Allowed("* identity/*", "body.*name", "OpenBao adds the namespace", "entity_*.root", "entity_<8 digits>"),
    Allowed("GET sys/ha-status", "body.*nodes.0.*", "each tells of its own node"),
    Allowed("GET sys/seal-status*", "body.*_date", "a date of the build says less than its version"),
    Allowed("GET sys/seal-status*", "body.type", "the server keeps its key unless people want to", "shamir", "static"),
    Allowed("GET sys/seal-status*", "body.recovery_seal", "the server keeps its key", False, True),
    Allowed("GET sys/*", "body.*stateward/", "people of this server can log in", bao=ABSENT),
    # At `leased/` the two have different engines, so that both can have leases.
    Allowed("GET sys/*", "body.*leased/.*", "another type, made in another way"),
    Allowed("* (a secret)", "body.data.*", "another secret"),
    Allowed("* (a secret)", "body.renewable", "another kind of lease", False, True),
    Allowed("P* sys/leases/lookup *", "body.data.renewable", "another kind of lease", False, True),
    Allowed("* (a secret)", "body.warnings", "only OpenBao's takes an address", bao=None),
]
