use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::sign_off::{Act, Files, Object, Person, Role, Signed, SigningKey};

use super::files::{self, Temporary};
use super::folder::Folder;
use super::key_file;

fn person(folder: &Path) -> (SigningKey, Vec<Person>) {
    let key = key_file::make(&folder.join("a.key")).unwrap();
    let person = Person {
        name: "A".to_owned(),
        organisation: String::new(),
        role: Role::Commissioner,
        key: key.public(),
    };
    (key, vec![person])
}

fn adds(folder: &Folder, people: &[Person], key: &SigningKey) -> io::Result<Signed> {
    folder.add(people, |history, _| {
        let why = "a test".to_owned();
        let act = Act::Withdrawn { proposal: 1, why };
        let entry = history.next(super::signing_time(), "A", act);
        entry.sign(key).map_err(io::Error::other)
    })
}

#[test]
fn a_key_is_read_by_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.key");
    let key = key_file::make(&file).unwrap();
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(key_file::read(&file).unwrap().public(), key.public());
    // One that is there is never written over.
    assert_eq!(
        key_file::make(&file).unwrap_err().kind(),
        io::ErrorKind::AlreadyExists
    );
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let error = key_file::read(&file).unwrap_err().to_string();
        assert!(error.contains("others may read this key"), "{error}");
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&file, "no key").unwrap();
    let error = key_file::read(&file).unwrap_err().to_string();
    assert!(error.contains("no private key of Ed25519"), "{error}");
}

#[test]
fn a_set_has_files_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    let folder = |name: &str| root.path().join(name);
    let refuses = |name: &str, why: &str| {
        let error = files::read(&folder(name)).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    for name in ["plain", "link", "hidden", "linked-folder", "deep"] {
        fs::create_dir_all(folder(name).join("regions")).unwrap();
        fs::write(folder(name).join("regions/kent.toml"), "a = 1").unwrap();
    }
    let read = files::read(&folder("plain")).unwrap();
    assert_eq!(read.keys().collect::<Vec<_>>(), ["regions/kent.toml"]);
    symlink("/etc/hostname", folder("link").join("areas.csv")).unwrap();
    refuses("link", "it is a link");
    symlink("/etc", folder("linked-folder").join("more")).unwrap();
    refuses("linked-folder", "it is a link");
    fs::write(folder("hidden").join(".areas.csv.swp"), "").unwrap();
    refuses("hidden", "is no path of a set");
    fs::create_dir_all(folder("deep").join("a/b/c/d/e/f/g/h/i/j")).unwrap();
    refuses("deep", "folders are no deeper");
    refuses("nowhere", "No such file");
    let large = fs::File::create(folder("plain").join("large.csv")).unwrap();
    large.set_len((32 << 20) + 1).unwrap();
    refuses("plain", "it has more than");
}

#[test]
fn a_temporary_folder_is_gone_afterwards_and_nobody_else_looks_into_it() {
    let files = Files::from([("regions/kent.toml".to_owned(), b"a = 1".as_slice().into())]);
    let temporary = Temporary::with(&files).unwrap();
    let path = temporary.path().to_owned();
    assert_eq!(files::read(&path).unwrap(), files);
    for folder in [path.clone(), path.join("regions")] {
        let mode = fs::metadata(folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    drop(temporary);
    assert!(!path.exists());
}

#[test]
fn what_is_kept_is_known_by_its_hash() {
    let root = tempfile::tempdir().unwrap();
    let folder = Folder::new(root.path().join("sign-off"));
    let files = Files::from([("areas.csv".to_owned(), b"one".as_slice().into())]);
    let set = files::set_of(&files).unwrap();
    let hash = set.file("areas.csv").unwrap();
    assert_eq!(folder.kept(&hash), Object::Missing);
    assert!(folder.files(&set).is_err());
    folder.keep(&files).unwrap();
    folder.keep(&files).unwrap();
    assert_eq!(folder.files(&set).unwrap(), files);
    let object = root.path().join("sign-off/objects").join(hash.to_string());
    fs::write(&object, "onE").unwrap();
    assert_eq!(folder.kept(&hash), Object::Altered);
    let error = folder.files(&set).unwrap_err().to_string();
    assert!(error.contains("areas.csv was altered"), "{error}");
    // A copy of what is served stands in.
    let served = root.path().join("served");
    files::write(&served.join("set"), &files).unwrap();
    let folder = folder.with_spare(&served);
    assert_eq!(
        (folder.kept(&hash), folder.object(&hash)),
        (Object::Altered, Object::Sound)
    );
    assert_eq!(folder.files(&set).unwrap(), files);
    // Proposing the same again mends it.
    folder.keep(&files).unwrap();
    assert_eq!(folder.kept(&hash), Object::Sound);
}

#[test]
fn what_was_torn_off_makes_room_for_the_next_entry() {
    let root = tempfile::tempdir().unwrap();
    let (key, people) = person(root.path());
    let folder = Folder::new(root.path().join("sign-off"));
    adds(&folder, &people, &key).unwrap();
    let whole = fs::read(folder.history_file()).unwrap();
    fs::write(
        folder.history_file(),
        [whole.as_slice(), b"{\"entry\":{"].concat(),
    )
    .unwrap();
    assert_eq!(folder.history(&people).unwrap().torn(), 10);
    let added = adds(&folder, &people, &key).unwrap();
    assert_eq!(added.entry.sequence, 2);
    let history = folder.history(&people).unwrap();
    assert_eq!(
        (history.entries().len(), history.torn(), history.broken()),
        (2, 0, None)
    );
}

#[test]
fn nothing_is_added_to_a_broken_chain() {
    let root = tempfile::tempdir().unwrap();
    let (key, people) = person(root.path());
    let folder = Folder::new(root.path().join("sign-off"));
    adds(&folder, &people, &key).unwrap();
    let altered = fs::read_to_string(folder.history_file()).unwrap();
    fs::write(
        folder.history_file(),
        altered.replace("\"sequence\":1", "\"sequence\":2"),
    )
    .unwrap();
    let error = adds(&folder, &people, &key).unwrap_err().to_string();
    assert!(
        error.contains("the chain is broken at entry 1") && error.contains("nothing is added"),
        "{error}"
    );
}

#[test]
fn many_who_write_at_once_write_one_after_another() {
    let root = tempfile::tempdir().unwrap();
    let (key, people) = person(root.path());
    let path = root.path().join("sign-off");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let folder = Folder::new(path.clone());
                for _ in 0..5 {
                    adds(&folder, &people, &key).unwrap();
                }
            });
        }
    });
    let history = Folder::new(path).history(&people).unwrap();
    assert_eq!((history.entries().len(), history.broken()), (20, None));
    assert!(history.entries().iter().all(|judged| judged.signed.is_ok()));
}
