//! Durations, against what a server written in Go answers.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const OVERFLOW: &str =
    "multiplication of durations resulted in overflow, one operand may be too large";

fn milliseconds(text: &str) -> u128 {
    parse_text(text).unwrap().as_millis()
}

#[test]
fn every_notation_is_read() {
    for (text, expected) in [
        ("", 0),
        ("0", 0),
        ("-0", 0),
        ("90", 90_000),
        ("+90", 90_000),
        ("0090", 90_000),
        ("90s", 90_000),
        ("1h30m", 5_400_000),
        ("1.5h", 5_400_000),
        (".5h", 1_800_000),
        ("5.s", 5_000),
        ("5.s.5s", 5_500),
        ("1m1m", 120_000),
        ("250ms", 250),
        ("1500us", 1),
        ("1500\u{b5}s", 1),
        ("1500\u{3bc}s", 1),
        ("999999ns", 0),
        ("2d", 172_800_000),
        ("+1h", 3_600_000),
        ("-250ms", 0),
        ("0.000000000000000000000000000001h", 0),
        ("9223372036", 9_223_372_036_000),
        ("106751d", 106_751 * 86_400_000),
        ("9223372036854775807ns", 9_223_372_036_854),
    ] {
        assert_eq!(milliseconds(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_duration_is_refused_in_words_that_clients_know() {
    for (text, expected) in [
        (" ", r#"time: invalid duration " ""#),
        ("x", r#"time: invalid duration "x""#),
        ("-", r#"time: invalid duration "-""#),
        ("1.5", r#"time: missing unit in duration "1.5""#),
        ("1h2", r#"time: missing unit in duration "1h2""#),
        ("5x", r#"time: unknown unit "x" in duration "5x""#),
        ("5 s", r#"time: unknown unit " s" in duration "5 s""#),
        ("1e3", r#"time: unknown unit "e" in duration "1e3""#),
        ("\u{661}s", r#"time: invalid duration "\xd9\xa1s""#),
        ("a\"\\\n", r#"time: invalid duration "a\"\\\x0a""#),
        ("1.5d", r#"strconv.ParseInt: parsing "1.5": invalid syntax"#),
        ("d", r#"strconv.ParseInt: parsing "": invalid syntax"#),
        ("1h2d", r#"strconv.ParseInt: parsing "1h2": invalid syntax"#),
        ("-5", "cannot provide negative value '-5'"),
        ("-2d", "cannot provide negative value '-172800'"),
        ("-1500ms", "cannot provide negative value '-1'"),
        ("9223372037", OVERFLOW),
        ("106752d", OVERFLOW),
        ("9223372036854775808ns", r#"time: invalid duration "9223372036854775808ns""#),
        ("99999999999999999999", r#"time: invalid duration "99999999999999999999""#),
        ("2562047h2562047h", r#"time: invalid duration "2562047h2562047h""#),
    ] {
        assert_eq!(parse_text(text).unwrap_err().to_string(), expected, "{text}");
    }
    assert_eq!(parse_text(&"x".repeat(1_000_000)).unwrap_err().to_string().len(), SHOWN + 25);
}

#[test]
fn fields_hold_whole_seconds() {
    for (value, expected) in [
        (json!(null), None),
        (json!(0), Some(0)),
        (json!(3600), Some(3600)),
        (json!("3600"), Some(3600)),
        (json!(""), Some(0)),
        (json!("1h"), Some(3600)),
        (json!("1999ms"), Some(1)),
    ] {
        let expected = expected.map(Duration::from_secs);
        assert_eq!(parse(&value), Ok(expected), "{value}");
    }
    for value in [json!(true), json!([1]), json!({"a": 1})] {
        assert_eq!(parse(&value), Err(DurationError::WrongType), "{value}");
    }
    assert_eq!(parse(&json!(-1)), Err(DurationError::Negative(-1)));
    assert_eq!(parse(&json!(1.5)), Err(DurationError::MissingUnit("1.5".to_owned())));
    assert!(parse(&json!(u64::MAX)).is_err());
    assert!(parse(&json!(i64::MAX)).is_err());
    assert!(parse(&json!(f64::MAX)).is_err());
}

#[test]
fn durations_are_written_like_go() {
    for (nanoseconds, long, short) in [
        (0, "0s", "0s"),
        (1, "1ns", "1ns"),
        (1_100, "1.1\u{b5}s", "1.1\u{b5}s"),
        (2_200_000, "2.2ms", "2.2ms"),
        (3_300_000_000, "3.3s", "3.3s"),
        (60_000_000_000, "1m0s", "1m"),
        (90_000_000_000, "1m30s", "1m30s"),
        (245_001_000_000, "4m5.001s", "4m5.001s"),
        (600_000_000_000, "10m0s", "10m"),
        (3_600_000_000_000, "1h0m0s", "1h"),
        (3_605_000_000_000, "1h0m5s", "1h5s"),
        (4_200_000_000_000, "1h10m0s", "1h10m"),
        (768 * 3_600_000_000_000, "768h0m0s", "768h"),
        (i64::MAX as u64, "2562047h47m16.854775807s", "2562047h47m16.854775807s"),
    ] {
        let printed = Printed(Duration::from_nanos(nanoseconds));
        assert_eq!((printed.to_string().as_str(), printed.short().as_str()), (long, short));
    }
}

/// Units and how many nanoseconds each is.
const UNITS: [(&str, u128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn a_sum_of_units_is_their_sum(parts in prop::collection::vec((0..100_000_000_u64, 0..8_usize), 1..6)) {
        let written = |(count, unit): &(u64, usize)| format!("{count}{}", UNITS[*unit].0);
        let text = parts.iter().map(written).collect::<Vec<_>>().concat();
        let sum: u128 = parts.iter().map(|(count, unit)| u128::from(*count) * UNITS[*unit].1).sum();
        match parse_text(&text) {
            Ok(duration) => prop_assert_eq!(duration.as_nanos(), sum, "{}", text),
            Err(error) => {
                prop_assert!(sum > i64::MAX as u128, "{}: {}", text, error);
            }
        }
    }

    #[test]
    fn fractions_are_cut_off_not_rounded(whole in 0..1_000_000_u64, digits in "[0-9]{1,9}", unit in 4..8_usize) {
        let (name, nanoseconds) = UNITS[unit];
        let scale = 10_u128.pow(u32::try_from(digits.len()).unwrap());
        let fraction = digits.parse::<u128>().unwrap() * nanoseconds / scale;
        let expected = u128::from(whole) * nanoseconds + fraction;
        let read = parse_text(&format!("{whole}.{digits}{name}")).unwrap().as_nanos();
        // Go computes fractions with floating point, which may lose the last nanosecond.
        prop_assert!(read.abs_diff(expected) <= 1, "{read} {expected}");
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in ".*") {
        let _ = parse_text(&text);
    }

    #[test]
    fn nothing_like_a_duration_makes_it_panic(text in "[-+]?([0-9.]{0,25}(ns|us|µs|ms|s|m|h|d|x|)){0,4}") {
        if let Ok(duration) = parse_text(&text) {
            prop_assert!(duration.as_nanos() <= i64::MAX as u128);
        }
    }

    #[test]
    fn what_is_written_is_read_again(nanoseconds in 0..=i64::MAX as u64) {
        let duration = Duration::from_nanos(nanoseconds);
        prop_assert_eq!(parse_text(&Printed(duration).to_string()), Ok(duration));
        prop_assert_eq!(parse_text(&Printed(duration).short()), Ok(duration));
    }

    #[test]
    fn json_never_makes_it_panic(number in any::<f64>(), signed in any::<i64>()) {
        let _ = parse(&json!(number));
        prop_assert_eq!(parse(&json!(signed)).is_ok(), (0..=i64::MAX / SECOND).contains(&signed));
    }
}
