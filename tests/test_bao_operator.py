"""The real `bao` command line of those who operate the server: audit devices and the seal."""

import json

from support.bao import Bao, rows


def test_audit_devices(tmp_path, own_server):
    """Each request is written before it is answered; the secrets in it are only hashed."""
    folder = tmp_path / "audit"
    folder.mkdir()
    server = own_server("audited", STATEWARD_CREDENTIALS_AUDIT_DIR=str(folder))
    bao = Bao(server.address, server.certificates, tmp_path / "operator", server.variables["BAO_TOKEN"])
    assert "No audit devices are enabled." in bao.refused("audit", "list")
    assert "Success! Enabled the file audit device at: file/" in bao("audit", "enable", "file", "file_path=audit.log")
    assert "file/" in bao("audit", "list", "-detailed")
    bao("write", "cubbyhole/box", "secret=squirrel")
    hashed = bao("write", "-field=hash", "sys/audit-hash/file", "input=squirrel")
    written = "".join(file.read_text() for file in folder.iterdir())
    assert hashed.startswith("hmac-sha256:") and hashed in written
    assert "squirrel" not in written and server.variables["BAO_TOKEN"] not in written
    assert json.loads(written.splitlines()[-1])["type"] == "response"
    assert "Success! Disabled audit device (if it was enabled) at: file/" in bao("audit", "disable", "file")
    assert "No audit devices are enabled." in bao.refused("audit", "list")


def test_a_seal_of_shares(tmp_path, own_server):
    """Init, unseal by three of five, seal, unseal again; nothing is answered in between."""
    server = own_server("shares", STATEWARD_SEAL="shamir")
    nobody = Bao(server.address, server.certificates, tmp_path / "nobody", "")
    assert rows(nobody.refused("status"))["Initialized"] == "false"
    made = nobody.json("operator", "init", "-key-shares=5", "-key-threshold=3")
    assert len(made["unseal_keys_b64"]) == len(made["unseal_keys_hex"]) == 5
    assert "Vault is already initialized" in nobody.refused("operator", "init")
    operator = Bao(server.address, server.certificates, tmp_path / "operator", made["root_token"])
    for _ in range(2):
        shown = rows(nobody.refused("status"))
        assert (shown["Sealed"], shown["Total Shares"], shown["Threshold"]) == ("true", "5", "3")
        assert "Vault is sealed" in operator.refused("secrets", "list")
        one, two, three = made["unseal_keys_b64"][1], made["unseal_keys_hex"][4], made["unseal_keys_b64"][0]
        assert rows(nobody("operator", "unseal", one))["Unseal Progress"] == "1/3"
        assert rows(nobody("operator", "unseal", one))["Unseal Progress"] == "1/3"
        assert rows(nobody("operator", "unseal", two))["Unseal Progress"] == "2/3"
        assert rows(nobody("operator", "unseal", three))["Sealed"] == "false"
        assert "cubbyhole/" in operator("secrets", "list")
        # The engine for the server itself, as with a key of the server's own.
        assert "own_server" in operator("read", "terraform/config")
        assert operator.run("status").returncode == 0
        assert "is sealed" in operator("operator", "seal")
    nobody("operator", "unseal", made["unseal_keys_b64"][0])
    nobody("operator", "unseal", made["unseal_keys_b64"][1])
    assert rows(nobody("operator", "unseal", "-reset"))["Unseal Progress"] == "0/3"
    for key in made["unseal_keys_b64"][:2] + made["unseal_keys_b64"][:1]:
        nobody("operator", "unseal", key)
    assert "Vault is sealed" in operator.refused("secrets", "list")


def test_sealing_a_server_that_keeps_its_key(tmp_path, own_server):
    """It answers nothing until it starts again, and then everything as before."""
    server = own_server("kept")
    bao = Bao(server.address, server.certificates, tmp_path / "operator", server.variables["BAO_TOKEN"])
    bao("write", "cubbyhole/box", "one=1")
    bao("operator", "seal")
    assert "Vault is sealed" in bao.refused("read", "cubbyhole/box")
    assert rows(bao.refused("status"))["Sealed"] == "true"
    server.stop()
    server.start()
    assert bao("read", "-field=one", "cubbyhole/box") == "1"


def test_new_shares_and_a_new_root_token(tmp_path, own_server):
    """Who holds enough shares makes others, and a root token that only who asked for it can read."""
    server = own_server("rekeyed", STATEWARD_SEAL="shamir")
    nobody = Bao(server.address, server.certificates, tmp_path / "nobody", "")
    made = nobody.json("operator", "init", "-key-shares=3", "-key-threshold=2")
    for key in made["unseal_keys_b64"][:2]:
        nobody("operator", "unseal", key)
    operator = Bao(server.address, server.certificates, tmp_path / "operator", made["root_token"])

    begun = operator.json("operator", "rotate-keys", "-init", "-key-shares=5", "-key-threshold=3")
    nonce = f"-nonce={begun['nonce']}"
    assert rows(operator("operator", "rotate-keys", nonce, made["unseal_keys_b64"][0]))["Progress"] == "1/2"
    fresh = operator.json("operator", "rotate-keys", nonce, made["unseal_keys_b64"][2])["keys_base64"]
    assert len(fresh) == 5

    begun = operator.json("operator", "generate-root", "-init")
    for key in fresh[:3]:
        ended = operator.json("operator", "generate-root", f"-nonce={begun['nonce']}", key)
    token = operator("operator", "generate-root", f"-decode={ended['encoded_token']}", f"-otp={begun['otp']}").strip()
    holder = Bao(server.address, server.certificates, tmp_path / "holder", token)
    assert rows(holder("token", "lookup"))["policies"] == "[root]"

    operator("operator", "seal")
    for key in made["unseal_keys_b64"][:2]:
        nobody.run("operator", "unseal", key)
    assert "Vault is sealed" in operator.refused("secrets", "list")
    nobody("operator", "unseal", "-reset")
    for key in fresh[2:]:
        nobody("operator", "unseal", key)
    assert "cubbyhole/" in operator("secrets", "list")


def test_how_the_server_is(tmp_path, own_server):
    server = own_server("asked")
    bao = Bao(server.address, server.certificates, tmp_path / "operator", server.variables["BAO_TOKEN"])
    assert rows(bao("operator", "key-status"))["Key Term"] == "1"
    assert server.host in bao("operator", "members")
    assert "already initialized" in bao.refused("operator", "init")
