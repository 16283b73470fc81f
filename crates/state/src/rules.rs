//! The rules of the guarded write: what may follow what, and which bytes complete a version.
//! Pure, so that every combination can be tried.

use kernel::{Error, LockId};

use crate::{Status, scan::Facts};

/// What a caller announces: the attributes of a new state version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proposal<'a> {
    /// The new serial.
    pub(crate) serial: i64,
    /// The lineage, empty when it was not given.
    pub(crate) lineage: &'a str,
    /// The bytes' MD5 in lower-case hexadecimal.
    pub(crate) md5: &'a str,
    /// Whether the order of serials and lineages is to be ignored.
    pub(crate) force: bool,
}

/// What stands: the workspace's newest finalized version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing<'a> {
    /// Its serial.
    pub(crate) serial: i64,
    /// Its lineage, possibly empty.
    pub(crate) lineage: &'a str,
    /// Its MD5.
    pub(crate) md5: &'a str,
}

/// Why a version may not follow what stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conflict {
    /// Another lineage, and the serial is not higher either.
    ForeignLineage,
    /// The serial is lower.
    OlderSerial,
    /// The serial is the same and the bytes are others.
    SameSerialOtherBytes,
}

/// Whether `proposal` may follow what stands. A foreign lineage needs a higher serial: a forced
/// push of the command line arrives as just that, without the force flag.
pub(crate) fn admit(
    proposal: Proposal<'_>,
    standing: Option<Standing<'_>>,
) -> Result<(), Conflict> {
    let Some(standing) = standing else { return Ok(()) };
    if proposal.force {
        return Ok(());
    }
    let foreign = !proposal.lineage.is_empty()
        && !standing.lineage.is_empty()
        && proposal.lineage != standing.lineage;
    if foreign && proposal.serial <= standing.serial {
        return Err(Conflict::ForeignLineage);
    }
    if proposal.serial < standing.serial {
        return Err(Conflict::OlderSerial);
    }
    if proposal.serial == standing.serial && proposal.md5 != standing.md5 {
        return Err(Conflict::SameSerialOtherBytes);
    }
    Ok(())
}

impl Conflict {
    /// The answer for the caller: 409, with what stands.
    pub(crate) fn into_error(
        self,
        proposal: Proposal<'_>,
        standing: Option<Standing<'_>>,
    ) -> Error {
        let (new, current) = (proposal.serial, standing.map_or(0, |standing| standing.serial));
        Error::conflict(match self {
            Self::ForeignLineage => format!(
                "this state has another lineage than the workspace's current state, and its \
                 serial {new} is not higher than the current {current}: it may belong to another \
                 workspace. If it really is to replace the current state, raise its serial above \
                 {current} and push it with -force"
            ),
            Self::OlderSerial => format!(
                "serial {new} is older than the workspace's current serial {current}: read the \
                 current state before writing a new one"
            ),
            Self::SameSerialOtherBytes => format!(
                "serial {new} is already taken by a state with other contents: read the current \
                 state before writing a new one"
            ),
        })
    }
}

/// The version that an upload is for, as it stands in the transaction that would complete it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    /// Where the version has got to.
    pub(crate) status: Status,
    /// What was announced when it was created.
    pub(crate) proposal: Proposal<'a>,
    /// The holding of the lock it was created under.
    pub(crate) lock: LockId,
    /// The SHA-256 of the bytes it already has.
    pub(crate) sha256: Option<&'a [u8]>,
}

/// The bytes that arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival<'a> {
    /// How many they are.
    pub(crate) size: u64,
    /// Their MD5 in lower-case hexadecimal.
    pub(crate) md5: &'a str,
    /// Their SHA-256.
    pub(crate) sha256: &'a [u8],
    /// What was read out of them.
    pub(crate) facts: &'a Facts,
}

/// What an upload comes to.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The version becomes current.
    Complete,
    /// It already is complete, with these very bytes: an identical repetition.
    Repeated,
    /// Refused; `discard` says whether the version can never be completed any more.
    Refused {
        /// The answer.
        error: Error,
        /// Whether to mark the version discarded.
        discard: bool,
    },
}

/// Decides about an upload. `held` is the holding of the workspace's lock right now.
pub(crate) fn judge(
    target: Target<'_>,
    arrival: Arrival<'_>,
    held: Option<LockId>,
    standing: Option<Standing<'_>>,
) -> Verdict {
    match target.status {
        Status::Finalized if target.sha256 == Some(arrival.sha256) => Verdict::Repeated,
        Status::Finalized => Verdict::Refused {
            error: Error::conflict("this state version already has its contents, and they differ"),
            discard: false,
        },
        Status::Discarded => Verdict::Refused {
            error: Error::conflict(
                "this state version was discarded: a newer one was created, an upload of it \
                 failed, or it expired",
            ),
            discard: false,
        },
        Status::Pending => match completes(target, arrival, held, standing) {
            Ok(()) => Verdict::Complete,
            Err(error) => Verdict::Refused { error, discard: true },
        },
    }
}

