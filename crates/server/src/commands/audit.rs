//! `stateward audit`: checking and exporting the audit trail on the server's own machine, also
//! while it runs.

use std::io::{self, BufWriter, Write as _};

use identity::audit::{Fault, Verification};
use kernel::{OrganizationId, Timestamp};

use super::ConfigArguments;
use crate::{
    app::{self, App},
    serve,
    terminal::{Failure, Style},
};

/// How many records are in memory at once.
const STEP: usize = 500;

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Check the whole trail: names each record that was changed, lost, moved or put in, and ends
    /// with 1 if there is one
    Verify {
        /// A place and hash that an earlier check printed, as PLACE:HASH: notices that the trail was
        /// put back to what it was before. May be given several times
        #[arg(long = "noted", value_name = "PLACE:HASH")]
        noted: Vec<String>,
        /// Print JSON in place of text
        #[arg(long)]
        json: bool,
    },
    /// Print the records as JSON, one a line, the oldest first
    Export {
        /// From this instant or day on, such as 2030-01-31T12:00:00Z or 2030-01-31
        #[arg(long, value_name = "INSTANT")]
        since: Option<String>,
        /// Before this instant or day; now when left out
        #[arg(long, value_name = "INSTANT")]
        until: Option<String>,
        /// Only this organization's, by name; or by id, also when it is gone
        #[arg(long, value_name = "ORGANIZATION")]
        organization: Option<String>,
    },
}

pub(super) fn run(arguments: Arguments) -> Result<(), Failure> {
    let config = arguments.config.config_of_answer()?;
    serve::start_log(&config.log);
    app::require_database(&config)?;
    let url = config.external_url.clone().unwrap_or_else(|| "https://localhost:8443".to_owned());
    let app = App::open(&config, &url)?;
    let runtime = serve::runtime()?;
    match arguments.action {
        Action::Verify { noted, json } => runtime.block_on(verify(&app, &noted, json)),
        Action::Export { since, until, organization } => {
            runtime.block_on(export(&app, since, until, organization))
        }
    }
}

async fn verify(app: &App, noted: &[String], json: bool) -> Result<(), Failure> {
    let noted = noted.iter().map(|text| read_noted(text)).collect::<Result<Vec<_>, _>>()?;
    let found = app.identity().verify_audit(&noted).await?;
    if json {
        let text = serde_json::to_string(&found).map_err(kernel::Error::internal)?;
        println!("{text}");
    } else {
        tell(&found);
    }
    if found.is_sound() {
        return Ok(());
    }
    let count = found.faults.len() as u64 + found.more_faults;
    let faults = if count == 1 { "1 fault".to_owned() } else { format!("{count} faults") };
    Err(Failure::new(format!("the audit trail is not what was written: {faults}"))
        .hint("keep a copy of the database as it is, and compare with what was sent on or exported")
        .code(1))
}

fn tell(found: &Verification) {
    let style = Style::for_stdout();
    for fault in &found.faults {
        println!("{} {}", style.red("fault:"), words(fault));
    }
    if found.more_faults > 0 {
        println!("{} and {} more", style.red("fault:"), found.more_faults);
    }
    let end = format!("{}:{}", found.last_position, found.last_hash);
    if found.is_sound() {
        println!("{} {} records, all as they were written", style.green("ok:"), found.records);
        println!("{}", style.dim("The end, to take note of elsewhere and give to --noted later:"));
    } else {
        println!("{} records were read; the end is", found.records);
    }
    println!("{end}");
}

/// What is wrong, for people.
fn words(fault: &Fault) -> String {
    let places = |from: i64, to: i64| match to {
        to if to == from => format!("record {from}"),
        to => format!("records {from} to {to}"),
    };
    match fault {
        Fault::Changed { position, id } => format!("record {position} ({id}) was changed"),
        Fault::Lost { from, to } => format!("lost: {}", places(*from, *to)),
        Fault::Moved { from, to, belongs_at, id } => {
            let (from, to) = (*from, *to);
            let belongs = places(*belongs_at, belongs_at + (to - from));
            format!("out of order: what stands as {} ({id}) was {belongs}", places(from, to))
        }
        Fault::Inserted { from, to } => {
            format!("put in: {} had no place in the chain", places(*from, *to))
        }
        Fault::Unlinked { position, id } => format!(
            "record {position} ({id}) does not follow the one before it, which was replaced, or \
             records between them are lost"
        ),
        Fault::Ends => "the ends of the chain were not written by this installation; records at \
                        either end may be lost"
            .to_owned(),
        Fault::NotAsNoted { position } => {
            format!("record {position} is gone or is not the one that was noted")
        }
        Fault::Heap { position } => {
            format!("from record {position} on the order is not followed any more")
        }
    }
}

