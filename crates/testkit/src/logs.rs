//! What the servers of this test program log.

use std::{
    io,
    sync::{Arc, Mutex, OnceLock},
};

use tracing_subscriber::fmt::MakeWriter;

/// Every line that is logged from the first [`Logs::capture`] on, by all tests of the program.
#[derive(Clone, Default)]
pub struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    /// Begins to listen, to what servers log at debug. A program has one logger, so
    /// lines of tests that run at the same time come along.
    pub fn capture() -> Self {
        static LOGS: OnceLock<Logs> = OnceLock::new();
        let listen = || {
            let logs = Self::default();
            tracing_subscriber::fmt()
                .with_env_filter(stateward::serve::log_filter("debug,reqwest=info,hyper_util=info"))
                .with_ansi(false)
                .with_writer(logs.clone())
                .init();
            logs
        };
        LOGS.get_or_init(listen).clone()
    }

    /// Everything so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Logs {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
