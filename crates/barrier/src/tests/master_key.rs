//! The master key and its file.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

#[test]
fn a_key_survives_being_written_and_read() {
    let key = MasterKey::generate();
    let text = key.to_base64().into_exposed();
    for text in [text.clone(), format!(" {text}\n"), text.trim_end_matches('=').to_owned()] {
        assert_eq!(MasterKey::from_base64(&text).unwrap().0.expose(), key.0.expose());
    }
    assert_eq!(format!("{key:?}"), "MasterKey([secret])");
}

#[test]
fn what_is_no_key_is_refused_with_the_way_out() {
    for text in ["", "secret", "AAAA", &"A".repeat(86), "näh"] {
        let error = MasterKey::from_base64(text).unwrap_err();
        assert!(error.to_string().contains("openssl rand -base64 32"), "{error}");
    }
}

#[test]
fn the_file_is_made_once_and_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    let made = MasterKey::read_or_create_file(&path).unwrap();
    let read = MasterKey::read_or_create_file(&path).unwrap();
    assert_eq!(made.0.expose(), read.0.expose());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
}

#[test]
fn starts_at_the_same_time_end_with_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = &folder.path().join("master.key");
    let keys: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(move || MasterKey::read_or_create_file(path).unwrap()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(keys.iter().all(|key| key.0.expose() == keys[0].0.expose()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_without_a_key_is_left_alone_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    fs::write(&path, "not a key").unwrap();
    let error = MasterKey::read_or_create_file(&path).unwrap_err();
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "not a key");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = MasterKey::read_or_create_file(Path::new("/nowhere/master.key")).unwrap_err();
    assert!(error.to_string().contains("can't create the master key file /nowhere"), "{error}");
}
