//! Tables: which rule counts, and what it lets through.

use serde_json::{Value, json};

use super::*;
use crate::Operation;

const OPERATIONS: [Operation; 6] = [
    Operation::Read,
    Operation::List,
    Operation::Create,
    Operation::Update,
    Operation::Patch,
    Operation::Delete,
];

fn ask(acl: &Acl, operation: Operation, path: &str, parameters: Value, wrap: u64) -> Decision {
    let parameters = parameters.as_object().unwrap();
    let wrap_ttl = (wrap > 0).then(|| std::time::Duration::from_secs(wrap));
    acl.allow(&Question { operation, path, parameters, wrap_ttl })
}

fn allows(acl: &Acl, operation: Operation, path: &str) -> bool {
    ask(acl, operation, path, json!({}), 0).allowed
}

#[test]
fn the_most_specific_rule_counts() {
    // Each rule gives one capability, so that the answer says which one it was.
    for (rules, path, expected) in [
        ("a=read", "a", "read"),
        ("a=read", "/a", "read"),
        ("/a=read", "a", "read"),
        ("a=read", "a/b", "deny"),
        ("a=read", "aa", "deny"),
        ("a*=read", "aa", "read"),
        ("a*=read", "a", "read"),
        ("a/*=read", "a/b/c", "read"),
        ("*=read", "a/b/c", "read"),
        ("a/+/c=read", "a/b/c", "read"),
        ("a/+/c=read", "a/b/c/d", "deny"),
        ("a/+/c=read", "a//c", "read"),
        ("a/+/c=read", "a/b", "deny"),
        ("a/+=read", "a/b", "read"),
        ("+=read", "a", "read"),
        ("+=read", "a/b", "deny"),
        ("+/b=read", "a/b", "read"),
        ("a/+/c*=read", "a/b/cd/e", "read"),
        ("a/+/*=read", "a/b/", "read"),
        ("a/+/*=read", "a/b", "deny"),
        ("a/+b=read", "a/+b", "read"),
        ("a/+b=read", "a/xb", "deny"),
        // An exact match outright.
        ("a/b=read a/+=list a/*=update *=delete", "a/b", "read"),
        ("a/b=deny a/*=update", "a/b", "deny"),
        // Where the first wildcard stands.
        ("a/b/*=read a/*=list", "a/b/c", "read"),
        ("a/b*=read a/+=list", "a/b", "read"),
        ("a/b/+/d=read a/+/c/d=list", "a/b/c/d", "read"),
        ("a/+/c=read a*=list", "a/b/c", "read"),
        // A fixed end.
        ("a/+/c=read a/+/c*=list", "a/b/c", "read"),
        ("a/+=read a/*=list", "a/b", "read"),
        // Fewer segments left open.
        ("a/+/c/d=read a/+/+/d=list", "a/b/c/d", "read"),
        ("a/+/c/*=read a/+/+/*=list", "a/b/c/d", "read"),
        // The longer one.
        ("a/+/c/dd*=read a/+/c/d*=list", "a/b/c/dd", "read"),
        ("abc*=read ab*=list", "abcd", "read"),
        // What is greater as text.
        ("+/b/+=read +/+/c=list", "a/b/c", "read"),
        // Without a rule there is nothing.
        ("b=read", "a", "deny"),
        ("", "a", "deny"),
    ] {
        let each: Vec<_> = rules
            .split_whitespace()
            .map(|rule| rule.split_once('=').unwrap())
            .map(|(path, given)| format!("path {path:?} {{ capabilities = [{given:?}] }}"))
            .collect();
        let text = each.join("\n");
        assert_eq!(acl(&[&text]).capabilities(path), [expected], "{rules} for {path}");
        let each: Vec<_> = each.iter().map(String::as_str).collect();
        assert_eq!(acl(&each).capabilities(path), [expected], "{rules} for {path}, each its own");
    }
}

