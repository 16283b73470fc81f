//! Grants: a table of what is asked, and what holds for everything that is asked.

use proptest::prelude::*;

use super::*;
use crate::duration::parse_text;

const ISSUED: Timestamp = Timestamp::from_micros(1_700_000_000_500_000);

fn duration(text: &str) -> Duration {
    parse_text(text).unwrap()
}

/// The role's and the token's settings, e.g. `max=2h increment=30m`, `after` so long.
fn asked(settings: &str, after: &str) -> Asked {
    let mut asked = Asked { now: ISSUED.plus(duration(after)), ..Asked::nothing(ISSUED) };
    for setting in settings.split_whitespace() {
        let (name, value) = setting.split_once('=').unwrap();
        let field = match name {
            "increment" => &mut asked.increment,
            "ttl" => &mut asked.ttl,
            "period" => &mut asked.period,
            "max" => &mut asked.max,
            "explicit_max" => &mut asked.explicit_max,
            other => panic!("{other}"),
        };
        *field = duration(value);
    }
    asked
}

#[test]
fn grants_are_those_of_the_contract() {
    let system = Limits::SYSTEM;
    let short = system.tuned(duration("1h"), duration("2h"));
    let long = system.tuned(duration("1000h"), duration("2000h"));
    let narrow = system.tuned(Duration::ZERO, duration("1h"));
    for (limits, settings, after, expected) in [
        // Issued: the role's, the mount's, or the system's default.
        (system, "", "", "768h"),
        (system, "ttl=1h", "", "1h"),
        (short, "", "", "1h"),
        (short, "ttl=30m", "", "30m"),
        (long, "", "", "1000h"),
        (system, "ttl=90500ms", "", "90s"),
        (system, "ttl=500ms", "", "768h"),
        // The least of all maxima.
        (short, "ttl=3h", "", "2h TTL 3h 2h"),
        (short, "ttl=3h max=4h", "", "2h TTL 3h 2h"),
        (short, "ttl=3h max=90m", "", "90m TTL 3h 1h30m"),
        (short, "ttl=3h max=90m explicit_max=80m", "", "80m TTL 3h 1h20m"),
        (long, "ttl=1500h max=1400h", "", "1400h TTL 1500h 1400h"),
        (system, "ttl=900h", "", "768h TTL 900h 768h"),
        (narrow, "", "", "1h TTL 768h 1h"),
        (system, "max=1h", "", "1h TTL 768h 1h"),
        // Renewed: an increment sets what remains, also to less.
        (short, "increment=10m", "30m", "10m"),
        (short, "ttl=1h", "30m", "1h"),
        (short, "increment=10m ttl=1h", "115m", "5m TTL 10m 5m"),
        (short, "increment=1h", "90m", "30m TTL 1h 30m"),
        (short, "increment=1s", "7199s", "1s"),
        (short, "increment=1h", "2h", "past the max TTL, cannot renew"),
        (short, "increment=1h", "30h", "past the max TTL, cannot renew"),
        (short, "max=1h", "1h", "past the max TTL, cannot renew"),
        // A role that was given less in the meantime.
        (system, "increment=1h max=40m", "30m", "10m TTL 1h 10m"),
        // Periodic: each renewal gives the period, without an end but an explicit one.
        (short, "period=90m", "", "90m"),
        (short, "period=90m increment=1m ttl=1m", "1000h", "90m"),
        (short, "period=3h", "1000h", "2h period 3h 2h"),
        (short, "period=1h max=30m", "1000h", "30m period 1h 30m"),
        (short, "period=1h explicit_max=100m", "90m", "10m TTL 1h 10m"),
        (short, "period=1h explicit_max=100m", "100m", "past the max TTL, cannot renew"),
        (short, "period=1h explicit_max=9h", "8h", "1h"),
        (short, "period=1h explicit_max=30m", "", "30m period 1h 30m"),
    ] {
        let answer = match grant(limits, &asked(settings, after)) {
            Err(error) => error.to_string(),
            Ok(grant) => {
                let warnings = grant.warnings.iter().map(|warning| {
                    let quoted: Vec<_> = warning.split('"').collect();
                    let what = quoted[0].strip_suffix(" of ").unwrap();
                    assert_eq!(quoted[2], " exceeded the effective max_ttl of ");
                    assert_eq!(quoted[4], format!("; {what} value is capped accordingly"));
                    format!(" {what} {} {}", quoted[1], quoted[3])
                });
                let warnings: String = warnings.collect();
                let expected = expected.split(' ').next().unwrap();
                assert_eq!(grant.ttl, duration(expected), "{settings} after {after:?}");
                format!("{expected}{warnings}")
            }
        };
        assert_eq!(answer, expected, "{settings} after {after:?}");
    }
}

