//! States that are read, states that can't be, and hostile ones.

use std::io;

use kernel::PageRequest;
use proptest::prelude::*;

use super::*;
use crate::summary;

const STATE: &str = r#"{
  "version": 4,
  "terraform_version": "1.15.0",
  "serial": 7,
  "lineage": "3d8a7d3c",
  "outputs": {
    "secret": {"value": "hush", "type": "string", "sensitive": true},
    "nothing": {"value": null, "type": "string"},
    "big": {"value": 123456789012345678901234567890, "type": "number"},
    "list": {"value": [1, {"a": null}], "type": ["tuple", ["number", ["object", {"a": "string"}]]]}
  },
  "resources": [
    {"mode": "managed", "type": "terraform_data", "name": "one",
     "provider": "provider[\"terraform.io/builtin/terraform\"]",
     "instances": [{"schema_version": 0, "attributes": {"deep": [[[{"x": 1}]]]}}]},
    {"module": "module.a[\"k\"]", "mode": "managed", "type": "null_resource", "name": "many",
     "provider": "provider[\"registry.terraform.io/hashicorp/null\"]",
     "instances": [{"index_key": 0}, {"index_key": 1}, {"index_key": 1, "deposed": "abcd1234"}]},
    {"mode": "data", "type": "local_file", "name": "read", "provider": "p",
     "instances": [{"index_key": "a\"b"}]}
  ],
  "check_results": null
}
"#;

/// Gives a few bytes at a time, as a network does.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.1.min(buffer.len()).min(self.0.len());
        let (now, later) = self.0.split_at(length);
        buffer[..length].copy_from_slice(now);
        self.0 = later;
        Ok(length)
    }
}

fn both(text: &[u8]) -> [Facts; 2] {
    [scan_slice(text), scan_reader(Dribble(text, 3))]
}