fn read_noted(text: &str) -> Result<(i64, Vec<u8>), Failure> {
    let wrong = || Failure::new(format!("\"{text}\" is not PLACE:HASH as a check prints it"));
    let (position, hash) = text.trim().split_once(':').ok_or_else(wrong)?;
    let position = position.parse().map_err(|_| wrong())?;
    let digits: Option<Vec<u8>> = hash
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    Ok((position, digits.filter(|bytes| bytes.len() == 32).ok_or_else(wrong)?))
}

async fn export(
    app: &App,
    since: Option<String>,
    until: Option<String>,
    organization: Option<String>,
) -> Result<(), Failure> {
    let identity = app.identity();
    // What has just happened gets its place and is in it too.
    identity.finish_audit().await?;
    let organization = match organization {
        Some(named) => Some(find_organization(app, &named).await?),
        None => None,
    };
    let since = instant("--since", since)?.unwrap_or(Timestamp::from_micros(0));
    let until = instant("--until", until)?.unwrap_or_else(|| identity.clock().now());
    let mut after = (Timestamp::from_micros(since.as_micros() - 1), "\u{10ffff}".to_owned());
    let mut out = BufWriter::new(io::stdout().lock());
    loop {
        let step = identity.export_audit_records(after, until, organization, STEP).await?;
        for record in &step {
            let line = serde_json::to_string(&record.json()).map_err(kernel::Error::internal)?;
            if let Err(error) = writeln!(out, "{line}") {
                return ended(&error);
            }
        }
        match step.into_iter().last() {
            Some(last) => after = (last.at, last.id),
            None => return out.flush().or_else(|error| ended(&error)),
        }
    }
}

/// Whoever reads along may stop at any time.
fn ended(error: &io::Error) -> Result<(), Failure> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    Err(Failure::new(format!("can't write the records: {error}")))
}

fn instant(flag: &str, text: Option<String>) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let day = || Timestamp::parse(&format!("{text}T00:00:00Z"));
    let instant = Timestamp::parse(&text).or_else(day);
    instant.map(Some).ok_or_else(|| {
        Failure::new(format!("{flag}: \"{text}\" is neither an instant nor a day"))
            .hint("write it as 2030-01-31T12:00:00Z, or 2030-01-31")
    })
}

async fn find_organization(app: &App, named: &str) -> Result<OrganizationId, Failure> {
    if let Ok(id) = named.parse() {
        return Ok(id);
    }
    let found = app.identity().find_organization_by_name(named).await?;
    found.map(|organization| organization.id).ok_or_else(|| {
        Failure::new(format!("there is no organization {named}"))
            .hint("one that is gone is found by its id, org-…")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_read_as_it_is_printed() {
        let (position, hash) = read_noted(&format!("12:{}", "ab".repeat(32))).unwrap();
        assert_eq!((position, hash), (12, vec![0xab; 32]));
        for text in ["", "12", "x:ab", "12:abc", "12:zz", &format!("1:{}", "ab".repeat(31)), "1:é"]
        {
            assert!(read_noted(text).is_err(), "{text}");
        }
    }

    #[test]
    fn faults_are_told_in_words() {
        let moved = Fault::Moved { from: 4, to: 6, belongs_at: 5, id: "ae-1".to_owned() };
        assert_eq!(
            words(&moved),
            "out of order: what stands as records 4 to 6 (ae-1) was records 5 to 7"
        );
        assert_eq!(words(&Fault::Lost { from: 3, to: 3 }), "lost: record 3");
    }
}
