//! The server's memory, where it runs on this machine under Linux.

use std::fs;

/// The process whose memory is read, if it was found.
pub(crate) struct Watch(Option<u32>);

impl Watch {
    /// The process given, or the one that listens on `port`.
    pub(crate) fn of(pid: Option<u32>, port: u16) -> Self {
        Self(pid.or_else(|| listening(port)))
    }

    /// Resident now, in KiB.
    pub(crate) fn resident(&self) -> Option<u64> {
        self.status("VmRSS:")
    }

    /// The most that was resident, in KiB.
    pub(crate) fn peak(&self) -> Option<u64> {
        self.status("VmHWM:")
    }

    fn status(&self, key: &str) -> Option<u64> {
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