fn completes(
    target: Target<'_>,
    arrival: Arrival<'_>,
    held: Option<LockId>,
    standing: Option<Standing<'_>>,
) -> Result<(), Error> {
    if held != Some(target.lock) {
        return Err(Error::conflict(
            "the workspace's lock, under which this state version was created, is not held any \
             more",
        ));
    }
    agree(target.proposal, arrival)?;
    let mut proposal = target.proposal;
    proposal.lineage = lineage(proposal, arrival.facts);
    admit(proposal, standing).map_err(|conflict| conflict.into_error(proposal, standing))
}

/// The lineage that the record keeps: what was announced, else what the file says.
pub(crate) fn lineage<'a>(proposal: Proposal<'a>, facts: &'a Facts) -> &'a str {
    if proposal.lineage.is_empty() {
        facts.lineage.as_deref().unwrap_or_default()
    } else {
        proposal.lineage
    }
}

/// Refuses lineages that no program writes; they come back in answers and on pages.
pub(crate) fn check_lineage(lineage: &str) -> Result<(), Error> {
    if lineage.len() > 255 || lineage.chars().any(char::is_control) {
        return Err(Error::invalid("lineage", "the lineage is too long, or no plain text"));
    }
    Ok(())
}

/// Whether the bytes are the ones that were announced.
pub(crate) fn agree(proposal: Proposal<'_>, arrival: Arrival<'_>) -> Result<(), Error> {
    if arrival.size == 0 {
        // Clients take an empty body for no state at all.
        return Err(Error::invalid("state", "the state is empty"));
    }
    if proposal.md5 != arrival.md5 {
        return Err(Error::invalid(
            "md5",
            format!("the state's MD5 is {}, but {} was announced", arrival.md5, proposal.md5),
        ));
    }
    if let Some(serial) = arrival.facts.serial.filter(|serial| *serial != proposal.serial) {
        return Err(Error::invalid(
            "serial",
            format!("the state's serial is {serial}, but {} was announced", proposal.serial),
        ));
    }
    let lineage = arrival.facts.lineage.as_deref().unwrap_or_default();
    check_lineage(lineage)?;
    if !lineage.is_empty() && !proposal.lineage.is_empty() && lineage != proposal.lineage {
        return Err(Error::invalid(
            "lineage",
            format!("the state's lineage is {lineage:?}, but {:?} was announced", proposal.lineage),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINE: &str = "a";

    fn proposal(serial: i64, lineage: &'static str, md5: &'static str) -> Proposal<'static> {
        Proposal { serial, lineage, md5, force: false }
    }

    #[test]
    fn the_table_of_the_contract() {
        let standing = Standing { serial: 5, lineage: MINE, md5: "m" };
        for (case, serial, lineage, md5, expected) in [
            ("next serial", 6, MINE, "n", Ok(())),
            ("a leap", 9, MINE, "n", Ok(())),
            ("an identical repetition", 5, MINE, "m", Ok(())),
            ("same serial, other bytes", 5, MINE, "n", Err(Conflict::SameSerialOtherBytes)),
            ("older", 4, MINE, "n", Err(Conflict::OlderSerial)),
            ("older, same bytes", 4, MINE, "m", Err(Conflict::OlderSerial)),
            ("a forced push of another lineage", 6, "b", "n", Ok(())),
            ("foreign and as old", 5, "b", "n", Err(Conflict::ForeignLineage)),
            ("foreign, as old, same bytes", 5, "b", "m", Err(Conflict::ForeignLineage)),
            ("foreign and older", 1, "b", "n", Err(Conflict::ForeignLineage)),
            ("no lineage given", 6, "", "n", Ok(())),
            ("no lineage given, older", 4, "", "n", Err(Conflict::OlderSerial)),
        ] {
            assert_eq!(admit(proposal(serial, lineage, md5), Some(standing)), expected, "{case}");
            let forced = Proposal { force: true, ..proposal(serial, lineage, md5) };
            assert_eq!(admit(forced, Some(standing)), Ok(()), "forced: {case}");
            assert_eq!(admit(proposal(serial, lineage, md5), None), Ok(()), "first: {case}");
        }
    }

    fn facts(serial: Option<i64>, lineage: Option<&str>) -> Facts {
        Facts { serial, lineage: lineage.map(str::to_owned), ..Facts::default() }
    }

    #[test]
    fn only_the_announced_bytes_complete_a_pending_version() {
        let lock = LockId::generate();
        let target = Target {
            status: Status::Pending,
            proposal: proposal(6, MINE, "m"),
            lock,
            sha256: None,
        };
        let standing = Some(Standing { serial: 5, lineage: MINE, md5: "x" });
        let moved = Some(Standing { serial: 7, lineage: MINE, md5: "x" });
        let other = Some(LockId::generate());
        let good = facts(Some(6), Some(MINE));
        for (case, held, md5, facts, standing, completes) in [
            ("as announced", Some(lock), "m", &good, standing, true),
            ("unlocked", None, "m", &good, standing, false),
            ("locked anew", other, "m", &good, standing, false),
            ("other bytes", Some(lock), "n", &good, standing, false),
            ("another serial", Some(lock), "m", &facts(Some(7), Some(MINE)), standing, false),
            ("another lineage", Some(lock), "m", &facts(Some(6), Some("b")), standing, false),
            ("opaque", Some(lock), "m", &facts(None, None), standing, true),
            ("overtaken", Some(lock), "m", &good, moved, false),
        ] {
            let arrival = Arrival { size: 1, md5, sha256: b"s", facts };
            match judge(target, arrival, held, standing) {
                Verdict::Complete => assert!(completes, "{case}"),
                Verdict::Refused { discard, .. } => assert!(!completes && discard, "{case}"),
                Verdict::Repeated => panic!("{case}"),
            }
        }
    }

    #[test]
    fn a_finished_version_takes_only_its_own_bytes_again() {
        let facts = Facts::default();
        let target = |status| Target {
            status,
            proposal: proposal(6, MINE, "m"),
            lock: LockId::generate(),
            sha256: Some(b"s"),
        };
        let arrival = |sha256| Arrival { size: 1, md5: "m", sha256, facts: &facts };
        let judged = |status, sha256| judge(target(status), arrival(sha256), None, None);
        assert!(matches!(judged(Status::Finalized, b"s"), Verdict::Repeated));
        assert!(matches!(judged(Status::Finalized, b"t"), Verdict::Refused { discard: false, .. }));
        assert!(matches!(judged(Status::Discarded, b"s"), Verdict::Refused { discard: false, .. }));
    }

    #[test]
    fn a_lineage_that_was_not_announced_is_taken_from_the_file_and_checked() {
        let lock = LockId::generate();
        let target =
            Target { status: Status::Pending, proposal: proposal(5, "", "m"), lock, sha256: None };
        let facts = facts(Some(5), Some("b"));
        let arrival = Arrival { size: 1, md5: "m", sha256: b"s", facts: &facts };
        let standing = Some(Standing { serial: 5, lineage: MINE, md5: "m" });
        assert!(matches!(
            judge(target, arrival, Some(lock), standing),
            Verdict::Refused { discard: true, .. }
        ));
        assert_eq!(lineage(target.proposal, &facts), "b");
    }

    proptest! {
        /// Without force the serial of a workspace never falls, and one serial of one lineage
        /// stands for one content.
        #[test]
        fn serials_never_fall(steps in prop::collection::vec((0_i64..6, 0..3_usize, 0..3_usize), 0..40)) {
            let names = ["", "a", "b"];
            let mut standing: Option<(i64, &str, &str)> = None;
            for (serial, lineage, md5) in steps {
                let new = (serial, names[lineage], names[md5]);
                let admitted = admit(
                    Proposal { serial, lineage: new.1, md5: new.2, force: false },
                    standing.map(|(serial, lineage, md5)| Standing { serial, lineage, md5 }),
                );
                if admitted.is_err() {
                    continue;
                }
                if let Some(before) = standing {
                    prop_assert!(new.0 >= before.0);
                    prop_assert!(new.0 > before.0 || new.2 == before.2);
                }
                standing = Some(new);
            }
        }

        /// Force admits everything; a repetition of what stands is always admitted.
        #[test]
        fn force_and_repetition_are_always_admitted(serial in 0_i64..9, current in 0_i64..9) {
            let standing = Standing { serial: current, lineage: "a", md5: "m" };
            let forced = Proposal { serial, lineage: "b", md5: "n", force: true };
            prop_assert!(admit(forced, Some(standing)).is_ok());
            let same = Proposal { serial: current, lineage: "a", md5: "m", force: false };
            prop_assert!(admit(same, Some(standing)).is_ok());
        }
    }
}