#[test]
fn warnings_are_worded_as_clients_know_them() {
    let answer = grant(Limits::SYSTEM, &asked("ttl=900h", "")).unwrap();
    assert_eq!(
        answer.warnings,
        [
            r#"TTL of "900h" exceeded the effective max_ttl of "768h"; TTL value is capped accordingly"#
        ]
    );
    assert_eq!(answer.ttl.as_secs(), 2_764_800);
}

#[test]
fn a_clock_that_was_set_back_gives_no_more_than_the_maximum() {
    let now = ISSUED.minus(duration("10h"));
    let asked = Asked { now, ..asked("increment=5h max=2h", "") };
    let answer = grant(Limits::SYSTEM, &asked).unwrap();
    assert_eq!((answer.ttl, answer.expires_at), (duration("2h"), now.plus(duration("2h"))));
}

#[test]
fn without_a_maximum_there_is_nothing_to_give() {
    let limits = Limits { default: Duration::ZERO, max: duration("900ms") };
    assert_eq!(grant(limits, &Asked::nothing(ISSUED)), Err(TtlError::NoMax));
}

/// Nothing, something around a few hours, or anything.
fn some_duration() -> impl Strategy<Value = Duration> {
    let nanoseconds = prop_oneof![
        Just(0),
        (0..12_u64).prop_map(|hours| hours * 3_600_000_000_000),
        0..40_000_000_000_000_u64,
        0..=i64::MAX as u64,
    ];
    nanoseconds.prop_map(Duration::from_nanos)
}

fn some_instant() -> impl Strategy<Value = Timestamp> {
    let micros = prop_oneof![
        (-40_000_000_000..40_000_000_000_i64).prop_map(|offset| ISSUED.as_micros() + offset),
        Just(ISSUED.as_micros()),
        Just(i64::MIN),
        Just(i64::MAX),
    ];
    micros.prop_map(Timestamp::from_micros)
}

prop_compose! {
    fn anything()(
        durations in prop::array::uniform7(some_duration()),
        issued_at in some_instant(),
        now in some_instant(),
    ) -> (Limits, Asked) {
        let [default, limit, increment, ttl, period, max, explicit_max] = durations;
        let asked = Asked { increment, ttl, period, max, explicit_max, issued_at, now };
        (Limits { default, max: limit }, asked)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nothing_outlives_its_maximum((limits, asked) in anything()) {
        let Ok(grant) = grant(limits, &asked) else { return Ok(()) };
        prop_assert!(grant.ttl <= limits.max);
        let periodic = asked.period.as_secs() > 0;
        let mut maxima = vec![asked.explicit_max];
        if !periodic {
            maxima.extend([limits.max, asked.max]);
        }
        for max in maxima.into_iter().filter(|max| max.as_secs() > 0) {
            let end = asked.issued_at.max(asked.now).plus(max);
            prop_assert!(grant.expires_at <= end);
        }
    }

    #[test]
    fn seconds_are_whole_and_there_is_at_least_one((limits, asked) in anything()) {
        let Ok(grant) = grant(limits, &asked) else { return Ok(()) };
        prop_assert_eq!(grant.ttl.subsec_nanos(), 0);
        prop_assert!(grant.ttl.as_secs() > 0);
        prop_assert!(grant.expires_at > asked.now || asked.now == Timestamp::from_micros(i64::MAX));
    }

    #[test]
    fn who_gets_less_is_told_and_nobody_else((limits, asked) in anything()) {
        let Ok(grant) = grant(limits, &asked) else { return Ok(()) };
        let wishes = [asked.period, asked.increment, asked.ttl, limits.default];
        let wanted = wishes.into_iter().map(whole_seconds).find(|wish| !wish.is_zero());
        prop_assert_eq!(grant.warnings.is_empty(), wanted.is_none_or(|wanted| grant.ttl == wanted));
    }
}
