//! Many leases that end at once: what the server holds in memory while they live, and what others
//! notice while they are revoked.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    client::Target,
    process::Process,
    report::Report,
    sample::Samples,
    vault::{self, Asked},
};

const MAKERS: usize = 64;
/// How many others ask meanwhile.
const OTHERS: usize = 4;
const LONGEST: Duration = Duration::from_mins(10);

/// Makes `count` leases, ends them at once, and asks for other things until they are gone.
pub(crate) async fn run(
    target: &Arc<Target>,
    count: usize,
    server: Process,
    report: &mut Report,
) -> anyhow::Result<()> {
    let took = vault::ask_often(target, Asked::Credentials, MAKERS, count).await?;
    eprintln!("{count} leases made in {:.1} s", took.as_secs_f64());
    report.memory(&format!("server with {count} live leases"), server.resident());
    let begun = Instant::now();
    vault::end_leases(target).await?;
    let (mut others, mut elapsed) = (Samples::default(), Duration::ZERO);
    while vault::has_leases(target).await? && begun.elapsed() < LONGEST {
        let until = Instant::now() + Duration::from_secs(1);
        let (samples, round) = vault::ask_until(target, Asked::Who, OTHERS, until).await?;
        others.join(samples);
        elapsed += round;
    }
    eprintln!("gone or given up on after {:.1} s", begun.elapsed().as_secs_f64());
    let name = format!("auth/token/lookup-self while {count} leases are revoked");
    report.row(others.row(name, OTHERS, elapsed));
    report.memory(&format!("server after {count} leases were revoked"), server.resident());
    Ok(())
}
