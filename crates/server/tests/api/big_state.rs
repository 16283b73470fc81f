//! States that don't fit into one piece.

use testkit::{Caller, TestServer};

use crate::fixtures::{LINEAGE, create, current_bytes, current_serial, lock, unlock};

const SIZE: usize = 20 << 20;

/// A state with a text in it that hardly compresses.
fn large_state(serial: u64) -> Vec<u8> {
    let mut seed = serial.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let noise = std::iter::repeat_with(|| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-"[(seed % 64) as usize]
    });
    let mut bytes = format!(
        r#"{{"version":4,"terraform_version":"1.15.5","serial":{serial},"lineage":"{LINEAGE}","outputs":{{"noise":{{"type":"string","value":""#
    )
    .into_bytes();
    bytes.extend(noise.take(SIZE));
    bytes.extend(br#""}},"resources":[]}"#);
    bytes
}

async fn upload(caller: &Caller, workspace: &str, serial: u64, bytes: &[u8]) {
    let created = create(caller, workspace, serial, LINEAGE, bytes).await.expect(201);
    let url = created.attribute("hosted-state-upload-url");
    caller.upload(url.as_str().unwrap(), bytes.to_vec()).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_state_comes_back_to_the_byte() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("large").await;
    lock(&maintainer, &id).await.expect(200);
    for serial in 1..=2 {
        let bytes = large_state(serial);
        upload(&maintainer, &id, serial, &bytes).await;
        assert!(current_bytes(&maintainer, &id).await == bytes, "version {serial} differs");
    }
    // A small one after it leaves nothing of the large one behind.
    let small = crate::fixtures::state(3, LINEAGE);
    upload(&maintainer, &id, 3, &small).await;
    assert_eq!(current_bytes(&maintainer, &id).await, small);
    unlock(&maintainer, &id).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_breaks_off_is_never_current() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("large").await;
    lock(&maintainer, &id).await.expect(200);
    let bytes = large_state(1);
    let created = create(&maintainer, &id, 1, LINEAGE, &bytes).await.expect(201);
    let url = created.attribute("hosted-state-upload-url").as_str().unwrap().to_owned();
    let path = url.strip_prefix(&server.url()).unwrap();
    let head = format!("PUT {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", bytes.len());
    server.break_off(&[head.as_bytes(), &bytes[..5 << 20]].concat()).await;
    assert_eq!(current_serial(&maintainer, &id).await, None);
    // The same upload, repeated, completes.
    maintainer.upload(&url, bytes.clone()).await.expect(200);
    assert!(current_bytes(&maintainer, &id).await == bytes);
    unlock(&maintainer, &id).await.expect(200);
}
