//! Durations, gathered and summed up.

use std::time::Duration;

use crate::report::Row;

/// What one client saw.
#[derive(Default)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    pub(crate) fn add(&mut self, duration: Duration) {
        self.0.push(duration);
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    #[expect(clippy::cast_precision_loss, reason = "a table shows few digits")]
    /// A row of the report over `elapsed`.
    pub(crate) fn row(mut self, name: impl Into<String>, clients: usize, elapsed: Duration) -> Row {
        self.0.sort_unstable();
        Row {
            name: name.into(),
            clients,
            count: self.0.len(),
            per_second: self.0.len() as f64 / elapsed.as_secs_f64(),
            p50_ms: self.percentile(50),
            p99_ms: self.percentile(99),
            max_ms: self.percentile(100),
            busy_us: None,
        }
    }

    fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1) - 1;
        self.0.get(rank).map_or(0.0, |duration| duration.as_secs_f64() * 1e3)
    }
}
