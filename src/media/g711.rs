//! G.711: A-law and mu-law, 8 bits for 16 (ITU-T G.711). Tables are built at compile time.

/// The sample that an A-law byte stands for.
pub const fn decode_alaw(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let mantissa = ((byte & 0x0f) as i16) << 4;
    let segment = (byte >> 4) & 7;
    let magnitude = if segment == 0 {
        mantissa + 8
    } else {
        (mantissa + 0x108) << (segment - 1)
    };
    if byte & 0x80 != 0 {
        magnitude
    } else {
        -magnitude
    }
}

/// The sample that a mu-law byte stands for.
pub const fn decode_ulaw(byte: u8) -> i16 {
    let byte = !byte;
    let mantissa = ((byte & 0x0f) as i16) << 3;
    let magnitude = ((mantissa + 0x84) << ((byte >> 4) & 7)) - 0x84;
    if byte & 0x80 != 0 {
        -magnitude
    } else {
        magnitude
    }
}

const fn compress_alaw(sample: i16) -> u8 {
    let (sign, magnitude) = if sample >= 0 {
        (0x80, sample as u16)
    } else {
        (0, !(sample as u16))
    };
    // Segments 0 and 1 have the same step; from there on each doubles it.
    let mut segment = 0;
    while segment < 7 && magnitude >> (segment + 8) != 0 {
        segment += 1;
    }
    let shift = if segment == 0 { 4 } else { segment + 3 };
    let mantissa = (magnitude >> shift) as u8 & 0x0f;
    (sign | (segment as u8) << 4 | mantissa) ^ 0x55
}

const fn compress_ulaw(sample: i16) -> u8 {
    let (sign, magnitude) = if sample < 0 {
        (0x80, -(sample as i32))
    } else {
        (0, sample as i32)
    };
    let magnitude = (if magnitude > 32_635 {
        32_635
    } else {
        magnitude
    }) + 0x84;
    let mut segment = 0;
    while segment < 7 && magnitude >> (segment + 8) != 0 {
        segment += 1;
    }
    let mantissa = ((magnitude >> (segment + 3)) & 0x0f) as u8;
    !(sign | (segment as u8) << 4 | mantissa)
}

const fn table(alaw: bool) -> [u8; 8_192] {
    let mut table = [0; 8_192];
    let mut n = 0;
    while n < table.len() {
        let sample = ((n as u16) << 3) as i16;
        table[n] = if alaw {
            compress_alaw(sample)
        } else {
            compress_ulaw(sample)
        };
        n += 1;
    }
    table
}

const fn translation(to_ulaw: bool) -> [u8; 256] {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let byte = n as u8;
        table[n] = if to_ulaw {
            compress_ulaw(decode_alaw(byte))
        } else {
            compress_alaw(decode_ulaw(byte))
        };
        n += 1;
    }
    table
}

static ALAW: [u8; 8_192] = table(true);
static ULAW: [u8; 8_192] = table(false);
static TO_ULAW: [u8; 256] = translation(true);
static TO_ALAW: [u8; 256] = translation(false);

/// The A-law byte of a sample.
pub fn encode_alaw(sample: i16) -> u8 {
    ALAW[usize::from(sample as u16 >> 3)]
}

/// The mu-law byte of a sample.
pub fn encode_ulaw(sample: i16) -> u8 {
    ULAW[usize::from(sample as u16 >> 3)]
}

/// The mu-law byte nearest to an A-law byte.
pub fn alaw_to_ulaw(byte: u8) -> u8 {
    TO_ULAW[usize::from(byte)]
}

/// The A-law byte nearest to a mu-law byte.
pub fn ulaw_to_alaw(byte: u8) -> u8 {
    TO_ALAW[usize::from(byte)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        for byte in 0..=255u8 {
            assert_eq!(encode_alaw(decode_alaw(byte)), byte, "A-law {byte:#x}");
            // Mu-law has two zeros; the negative one comes back as the positive.
            let wanted = if byte == 0x7f { 0xff } else { byte };
            assert_eq!(encode_ulaw(decode_ulaw(byte)), wanted, "mu-law {byte:#x}");
        }
    }

    #[test]
    fn the_ends_of_the_scale_are_those_of_the_recommendation() {
        assert_eq!((decode_alaw(0xaa), decode_alaw(0x2a)), (32_256, -32_256));
        assert_eq!((decode_alaw(0xd5), decode_alaw(0x55)), (8, -8));
        assert_eq!((decode_ulaw(0x80), decode_ulaw(0x00)), (32_124, -32_124));
        assert_eq!(decode_ulaw(0xff), 0);
    }

    #[test]
    fn the_error_stays_within_half_a_step() {
        for sample in i16::MIN..=i16::MAX {
            let size = i32::from(sample).abs();
            let step = (size / 16).max(16);
            let error = |decoded: i16| (i32::from(decoded) - i32::from(sample)).abs();
            let alaw = error(decode_alaw(encode_alaw(sample)));
            assert!(
                alaw <= step.max(520.min(step * 2)),
                "A-law {sample}: {alaw}"
            );
            let ulaw = error(decode_ulaw(encode_ulaw(sample)));
            assert!(
                ulaw <= (step + 16).max(650.min(step * 2)),
                "mu-law {sample}: {ulaw}"
            );
        }
    }
}
