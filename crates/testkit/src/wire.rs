//! Bytes on the wire, for requests that no proper client sends.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::TestServer;

/// How long a server that waits for more is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

impl TestServer {
    /// Sends bytes over a new connection and gives what comes back until the server hangs up or
    /// waits for more. The bytes should ask for `connection: close`.
    pub async fn wire(&self, bytes: &[u8]) -> Vec<u8> {
        let address = self.url().replace("http://", "");
        let mut stream = TcpStream::connect(address).await.unwrap();
        // A server that has seen enough may hang up before it has read everything.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        // A reset after the answer says no more than a hang-up.
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        answer
    }

    /// Sends bytes over a new connection and hangs up.
    pub async fn break_off(&self, bytes: &[u8]) {
        let address = self.url().replace("http://", "");
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
    }

    /// The status of the answer to a request line and header lines, without a body; none when the
    /// server only hangs up.
    pub async fn wire_status(&self, line: &[u8], headers: &[u8]) -> Option<u16> {
        let request = [line, b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n", headers, b"\r\n"];
        let answer = self.wire(&request.concat()).await;
        let status = answer.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
        std::str::from_utf8(status).ok()?.parse().ok()
    }
}