#[test]
fn a_state_is_read() {
    for facts in both(STATE.as_bytes()) {
        assert!(!facts.opaque);
        assert_eq!((facts.format, facts.serial), (Some(4), Some(7)));
        assert_eq!(facts.terraform_version.as_deref(), Some("1.15.0"));
        assert_eq!(facts.lineage.as_deref(), Some("3d8a7d3c"));
        let outputs: Vec<_> = facts
            .outputs
            .iter()
            .map(|output| {
                let contents = output.contents.as_ref().unwrap();
                let kind = contents.kind.as_ref().unwrap().get();
                (output.name.as_str(), output.sensitive, contents.value.get(), kind)
            })
            .collect();
        let tuple = r#"["tuple", ["number", ["object", {"a": "string"}]]]"#;
        assert_eq!(
            outputs,
            [
                ("big", false, "123456789012345678901234567890", r#""number""#),
                ("list", false, r#"[1, {"a": null}]"#, tuple),
                ("nothing", false, "null", r#""string""#),
                ("secret", true, r#""hush""#, r#""string""#),
            ]
        );
        assert_eq!(facts.summary.managed, 4);
        let page = summary::page(&facts.summary.bytes, PageRequest::default()).unwrap();
        let addresses: Vec<_> =
            page.items.iter().map(|instance| instance.address.as_str()).collect();
        assert_eq!(
            addresses,
            [
                "terraform_data.one",
                r#"module.a["k"].null_resource.many[0]"#,
                r#"module.a["k"].null_resource.many[1]"#,
                r#"data.local_file.read["a\"b"]"#,
            ]
        );
        assert_eq!(page.total, 4);
    }
}

#[test]
fn the_head_of_the_summary_is_the_vendors() {
    let head = summary::head(&scan_slice(STATE.as_bytes()).summary.bytes).unwrap();
    assert_eq!(
        head.modules.get(),
        r#"{"module.a[\"k\"]":{"null-resource":1},"root":{"data.local-file":1,"terraform-data":1}}"#
    );
    assert_eq!(
        head.providers.get(),
        r#"{"p":{"data.local-file":1},"provider[\"registry.terraform.io/hashicorp/null\"]":{"null-resource":1},"provider[\"terraform.io/builtin/terraform\"]":{"terraform-data":1}}"#
    );
    let resources: serde_json::Value = serde_json::from_str(head.resources.get()).unwrap();
    assert_eq!(
        resources[1],
        serde_json::json!({
            "name": "many", "type": "null_resource", "count": 3, "module": "module.a[\"k\"]",
            "provider": "provider[\"registry.terraform.io/hashicorp/null\"]"
        })
    );
    assert_eq!(resources[2]["type"], "data.local_file");
}

#[test]
fn pages_of_resources_are_cut_across_lines() {
    let resources: Vec<String> = (0..300)
        .map(|number| {
            let keys: Vec<String> =
                (0..number % 5).map(|key| format!(r#"{{"index_key":{key}}}"#)).collect();
            format!(
                r#"{{"mode":"managed","type":"t","name":"n{number}","provider":"p-{number}-{number}-{number}","instances":[{}]}}"#,
                keys.join(",")
            )
        })
        .collect();
    let text = format!(r#"{{"version":4,"resources":[{}]}}"#, resources.join(","));
    let facts = scan_slice(text.as_bytes());
    assert_eq!(facts.summary.managed, 600);
    let whole: Vec<String> = (1..=6)
        .flat_map(|number| {
            let page = summary::page(&facts.summary.bytes, PageRequest::new(number, 100)).unwrap();
            assert_eq!(page.total, 600);
            page.items
        })
        .map(|instance| instance.address)
        .collect();
    assert_eq!(whole.len(), 600);
    assert_eq!((whole[0].as_str(), whole[599].as_str()), ("t.n1[0]", "t.n299[3]"));
    for (number, size) in [(1, 7), (13, 7), (86, 7), (600, 1)] {
        let page = summary::page(&facts.summary.bytes, PageRequest::new(number, size)).unwrap();
        let start = (number as usize - 1) * size as usize;
        let expected: Vec<_> = whole.iter().skip(start).take(size as usize).collect();
        let found: Vec<_> = page.items.iter().map(|instance| &instance.address).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn an_encrypted_state_tells_its_serial_and_lineage_only() {
    let text = br#"{"serial":3,"lineage":"l","meta":{"key_provider.pbkdf2.p":"e30="},
        "encrypted_data":"c2VjcmV0","encryption_version":"v0"}"#;
    for facts in both(text) {
        assert!(facts.opaque);
        assert_eq!((facts.serial, facts.lineage.as_deref()), (Some(3), Some("l")));
        assert!(facts.outputs.is_empty() && facts.summary.bytes.is_empty());
    }
}

#[test]
fn what_cant_be_read_is_opaque_and_not_believed() {
    let deep = format!(r#"{{"version":4,"serial":1,"x":{}}}"#, "[".repeat(100_000));
    let texts = [
        "",
        "not json",
        "[]",
        "4",
        r#"{"version":4,"serial":1"#,
        r#"{"version":4,"serial":1} trailing"#,
        r#"{"version":4,"serial":"1"}"#,
        r#"{"version":4,"serial":1e999}"#,
        r#"{"version":4,"serial":99999999999999999999}"#,
        r#"{"version":4,"serial":1.5}"#,
        r#"{"version":4,"outputs":{},"outputs":{}}"#,
        r#"{"version":4,"outputs":[]}"#,
        r#"{"version":4,"resources":{}}"#,
        r#"{"version":4,"resources":[{"instances":5}]}"#,
        "{\"version\":4,\"outputs\":{\"a\\u0000\":{\"value\":1}}}",
        "{\"version\":4,\"lineage\":\"\\u0000\"}",
        &deep,
    ];
    for text in texts {
        for facts in both(text.as_bytes()) {
            assert!(facts.opaque, "{text:.60}");
            assert_eq!(facts.serial, None, "{text:.60}");
        }
    }
    assert!(scan_slice(b"{\"version\":4,\"lineage\":\"\xff\"}").opaque);
}

#[test]
fn other_formats_are_opaque_but_tell_their_serial() {
    let [facts, _] =
        both(br#"{"version":3,"serial":2,"lineage":"l","modules":[{"path":["root"]}]}"#);
    assert!(facts.opaque);
    assert_eq!((facts.format, facts.serial), (Some(3), Some(2)));
}

#[test]
fn of_two_outputs_with_one_name_the_later_counts() {
    let [facts, _] = both(
        br#"{"version":4,"outputs":{"a":{"value":1,"type":"number"},"a":{"value":2,"type":"number"}}}"#,
    );
    assert_eq!(facts.outputs.len(), 1);
    assert_eq!(facts.outputs[0].contents.as_ref().unwrap().value.get(), "2");
}

/// `{"version":4,…` and then one text over and over: a state too large to be written down.
struct Endless {
    head: &'static [u8],
    again: &'static [u8],
    left: usize,
    place: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        for slot in buffer {
            let byte = if let Some((first, rest)) = self.head.split_first() {
                self.head = rest;
                *first
            } else if self.left > 0 {
                self.left -= 1;
                let byte = self.again[self.place];
                self.place = (self.place + 1) % self.again.len();
                byte
            } else {
                break;
            };
            *slot = byte;
            count += 1;
        }
        Ok(count)
    }
}

#[test]
fn what_would_have_to_be_kept_whole_is_bounded() {
    for (head, again) in [
        (br#"{"version":4,"outputs":{"a":{"value":""#.as_slice(), b"x".as_slice()),
        (br#"{"version":4,"lineage":""#, b"x"),
        (br#"{"version":4,""#, b"x"),
        (br#"{"version":4,"resources":[{"name":""#, b"x"),
        (br#"{"version":4,"resources":[{"instances":[{"index_key":""#, b"x"),
    ] {
        let mut endless = Endless { head, again, left: usize::MAX, place: 0 };
        let facts = scan_reader(&mut endless);
        assert!(facts.opaque);
        assert!(usize::MAX - endless.left < 20 << 20, "read on and on");
    }
}

#[test]
fn what_is_skipped_may_be_long() {
    let endless = Endless {
        head: br#"{"version":4,"serial":1,"resources":[{"instances":[{"attributes":{"a":""#,
        again: b"x",
        left: 20 << 20,
        place: 0,
    };
    let facts = scan_reader(endless.chain(&br#""}}]}]}"#[..]));
    assert!(!facts.opaque);
    assert_eq!(facts.summary.managed, 1);
}

#[test]
fn many_instances_are_counted_and_not_all_listed() {
    let mut text = br#"{"version":4,"resources":[{"type":"t","name":"n","instances":["#.to_vec();
    let many = 200_000;
    for number in 0..many {
        if number > 0 {
            text.push(b',');
        }
        text.extend_from_slice(format!(r#"{{"index_key":{number}}}"#).as_bytes());
    }
    text.extend_from_slice(b"]}]}");
    let facts = scan_slice(&text);
    assert_eq!(facts.summary.managed, many);
    let page = summary::page(&facts.summary.bytes, PageRequest::default()).unwrap();
    assert_eq!(page.items.len(), 20);
    assert!(page.total > 100_000 && page.total < many);
    assert!(facts.summary.bytes.len() < 4 << 20);
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "[a-z\"\\\\é\u{0}]{0,6}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let keys = prop_oneof![
            Just("version".to_owned()),
            Just("serial".to_owned()),
            Just("outputs".to_owned()),
            Just("resources".to_owned()),
            Just("instances".to_owned()),
            Just("index_key".to_owned()),
            Just("value".to_owned()),
            Just("type".to_owned()),
            "[a-z]{0,4}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::vec((keys, inner), 0..6)
                .prop_map(|pairs| { serde_json::Value::Object(pairs.into_iter().collect()) }),
        ]
    })
}

fn same(one: &Facts, two: &Facts) -> bool {
    let contents = |facts: &Facts| -> Vec<_> {
        let of = |output: &ScannedOutput| {
            let value = output.contents.as_ref().map(|contents| contents.value.get().to_owned());
            (output.name.clone(), output.sensitive, value)
        };
        facts.outputs.iter().map(of).collect()
    };
    one.opaque == two.opaque
        && one.serial == two.serial
        && one.summary.bytes == two.summary.bytes
        && contents(one) == contents(two)
}

proptest! {
    /// Any JSON, whole or cut off: no panic, and both ways of reading agree.
    #[test]
    fn both_ways_of_reading_agree(value in json(), cut in 0.0..1.2_f64) {
        let mut value = value;
        if let Some(object) = value.as_object_mut() {
            object.insert("version".to_owned(), 4.into());
        }
        let text = value.to_string();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "short texts")]
        let length = ((text.len() as f64 * cut) as usize).min(text.len());
        let [one, two] = both(&text.as_bytes()[..length]);
        prop_assert!(same(&one, &two));
    }

    /// Any bytes: no panic.
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let [one, two] = both(&bytes);
        prop_assert!(same(&one, &two));
    }
}
