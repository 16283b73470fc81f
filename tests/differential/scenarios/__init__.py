"""What is asked, one file for each subject. Scenarios run one after another on the same two servers."""

from differential.scenarios import (
    approle,
    audit,
    auth_mounts,
    batch,
    capabilities,
    cubbyhole,
    help,
    identity,
    jwt,
    leases,
    limits,
    mounts,
    policies,
    protocol,
    values,
    status,
    token_roles,
    tokens,
    userpass,
    values,
    wrapping,
)

SUBJECTS = (
    protocol,
    values,
    status,
    tokens,
    token_roles,
    policies,
    capabilities,
    mounts,
    auth_mounts,
    wrapping,
    leases,
    cubbyhole,
    help,
    audit,
    identity,
    userpass,
    limits,
    approle,
    jwt,
    batch,
)

SCENARIOS = {
    f"{subject.__name__.rpartition('.')[2]}-{name}": steps
    for subject in SUBJECTS
    for name, steps in subject.SCENARIOS.items()
}
