//! The table and the JSON.

use std::{fmt::Write as _, time::Duration};

use crate::process::Process;

/// One measured row.
#[derive(serde::Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) clients: usize,
    pub(crate) count: usize,
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
    /// For how long each kept the processors of the server busy, in microseconds.
    pub(crate) busy_us: Option<f64>,
}

impl Row {
    #[expect(clippy::cast_precision_loss, reason = "a table shows few digits")]
    /// The same with how busy `process` was meanwhile, which had been so for `before`.
    pub(crate) fn busy(self, process: Process, before: Option<Duration>) -> Self {
        let busy = process.busy().zip(before).map(|(after, before)| after.saturating_sub(before));
        let each = |busy: Duration| busy.as_secs_f64() * 1e6 / self.count.max(1) as f64;
        Self { busy_us: busy.map(each), ..self }
    }
}

/// The memory of the server at one moment.
#[derive(serde::Serialize)]
struct Memory {
    name: String,
    mebibytes: f64,
}

/// Everything that was measured.
#[derive(Default, serde::Serialize)]
pub(crate) struct Report {
    rows: Vec<Row>,
    memory: Vec<Memory>,
}

impl Report {
    pub(crate) fn row(&mut self, row: Row) {
        eprintln!("{} ({} clients): {:.0}/s", row.name, row.clients, row.per_second);
        self.rows.push(row);
    }

    pub(crate) fn rows(&mut self, rows: Vec<Row>) {
        for row in rows {
            self.row(row);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a table shows few digits")]
    pub(crate) fn memory(&mut self, name: &str, kibibytes: Option<u64>) {
        if let Some(kibibytes) = kibibytes {
            self.memory
                .push(Memory { name: name.to_owned(), mebibytes: kibibytes as f64 / 1024.0 });
        }
    }

    pub(crate) fn table(&self) -> String {
        let mut text = String::from(
            "| what | clients | count | per second | p50 ms | p99 ms | max ms | busy µs each |\n|---|---:|---:|---:|---:|---:|---:|---:|\n",
        );
        for row in &self.rows {
            // Writing to a string can't fail.
            let busy = row.busy_us.map_or_else(|| "–".to_owned(), |busy| format!("{busy:.0}"));
            let _ = writeln!(
                text,
                "| {} | {} | {} | {:.0} | {:.2} | {:.2} | {:.1} | {busy} |",
                row.name,
                row.clients,
                row.count,
                row.per_second,
                row.p50_ms,
                row.p99_ms,
                row.max_ms
            );
        }
        text.push_str("\n| memory | MiB resident |\n|---|---:|\n");
        for memory in &self.memory {
            let _ = writeln!(text, "| {} | {:.1} |", memory.name, memory.mebibytes);
        }
        text
    }

    pub(crate) fn json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)?)
    }
}
