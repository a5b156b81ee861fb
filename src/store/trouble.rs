//! What errors say of the store.

use crate::health::Trouble;

use super::error::StoreError;

/// What an error says of the store; nothing where it is about the request alone.
pub(super) fn of(error: &StoreError) -> Option<Trouble> {
    use sqlx::migrate::MigrateError;
    match error {
        StoreError::Late(_) => Some(Trouble::Late),
        StoreError::Damaged(_) => Some(Trouble::Damaged),
        StoreError::Database(error) => of_database(error),
        StoreError::Schema(
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _),
        ) => of_database(error),
        StoreError::File(error) => Some(of_file(error)),
        _ => None,
    }
}

fn of_file(error: &std::io::Error) -> Trouble {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Trouble::Full,
        _ => Trouble::Away,
    }
}

fn of_database(error: &sqlx::Error) -> Option<Trouble> {
    match error {
        sqlx::Error::PoolTimedOut => Some(Trouble::Late),
        sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => {
            Some(Trouble::Away)
        }
        sqlx::Error::Database(error) => error.code().and_then(|code| of_code(&code)),
        _ => None,
    }
}

/// PostgreSQL's codes have five characters, SQLite's are numbers of which the lowest eight bits tell the kind.
fn of_code(code: &str) -> Option<Trouble> {
    match code.parse::<u32>() {
        Ok(number) if code.len() != 5 => match number & 0xff {
            5 | 6 | 15 => Some(Trouble::Locked),
            8 | 10 | 14 => Some(Trouble::Away),
            11 | 26 => Some(Trouble::Damaged),
            13 => Some(Trouble::Full),
            _ => None,
        },
        _ => match code.get(..2)? {
            "53" if code == "53100" => Some(Trouble::Full),
            "55" => Some(Trouble::Locked),
            "57" if code == "57014" => Some(Trouble::Late),
            "XX" if code != "XX000" => Some(Trouble::Damaged),
            "08" | "53" | "57" | "58" => Some(Trouble::Away),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_are_told_apart() {
        for (code, trouble) in [
            ("5", Some(Trouble::Locked)),
            ("517", Some(Trouble::Locked)),
            ("10", Some(Trouble::Away)),
            ("4874", Some(Trouble::Away)),
            ("11", Some(Trouble::Damaged)),
            ("26", Some(Trouble::Damaged)),
            ("13", Some(Trouble::Full)),
            ("19", None),
            ("53100", Some(Trouble::Full)),
            ("53300", Some(Trouble::Away)),
            ("55P03", Some(Trouble::Locked)),
            ("57014", Some(Trouble::Late)),
            ("57P01", Some(Trouble::Away)),
            ("XX001", Some(Trouble::Damaged)),
            ("23505", None),
            ("", None),
        ] {
            assert_eq!(of_code(code), trouble, "{code}");
        }
    }

    #[test]
    fn a_full_disk_is_one_also_where_a_file_cannot_be_made() {
        let full = StoreError::File(std::io::ErrorKind::StorageFull.into());
        assert_eq!(of(&full), Some(Trouble::Full));
        assert_eq!(of(&StoreError::Url), None);
    }
}
