//! Times on the command line.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

const ZONE: &str = "Europe/London";

/// Reads London time, or an instant with its offset (RFC 3339). A London time that a change of the clocks
/// leaves out, or that comes twice, is refused, and the instants are named that may be meant.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let wrong = |error: jiff::Error| format!("{error}; write 2026-12-25T02:00");
    let civil: DateTime = text.parse().map_err(wrong)?;
    let zone = TimeZone::get(ZONE).map_err(wrong)?;
    let local = zone.to_ambiguous_timestamp(civil);
    let (what, one, other) = match local.offset() {
        AmbiguousOffset::Unambiguous { .. } => return local.unambiguous().map_err(wrong),
        AmbiguousOffset::Gap { before, after } => ("left out", after, before),
        AmbiguousOffset::Fold { before, after } => ("there twice", before, after),
    };
    let meant = |offset: jiff::tz::Offset| -> Result<String, String> {
        let instant = offset.to_timestamp(civil).map_err(wrong)?;
        let offset = zone.to_offset(instant);
        Ok(instant.display_with_offset(offset).to_string())
    };
    Err(format!(
        "the clocks change, and {text} is {what}; write {} or {}",
        meant(one)?,
        meant(other)?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn london_time_and_instants_are_read() {
        for (text, utc) in [
            ("2026-12-25T02:00", "2026-12-25T02:00:00Z"),
            ("2026-07-01T02:00", "2026-07-01T01:00:00Z"),
            ("2026-07-01T02:00:30+02:00", "2026-07-01T00:00:30Z"),
            ("2026-10-25T01:30+01:00", "2026-10-25T00:30:00Z"),
        ] {
            assert_eq!(instant(text).unwrap().to_string(), utc, "{text}");
        }
        for wrong in ["", "now", "25:00", "2026-13-01T00:00"] {
            assert!(instant(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_a_change_of_the_clocks_makes_unclear_is_refused_with_what_may_be_meant() {
        let twice = instant("2026-10-25T01:30").unwrap_err();
        let or = "2026-10-25T01:30:00+01:00 or 2026-10-25T01:30:00+00:00";
        assert!(twice.contains(or), "{twice}");
        let left_out = instant("2026-03-29T01:30").unwrap_err();
        let or = "2026-03-29T00:30:00+00:00 or 2026-03-29T02:30:00+01:00";
        assert!(left_out.contains(or), "{left_out}");
        for named in ["2026-10-25T01:30:00+01:00", "2026-03-29T02:30:00+01:00"] {
            assert!(instant(named).is_ok(), "{named}");
        }
    }
}
