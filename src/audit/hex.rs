//! Bytes as hexadecimal digits.

/// Bytes as hexadecimal digits, small ones.
pub fn encode(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
    bytes.iter().flat_map(digits).collect()
}

/// As many bytes as asked for, from small hexadecimal digits; nothing where it is anything else.
pub fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() != 2 * N || !text.bytes().all(is_digit) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_small_digits_of_the_right_number_are_read() {
        assert_eq!(encode(&[0x00, 0x0f, 0xa5, 0xff]), "000fa5ff");
        assert_eq!(decode("000fa5ff"), Some([0x00, 0x0f, 0xa5, 0xff]));
        assert_eq!(decode(""), Some([]));
        for wrong in [
            "000fa5f",
            "000fa5ff0",
            "000fa5ff00",
            "000FA5FF",
            "000fa5fg",
            "+00fa5ff",
            "000fa5é",
        ] {
            assert_eq!(decode::<4>(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes: [u8; 32]) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }

        #[test]
        fn what_is_read_is_written(text in "[0-9a-fA-F+]{0,10}|\\PC{0,8}") {
            if let Some(bytes) = decode::<4>(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }
}
