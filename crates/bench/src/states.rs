//! States as Terraform writes them, of a wanted size.

use std::fmt::Write as _;

use bytes::Bytes;
use md5::{Digest as _, Md5};

/// The part of a state that stays the same from serial to serial.
pub(crate) struct Template {
    lineage: String,
    resources: String,
}

/// One state, and what is announced of it.
pub(crate) struct State {
    pub(crate) bytes: Bytes,
    /// The body of the request that creates its version.
    pub(crate) announcement: String,
}

impl Template {
    /// A template for states of about `size` bytes. The ids in it differ from client to client.
    pub(crate) fn new(client: usize, size: usize) -> Self {
        let mut random = Xorshift(0x9E37_79B9_7F4A_7C15 ^ (client as u64 + 1));
        let mut resources = String::with_capacity(size);
        let mut number = 0;
        while resources.len() + 300 < size {
            let separator = if resources.is_empty() { "" } else { "," };
            let _ = write!(
                resources,
                concat!(
                    "{}{{\"mode\":\"managed\",\"type\":\"terraform_data\",\"name\":\"item_{}\",",
                    "\"provider\":\"provider[\\\"terraform.io/builtin/terraform\\\"]\",\"instances\":[{{\"schema_version\":0,",
                    "\"attributes\":{{\"id\":\"{:016x}\",\"input\":\"{:016x}{:016x}\",\"output\":null}}}}]}}"
                ),
                separator,
                number,
                random.next(),
                random.next(),
                random.next()
            );
            number += 1;
        }
        let lineage =
            format!("{:08x}-0000-4000-8000-{:012x}", client, random.next() & 0xFFFF_FFFF_FFFF);
        Self { lineage, resources }
    }

    /// The state with a serial.
    pub(crate) fn state(&self, serial: u64) -> State {
        let text = format!(
            concat!(
                "{{\"version\":4,\"terraform_version\":\"1.15.5\",\"serial\":{},\"lineage\":\"{}\",",
                "\"outputs\":{{\"greeting\":{{\"value\":\"hello {}\",\"type\":\"string\"}}}},",
                "\"resources\":[{}],\"check_results\":null}}"
            ),
            serial, self.lineage, serial, self.resources
        );
        let md5 = hex(&Md5::digest(text.as_bytes()));
        let announcement = format!(
            concat!(
                "{{\"data\":{{\"type\":\"state-versions\",\"attributes\":{{\"serial\":{},\"md5\":\"{}\",",
                "\"lineage\":\"{}\",\"force\":false,\"json-state-outputs\":\"e30=\"}}}}}}"
            ),
            serial, md5, self.lineage
        );
        State { bytes: Bytes::from(text), announcement }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Good enough for filler, and the same in every run.
struct Xorshift(u64);

impl Xorshift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
