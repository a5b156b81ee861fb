use super::key::Key;

/// The key in the body of a SIP INFO request: `application/dtmf-relay` with a line `Signal=5`, or
/// `application/dtmf` with the key alone. Keys are written by their character or by their event code
/// (10 is *, 11 is #). None for anything else, such as a hook flash.
pub fn key_of_info(content_type: &str, body: &str) -> Option<Key> {
    let written = match content_type {
        "application/dtmf-relay" => body.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case("signal").then_some(value)
        })?,
        "application/dtmf" => body,
        _ => return None,
    };
    let written = written.trim();
    let mut characters = written.chars();
    match (characters.next(), characters.next()) {
        (Some(one), None) => Key::from_char(one),
        _ => written.parse().ok().and_then(Key::from_code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content_type: &str, body: &str) -> Option<char> {
        key_of_info(content_type, body).map(Key::as_char)
    }

    #[test]
    fn both_body_types_carry_keys() {
        let relay = "application/dtmf-relay";
        assert_eq!(read(relay, "Signal=5\r\nDuration=160\r\n"), Some('5'));
        assert_eq!(read(relay, "signal = *\nDuration = 250"), Some('*'));
        assert_eq!(read(relay, "Duration=160\r\nSignal=11\r\n"), Some('#'));
        assert_eq!(read("application/dtmf", " 9 \r\n"), Some('9'));
        assert_eq!(read("application/dtmf", "10"), Some('*'));
    }

    #[test]
    fn what_is_no_key_is_none() {
        for body in [
            "",
            "Signal=",
            "Signal=!",
            "Signal=16",
            "Signal=99999999999",
            "5",
        ] {
            assert_eq!(read("application/dtmf-relay", body), None, "{body:?}");
        }
        assert_eq!(read("text/plain", "5"), None);
    }
}