#[test]
fn what_is_listed_is_named_with_or_without_its_slash() {
    for (rules, path, expected) in [
        ("foo", "foo/", true),
        ("foo/", "foo/", true),
        ("foo/", "foo", false),
        ("fo*", "foo/", true),
        ("+", "foo/", true),
        ("a/+", "a/b/", true),
        ("foo/*", "foo/", true),
        ("foo/bar", "foo/", false),
    ] {
        let acl = acl(&[&format!("path {rules:?} {{ capabilities = [\"list\"] }}")]);
        assert_eq!(allows(&acl, Operation::List, path), expected, "{rules} for {path}");
    }
    // What matches with the slash goes before what matches without it.
    let both = |one: &str, other: &str| {
        let rules = [(one, "update"), (other, "list")]
            .map(|(path, given)| format!("path {path:?} {{ capabilities = [{given:?}] }}"));
        acl(&[&rules.concat()])
    };
    for (one, other, expected) in [
        ("*", "foo/*", true),
        ("foo/*", "*", false),
        ("*", "+", false),
        ("+", "*", true),
        ("foo/*", "+", false),
        ("foo/*", "foo", true),
        ("foo", "foo/", true),
        ("foo/", "foo", false),
    ] {
        assert_eq!(allows(&both(one, other), Operation::List, "foo/"), expected, "{one} {other}");
    }
    let acl = acl(&["path \"foo\" { capabilities = [\"read\"] }"]);
    assert!(!allows(&acl, Operation::Read, "foo/"));
    assert!(allows(&acl, Operation::Read, "foo"));
}

#[test]
fn operations_need_their_capability() {
    for operation in OPERATIONS {
        for given in OPERATIONS.map(Operation::capability) {
            let acl = acl(&[&format!("path \"a\" {{ capabilities = [{given:?}] }}")]);
            assert_eq!(allows(&acl, operation, "a"), operation.capability() == given);
        }
    }
    for (word, given) in [
        ("read", vec!["list", "read"]),
        ("write", vec!["create", "delete", "list", "read", "update"]),
        ("sudo", vec!["create", "delete", "list", "read", "sudo", "update"]),
        ("deny", vec!["deny"]),
    ] {
        assert_eq!(acl(&[&format!("path \"a\" {{ policy = {word:?} }}")]).capabilities("a"), given);
    }
}

#[test]
fn policies_come_together_and_deny_wins() {
    let read = r#"path "a" { capabilities = ["read"] }"#;
    let write = r#"path "a" { capabilities = ["update", "sudo"] }"#;
    let deny = r#"path "a" { capabilities = ["read", "deny"] }"#;
    assert_eq!(acl(&[read, write]).capabilities("a"), ["read", "sudo", "update"]);
    assert_eq!(acl(&[read, deny, write]).capabilities("a"), ["deny"]);
    assert_eq!(acl(&[&[read, deny, write].concat()]).capabilities("a"), ["deny"]);
    for operation in OPERATIONS {
        assert!(!allows(&acl(&[deny, read]), operation, "a"));
    }
}

#[test]
fn root_may_everything_and_help_is_for_all() {
    let root = Acl::root();
    assert!(root.is_root() && root.is_sudo("sys/seal") && root.reaches("x/"));
    assert_eq!(root.capabilities("a"), ["root"]);
    assert!(OPERATIONS.into_iter().all(|operation| allows(&root, operation, "sys/raw/x")));
    let nobody = acl(&[]);
    assert!(!nobody.is_root() && !nobody.is_sudo("a") && !nobody.reaches("x/"));
    assert!(OPERATIONS.into_iter().all(|operation| !allows(&nobody, operation, "a")));
    assert!(allows(&nobody, Operation::Help, "sys/raw/x"));
}

#[test]
fn paths_for_administrators_need_sudo() {
    let all = r#"path "*" { policy = "write" }"#;
    let sudo = r#"path "*" { policy = "sudo" }"#;
    for (path, protected) in [
        ("sys/audit", true),
        ("sys/audit/file", true),
        ("sys/audit-hash/file", false),
        ("sys/auth", false),
        ("sys/auth/userpass", true),
        ("sys/remount", true),
        ("sys/remount/status/1", false),
        ("sys/leases", true),
        ("sys/leases/count", false),
        ("sys/leases/lookup", false),
        ("sys/leases/lookup/", true),
        ("sys/leases/revoke", false),
        ("sys/leases/revoke-prefix/a", true),
        ("sys/revoke-force/a", true),
        ("sys/seal", true),
        ("sys/seal-status", false),
        ("sys/mounts/a", false),
        ("sys/policies/acl/a", false),
        ("auth/token/accessors", true),
        ("auth/token/accessors/", true),
        ("auth/token/create", false),
    ] {
        assert_eq!(needs_sudo(path), protected, "{path}");
        assert_eq!(allows(&acl(&[all]), Operation::Update, path), !protected, "{path}");
        let decision = ask(&acl(&[sudo]), Operation::Update, path, json!({}), 0);
        assert!(decision.allowed && decision.sudo, "{path}");
    }
    assert!(acl(&[sudo]).is_sudo("auth/token/create") && !acl(&[all]).is_sudo("auth/token/create"));
}

