#!/bin/sh
# A `terraform apply` that runs on a token of its own: it lives five minutes, reaches one workspace,
# and is gone afterwards. Give another command to run that instead: ./run.sh terraform plan
#
# Needs what `.stateward/dev.env` sets, and `bao`, `vault` or else `curl` and `python3`.
set -eu
cd "$(dirname "$0")"
: "${VAULT_ADDR:?source .stateward/dev.env first}" "${VAULT_TOKEN:?source .stateward/dev.env first}"

workspace=short-lived-token
host=${VAULT_ADDR#https://}

# --- the Vault API: with the client that is there --------------------------------------------------
if command -v bao >/dev/null 2>&1; then client=bao
elif command -v vault >/dev/null 2>&1; then client=vault
else client=
fi

# api METHOD PATH [BODY]: one request by curl.
api() {
    curl --silent --show-error --fail-with-body --cacert "$VAULT_CACERT" --request "$1" \
        --header "X-Vault-Token: $VAULT_TOKEN" ${3:+--data "$3"} "$VAULT_ADDR/v1/$2"
}

# field NAME: a field of the JSON on standard input.
field() {
    python3 -c 'import json, sys
answer = json.load(sys.stdin)
print(answer["data"].get(sys.argv[1]) or answer[sys.argv[1]])' "$1"
}

write_role() {
    if [ -n "$client" ]; then
        "$client" write terraform/role/short-lived organization=acme workspace="$workspace" \
            rights=read-state,write-state,read-outputs,lock ttl=5m max_ttl=5m >/dev/null
    else
        api PUT terraform/role/short-lived '{"organization": "acme", "workspace": "'"$workspace"'",
            "rights": "read-state,write-state,read-outputs,lock", "ttl": "5m", "max_ttl": "5m"}'
    fi
}

read_creds() {
    if [ -n "$client" ]; then "$client" read -format=json terraform/creds/short-lived
    else api GET terraform/creds/short-lived
    fi
}

revoke() {
    if [ -n "$client" ]; then "$client" lease revoke -sync "$1"
    else api PUT sys/leases/revoke '{"lease_id": "'"$1"'", "sync": true}'
    fi
}

# --- once, by whoever looks after the workspace: it, and a role that gives out tokens for it ---------
curl --silent --show-error --output /dev/null --cacert "$SSL_CERT_FILE" \
    --header "Authorization: Bearer $STATEWARD_TOKEN" --header "Content-Type: application/vnd.api+json" \
    --data '{"data": {"type": "workspaces", "attributes": {"name": "'"$workspace"'"}}}' \
    "$STATEWARD_ADDRESS/api/v2/organizations/acme/workspaces"
write_role

# --- in each job: a token, the work, and the end of the token ---------------------------------------
creds=$(read_creds)
lease=$(printf %s "$creds" | field lease_id)
token=$(printf %s "$creds" | field token)
configuration=$(mktemp) # only its owner reads it
trap 'rm -f "$configuration"; revoke "$lease"' EXIT
echo "A token for the workspace $workspace, for five minutes: $lease"

# Nothing but this token: nobody's own reaches the job.
printf 'credentials "%s" {\n  token = "%s"\n}\n' "$host" "$token" >"$configuration"
[ $# -gt 0 ] || set -- sh -c 'terraform init -input=false && terraform apply -input=false -auto-approve'
env -u STATEWARD_TOKEN -u VAULT_TOKEN -u BAO_TOKEN "TF_CLI_CONFIG_FILE=$configuration" "$@"
