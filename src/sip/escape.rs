//! Escapes in URIs (RFC 3261 section 19.1.2).

/// Resolves %-escapes; what is none stays as it is, and what is no text then becomes U+FFFD.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |b: u8| {
            char::from(b)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        };
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                let digit = |b| hex(b).unwrap_or_default();
                bytes.push(digit(*high) << 4 | digit(*low));
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved_and_the_rest_is_left() {
        for (escaped, plain) in [
            ("%2A71%23", "*71#"),
            ("%2a71", "*71"),
            ("%C3%A9", "é"),
            ("100%", "100%"),
            ("%4", "%4"),
            ("%zz%41", "%zzA"),
            ("é%", "é%"),
        ] {
            assert_eq!(decoded(escaped), plain, "{escaped}");
        }
    }
}
