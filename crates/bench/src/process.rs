//! A process on this machine under Linux: its memory, and the time that processors have spent on it,
//! which tells what an operation costs also where others disturb the clock.

use std::{fs, time::Duration};

/// How many ticks of `/proc/<pid>/stat` a second has, as far as programs see it (proc(5)).
const TICKS: u32 = 100;

/// The process, if it was found.
#[derive(Clone, Copy)]
pub(crate) struct Process(Option<u32>);

impl Process {
    /// This program itself.
    pub(crate) fn own() -> Self {
        Self(Some(std::process::id()))
    }

    /// The process given, or the one that listens on `port`.
    pub(crate) fn of(pid: Option<u32>, port: u16) -> Self {
        Self(pid.or_else(|| listening(port)))
    }

    /// Resident now, in KiB.
    pub(crate) fn resident(self) -> Option<u64> {
        self.status("VmRSS:")
    }

    /// The most that was resident, in KiB.
    pub(crate) fn peak(self) -> Option<u64> {
        self.status("VmHWM:")
    }

    /// For how long it has kept processors busy, to a hundredth of a second.
    pub(crate) fn busy(self) -> Option<Duration> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.0?)).ok()?;
        // The name of the program stands in brackets and may hold anything.
        let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
        let mut ticks = || fields.next()?.parse::<u32>().ok();
        Some(Duration::from_secs(u64::from(ticks()? + ticks()?)) / TICKS)
    }

    fn status(self, key: &str) -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.0?)).ok()?;
        text.lines()
            .find_map(|line| line.strip_prefix(key))?
            .split_whitespace()
            .next()?
            .parse()
            .ok()
    }
}

/// The process that listens on a TCP port: its socket's inode among all open files.
fn listening(port: u16) -> Option<u32> {
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"].iter().find_map(|path| inode(path, port))?;
    let socket = format!("socket:[{inode}]");
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let mut pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.find(|pid| {
        let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        files
            .filter_map(|file| fs::read_link(file.path()).ok())
            .any(|link| link.to_str() == Some(&socket))
    })
}

fn inode(path: &str, port: u16) -> Option<String> {
    const LISTEN: &str = "0A";
    let text = fs::read_to_string(path).ok()?;
    let suffix = format!(":{port:04X}");
    text.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, local, _, state, ..] = fields.as_slice() else { return None };
        (*state == LISTEN && local.ends_with(&suffix))
            .then(|| fields.get(9).map(ToString::to_string))?
    })
}
