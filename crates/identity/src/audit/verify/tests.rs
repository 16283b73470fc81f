//! What tampering looks like.

use kernel::Timestamp;

use super::*;
use crate::audit::entry::{BEGINNING, tests::sample};

/// A sound chain of ten records, and its ends.
fn chain() -> (Vec<AuditRecord>, Head) {
    let mut records = Vec::new();
    let mut hash = BEGINNING.to_vec();
    for position in 1..=10 {
        let mut record = AuditRecord {
            at: Timestamp::from_micros(position),
            id: format!("ae-{position}"),
            ..sample()
        };
        let own = record.hash_after(&hash).to_vec();
        record.link = Some(Link { position, previous_hash: hash, hash: own.clone() });
        hash = own;
        records.push(record);
    }
    let head = Head {
        first_position: 1,
        hash_before_first: BEGINNING.to_vec(),
        last_position: 10,
        last_hash: hash,
        sound: true,
    };
    (records, head)
}

fn check(records: &[AuditRecord], head: &Head) -> Vec<Fault> {
    let mut checker = Checker::new(head.first_position);
    for record in records {
        checker.next(record, record.link.as_ref().unwrap());
    }
    let find = |hash: &[u8]| {
        let link = records.iter().filter_map(|record| record.link.as_ref());
        link.clone().find(|link| link.hash == hash).map(|link| link.position)
    };
    let (last_hash, mut faults) = checker.order(head, find);
    checker.faults.append(&mut faults);
    checker.end(head, &last_hash);
    checker.into_verification(head).faults
}

fn place(record: &mut AuditRecord, position: i64) {
    record.link.as_mut().unwrap().position = position;
}

/// As if it had always been like this, with a hash that is right.
fn forge(record: &mut AuditRecord) {
    let hash = record.hash_after(&record.link.as_ref().unwrap().previous_hash).to_vec();
    record.link.as_mut().unwrap().hash = hash;
}

fn id(position: i64) -> String {
    format!("ae-{position}")
}

#[test]
fn a_sound_chain_has_no_fault() {
    let (records, head) = chain();
    assert!(check(&records, &head).is_empty());
    let nothing = Head { last_position: 0, last_hash: BEGINNING.to_vec(), ..head };
    assert!(check(&[], &nothing).is_empty());
}

#[test]
fn a_changed_record_is_named_and_no_other() {
    for position in [1, 4, 10] {
        let (mut records, head) = chain();
        records[position - 1].actor_name = "mallory".to_owned();
        let position = i64::try_from(position).unwrap();
        assert_eq!(check(&records, &head), [Fault::Changed { position, id: id(position) }]);
    }
}

#[test]
fn a_replaced_record_is_noticed_by_the_next_or_by_the_end() {
    let (mut records, head) = chain();
    records[3].actor_name = "mallory".to_owned();
    forge(&mut records[3]);
    assert_eq!(check(&records, &head), [Fault::Unlinked { position: 5, id: id(5) }]);

    let (mut records, head) = chain();
    records[9].actor_name = "mallory".to_owned();
    forge(&mut records[9]);
    assert_eq!(check(&records, &head), [Fault::Changed { position: 10, id: id(10) }]);
}

#[test]
fn lost_records_are_named_wherever_they_stood() {
    for (from, to) in [(1, 1), (1, 3), (4, 6), (10, 10), (8, 10), (1, 10)] {
        let (mut records, head) = chain();
        records.retain(|record| !(from..=to).contains(&record.link.as_ref().unwrap().position));
        assert_eq!(check(&records, &head), [Fault::Lost { from, to }]);
    }
}

#[test]
fn a_loss_is_not_hidden_by_new_numbers() {
    let (mut records, head) = chain();
    records.remove(3);
    for (record, position) in records.iter_mut().zip(1..) {
        place(record, position);
    }
    assert_eq!(check(&records, &head), [Fault::Unlinked { position: 4, id: id(5) }]);
}

#[test]
fn swapped_records_are_both_named() {
    for (one, other) in [(4, 5), (1, 2), (9, 10), (2, 7), (1, 10)] {
        let (mut records, head) = chain();
        records.swap(one - 1, other - 1);
        for (record, position) in records.iter_mut().zip(1..) {
            place(record, position);
        }
        let (one, other) = (i64::try_from(one).unwrap(), i64::try_from(other).unwrap());
        let moved =
            |at, belongs_at| Fault::Moved { from: at, to: at, belongs_at, id: id(belongs_at) };
        assert_eq!(check(&records, &head), [moved(one, other), moved(other, one)]);
    }
}

#[test]
fn inserted_records_are_named() {
    let (mut records, head) = chain();
    let mut forged = AuditRecord { id: "ae-forged".to_owned(), ..records[3].clone() };
    forged.link.as_mut().unwrap().previous_hash = records[2].link.as_ref().unwrap().hash.clone();
    forge(&mut forged);
    records.insert(3, forged);
    for (record, position) in records.iter_mut().zip(1..) {
        place(record, position);
    }
    assert_eq!(check(&records, &head), [Fault::Inserted { from: 4, to: 4 }]);
}

#[test]
fn several_faults_are_told_apart() {
    let (mut records, head) = chain();
    records[1].action = "delete".to_owned();
    records.remove(6);
    records.remove(3);
    assert_eq!(
        check(&records, &head),
        [
            Fault::Changed { position: 2, id: id(2) },
            Fault::Lost { from: 4, to: 4 },
            Fault::Lost { from: 7, to: 7 },
        ]
    );
}

#[test]
fn ends_that_somebody_else_wrote_are_a_fault() {
    let (mut records, head) = chain();
    records.truncate(7);
    let last_hash = records[6].link.as_ref().unwrap().hash.clone();
    let head = Head { last_position: 7, last_hash, sound: false, ..head };
    assert_eq!(check(&records, &head), [Fault::Ends]);
}

#[test]
fn what_was_let_go_meanwhile_is_not_lost() {
    let mut checker = Checker::new(1);
    checker.faults = vec![Fault::Lost { from: 1, to: 5 }, Fault::Lost { from: 8, to: 9 }];
    checker.forget_before(4);
    assert_eq!(checker.faults, [Fault::Lost { from: 4, to: 5 }, Fault::Lost { from: 8, to: 9 }]);
    checker.forget_before(8);
    assert_eq!(checker.faults, [Fault::Lost { from: 8, to: 9 }]);
}