#[test]
fn parameters_are_held_to_the_rules() {
    for (rule, parameters, expected) in [
        ("", json!({"a": 1}), true),
        (r#"allowed_parameters = {"a" = []}"#, json!({"a": 1}), true),
        (r#"allowed_parameters = {"a" = []}"#, json!({}), true),
        (r#"allowed_parameters = {"a" = []}"#, json!({"a": 1, "b": 1}), false),
        (r#"allowed_parameters = {"a" = [], "*" = []}"#, json!({"a": 1, "b": 1}), true),
        (r#"allowed_parameters = {"*" = []}"#, json!({"b": 1}), true),
        (r#"allowed_parameters = {"a" = ["x", "y*"]}"#, json!({"a": "x"}), true),
        (r#"allowed_parameters = {"a" = ["x", "y*"]}"#, json!({"a": "yes"}), true),
        (r#"allowed_parameters = {"a" = ["x", "y*"]}"#, json!({"a": "xy"}), false),
        (r#"allowed_parameters = {"a" = ["x"], "*" = []}"#, json!({"a": "y"}), false),
        (r#"allowed_parameters = {"a" = ["*y"]}"#, json!({"a": "xy"}), true),
        (r#"allowed_parameters = {"a" = ["*y*"]}"#, json!({"a": "xyz"}), true),
        (r#"allowed_parameters = {"a" = ["**"]}"#, json!({"a": "xyz"}), true),
        (r#"allowed_parameters = {"a" = ["*"]}"#, json!({"a": "xyz"}), false),
        (r#"allowed_parameters = {"a" = ["*"]}"#, json!({"a": "*"}), true),
        (r#"allowed_parameters = {"A" = []}"#, json!({"a": 1}), true),
        (r#"allowed_parameters = {"a" = []}"#, json!({"A": 1}), true),
        (r#"allowed_parameters = {"a" = [5]}"#, json!({"a": 5}), true),
        (r#"allowed_parameters = {"a" = [5]}"#, json!({"a": "5"}), true),
        (r#"allowed_parameters = {"a" = ["5"]}"#, json!({"a": 5}), true),
        (r#"allowed_parameters = {"a" = [5]}"#, json!({"a": 6}), false),
        (r#"allowed_parameters = {"a" = [true]}"#, json!({"a": true}), true),
        (r#"allowed_parameters = {"a" = [["x"]]}"#, json!({"a": ["x"]}), true),
        (r#"allowed_parameters = {"a" = ["x"]}"#, json!({"a": ["x"]}), false),
        (r#"allowed_parameters = {"a" = ["x"]}"#, json!({"a": null}), false),
        (r#"denied_parameters = {"a" = []}"#, json!({"b": 1}), true),
        (r#"denied_parameters = {"a" = []}"#, json!({"a": null}), false),
        (r#"denied_parameters = {"a" = []}"#, json!({"A": 1}), false),
        (r#"denied_parameters = {"a" = ["x*"]}"#, json!({"a": "xy"}), false),
        (r#"denied_parameters = {"a" = ["x*"]}"#, json!({"a": "y"}), true),
        (r#"denied_parameters = {"a" = ["root"]}"#, json!({"a": ["b", "root"]}), false),
        (r#"denied_parameters = {"a" = ["5"]}"#, json!({"a": 5}), false),
        (r#"denied_parameters = {"*" = []}"#, json!({"a": 1}), false),
        (r#"denied_parameters = {"*" = []}"#, json!({}), true),
        (
            r#"allowed_parameters = {"a" = []} denied_parameters = {"a" = ["x"]}"#,
            json!({"a": "x"}),
            false,
        ),
        (r#"required_parameters = ["A"]"#, json!({"a": 1}), true),
        (r#"required_parameters = ["a"]"#, json!({"A": 1}), false),
        (r#"required_parameters = ["a", "b"]"#, json!({"a": 1}), false),
        (r#"required_parameters = ["a"]"#, json!({}), false),
    ] {
        let text = format!("path \"a\" {{ policy = \"write\" capabilities = [\"patch\"] {rule} }}");
        let acl = acl(&[&text]);
        for operation in [Operation::Read, Operation::Create, Operation::Update, Operation::Patch] {
            let allowed = ask(&acl, operation, "a", parameters.clone(), 0).allowed;
            assert_eq!(allowed, expected, "{operation:?} {parameters} under {rule}");
        }
        assert!(ask(&acl, Operation::Delete, "a", parameters.clone(), 0).allowed);
        assert!(ask(&acl, Operation::List, "a", parameters, 0).allowed);
    }
}

#[test]
fn parameters_of_several_rules_come_together() {
    let rule = |rule: &str| format!("path \"a\" {{ capabilities = [\"update\"] {rule} }}");
    let x = rule(r#"allowed_parameters = {"a" = ["x"]} required_parameters = ["a"]"#);
    let y = rule(r#"allowed_parameters = {"A" = ["y"], "b" = []} denied_parameters = {"c" = []}"#);
    let any = rule(r#"allowed_parameters = {"a" = []}"#);
    let free = rule("");
    for (rules, parameters, expected) in [
        ([&x, &y], json!({"a": "x"}), true),
        ([&x, &y], json!({"a": "y", "b": 1}), true),
        ([&x, &y], json!({"a": "z"}), false),
        ([&x, &y], json!({"b": "z"}), false),
        ([&x, &y], json!({"a": "x", "c": 1}), false),
        ([&x, &any], json!({"a": "z"}), true),
        ([&any, &x], json!({"a": "z"}), true),
        ([&any, &x], json!({"b": "z"}), false),
        ([&y, &free], json!({"a": "z"}), false),
    ] {
        let acl = acl(&rules.map(String::as_str));
        let allowed = ask(&acl, Operation::Update, "a", parameters.clone(), 0).allowed;
        assert_eq!(allowed, expected, "{parameters} under {rules:?}");
    }
}

#[test]
fn answers_are_wrapped_for_as_long_as_the_rules_say() {
    let rule = |rule: &str| format!("path \"a\" {{ capabilities = [\"read\"] {rule} }}");
    for (rules, ttl, expected) in [
        (["", ""], 0, true),
        (["", ""], 60, true),
        (["min_wrapping_ttl = 10", ""], 0, false),
        (["min_wrapping_ttl = 10", ""], 9, false),
        (["min_wrapping_ttl = 10", ""], 10, true),
        (["max_wrapping_ttl = 10", ""], 0, false),
        (["max_wrapping_ttl = 10", ""], 10, true),
        (["max_wrapping_ttl = 10", ""], 11, false),
        (["max_wrapping_ttl = 10", "max_wrapping_ttl = 5"], 6, false),
        (["min_wrapping_ttl = 10", "min_wrapping_ttl = 20"], 15, true),
        (["min_wrapping_ttl = 10", "max_wrapping_ttl = 5"], 5, false),
        (["min_wrapping_ttl = 10", "max_wrapping_ttl = 5"], 10, false),
    ] {
        let acl = acl(&[&rule(rules[0]), &rule(rules[1])]);
        let allowed = ask(&acl, Operation::Read, "a", json!({}), ttl).allowed;
        assert_eq!(allowed, expected, "{ttl} under {rules:?}");
    }
}

#[test]
fn lists_have_pages() {
    let acl = acl(&[
        r#"path "a" { capabilities = ["list"] pagination_limit = 10 }
           path "b" { capabilities = ["list"] pagination_limit = 10 required_parameters = ["limit"] }"#,
        r#"path "a" { capabilities = ["read"] pagination_limit = 20 }"#,
    ]);
    for (path, parameters, expected) in [
        ("a", json!({}), true),
        ("a", json!({"limit": 10}), true),
        ("a", json!({"limit": "10"}), true),
        ("a", json!({"limit": "max"}), true),
        ("a", json!({"limit": 11}), false),
        ("a", json!({"limit": 0}), false),
        ("a", json!({"limit": -1}), false),
        ("a", json!({"limit": "all"}), false),
        ("a", json!({"limit": []}), false),
        ("b", json!({}), false),
        ("b", json!({"limit": 1}), true),
    ] {
        let decision = ask(&acl, Operation::List, path, parameters.clone(), 0);
        assert_eq!((decision.allowed, decision.page_limit), (expected, Some(10)), "{parameters}");
    }
    assert_eq!(ask(&acl, Operation::Read, "a", json!({}), 0).page_limit, None);
}

#[test]
fn templates_stand_for_what_is_known() {
    let text = r#"path "a/{{identity.entity.id}}" { capabilities = ["read"] }
        path "b/{{ identity.entity.name }}/+/*" { capabilities = ["read"] }
        path "c/{{identity.entity.metadata.team}}*" { capabilities = ["read"] }
        path "d/{{ unheard.of }}" { capabilities = ["read"] }"#;
    let of = |id: &'static str, name: &'static str| {
        let values = move |directive: &str| match directive {
            "identity.entity.id" => Some(id.to_owned()),
            "identity.entity.name" => Some(name.to_owned()),
            _ => None,
        };
        Acl::new(vec![policy(text)], NOW, &values)
    };
    for (id, name, path, expected) in [
        ("1", "ada", "a/1", true),
        ("1", "ada", "a/2", false),
        ("1", "ada", "a/{{identity.entity.id}}", false),
        ("1", "ada", "b/ada/x/y", true),
        ("1", "ada", "b/bob/x/y", false),
        ("1", "ada/lovelace", "b/ada/lovelace/x/y", true),
        ("1", "a+da", "b/a+da/x/y", true),
        ("1", "ada", "c/anything", false),
        ("1", "ada", "d/", false),
        // Nobody gets further by what they are called.
        ("", "ada", "a/", false),
        ("*", "ada", "a/2", false),
        ("*", "ada", "a/*", false),
        ("+", "ada", "a/2", false),
        ("1", "+", "b/bob/x/y", false),
        ("1", "x/+", "b/x/bob/y/z", false),
        ("1", "+*", "b/bob/x/y", false),
    ] {
        assert_eq!(allows(&of(id, name), Operation::Read, path), expected, "{id} {name} {path}");
    }
}

#[test]
fn rules_end_when_they_say() {
    let text = r#"path "a" { capabilities = ["read"] expiration = "2023-11-14T22:13:20Z" }
        path "b" { capabilities = ["read"] expiration = 1699999999 }
        path "b" { capabilities = ["list"] }"#;
    let acl = acl(&[text]);
    assert_eq!((acl.capabilities("a"), acl.capabilities("b")), (vec!["read"], vec!["list"]));
}

#[test]
fn mounts_are_known_to_whoever_can_do_something_there() {
    for (path, given, expected) in [
        ("kv/a", "read", true),
        ("kv/", "list", true),
        ("kv", "list", true),
        ("kv/a*", "read", true),
        ("k*", "read", true),
        ("*", "read", true),
        ("+/a", "read", true),
        ("+/+/b*", "read", true),
        ("kv/+/b", "read", true),
        ("kv/+", "deny", false),
        ("kv/a", "deny", false),
        ("other/a", "read", false),
        ("other/+", "read", false),
        ("kvv/a", "read", false),
        ("+/k*", "read", true),
    ] {
        let acl = acl(&[&format!("path {path:?} {{ capabilities = [{given:?}] }}")]);
        assert_eq!(acl.reaches("kv/"), expected, "{path} {given}");
    }
    let none = r#"path "kv" {} path "kv/" {} path "+/" {}"#;
    assert!(acl(&[r#"path "*" { capabilities = ["read"] }"#, none]).reaches("kv/"));
    let denied = r#"path "kv/*" { capabilities = ["deny"] }"#;
    assert!(!acl(&[r#"path "*" { capabilities = ["read"] }"#, denied]).reaches("kv/"));
    let denied = r#"path "kv/a" { capabilities = ["deny"] }"#;
    assert!(!acl(&[r#"path "kv/a" { capabilities = ["read"] }"#, denied]).reaches("kv/"));
}

#[test]
fn the_policies_that_are_there_give_what_they_must() {
    let values = |directive: &str| match directive {
        "identity.entity.id" => Some("e-1".to_owned()),
        "identity.entity.name" => Some("ada".to_owned()),
        _ => None,
    };
    let default = Acl::new(vec![policy(DEFAULT_POLICY)], NOW, &values);
    for (path, expected) in [
        ("auth/token/lookup-self", "read"),
        ("auth/token/renew-self", "update"),
        ("auth/token/revoke-self", "update"),
        ("sys/capabilities-self", "update"),
        ("identity/entity/id/e-1", "read"),
        ("identity/entity/id/e-2", "deny"),
        ("identity/entity/name/ada", "read"),
        ("sys/internal/ui/resultant-acl", "read"),
        ("sys/renew", "update"),
        ("sys/leases/renew", "update"),
        ("sys/leases/lookup", "update"),
        ("sys/leases/revoke", "deny"),
        ("cubbyhole/a/b", "create delete list read update"),
        ("sys/wrapping/wrap", "update"),
        ("sys/wrapping/lookup", "update"),
        ("sys/wrapping/unwrap", "update"),
        ("sys/tools/hash", "update"),
        ("sys/tools/hash/sha2-256", "update"),
        ("sys/tools/random", "deny"),
        ("identity/oidc/provider/p/authorize", "read update"),
        ("auth/token/lookup-accessor", "deny"),
        ("auth/token/create", "deny"),
    ] {
        assert_eq!(default.capabilities(path).join(" "), expected, "{path}");
    }
    let wrapping = acl(&[RESPONSE_WRAPPING_POLICY]);
    assert_eq!(wrapping.capabilities("cubbyhole/response"), ["create", "read"]);
    assert_eq!(wrapping.capabilities("sys/wrapping/unwrap"), ["update"]);
    assert_eq!(wrapping.capabilities("auth/token/lookup-self"), ["deny"]);
}
