/// From here on a number is written by its power of ten.
const GREAT: f64 = 1e15;
/// No more decimals than these.
const FINE: usize = 9;
/// What stands where there is no figure.
pub(super) const NONE: &str = "–";

/// A number for a reader: thousands by commas, a true minus, never a minus before nothing; a dash for what is no
/// number. More than nine decimals count as nine.
pub fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    if value.abs() >= GREAT {
        return by_power(value);
    }
    let digits = format!("{:.*}", decimals.min(FINE), value.abs());
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = String::new();
    if value < 0.0 && digits.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        out.push('−');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push_str(rest);
    out
}

fn by_power(value: f64) -> String {
    let text = format!("{value:.3e}").replace('-', "−");
    match text.split_once('e') {
        Some((digits, power)) => {
            let digits = digits.trim_end_matches('0').trim_end_matches('.');
            format!("{digits} × 10^{power}")
        }
        None => text,
    }
}

/// A time of day from minutes since midnight: `06:00`, with seconds where there are any, and `+1 d` on the day
/// after. The end of the day is `24:00`.
pub fn clock(minutes: f64) -> String {
    if !minutes.is_finite() || minutes.abs() > 1e7 {
        return number(minutes, 0);
    }
    let seconds = (minutes * 60.0).round() as i64;
    let is_midnight = seconds == 86_400;
    let (day, within) = match is_midnight {
        true => (0, seconds),
        false => (seconds.div_euclid(86_400), seconds.rem_euclid(86_400)),
    };
    let mut out = format!("{:02}:{:02}", within / 3_600, within / 60 % 60);
    if within % 60 != 0 {
        out.push_str(&format!(":{:02}", within % 60));
    }
    match day {
        0 => {}
        day if day > 0 => out.push_str(&format!(" +{day}\u{a0}d")),
        day => out.push_str(&format!(" −{}\u{a0}d", -day)),
    }
    out
}

/// How the figures that belong together are written: all with as many decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// With so many decimals.
    Decimals(usize),
    /// By the power of ten: there is nothing to see otherwise.
    Power,
}

impl Notation {
    /// What tells the figures to a two-thousandth of the greatest.
    pub(super) fn of(values: &[f64]) -> Notation {
        let finite = || {
            values
                .iter()
                .copied()
                .filter(|v| v.is_finite() && v.abs() < GREAT)
        };
        let greatest = finite().fold(0.0_f64, |most, v| most.max(v.abs()));
        let is_told = |decimals: usize| {
            let unit = 10_f64.powi(decimals as i32);
            finite().all(|v| ((v * unit).round() / unit - v).abs() <= greatest * 5e-4)
        };
        match (0..=FINE).find(|decimals| is_told(*decimals)) {
            Some(decimals) => Notation::Decimals(decimals),
            None => Notation::Power,
        }
    }

    /// What tells steps of this size apart.
    pub(super) fn of_step(step: f64) -> Notation {
        let decimals = (-(step.log10() + 1e-9).floor()).max(0.0);
        if decimals <= FINE as f64 {
            Notation::Decimals(decimals as usize)
        } else {
            Notation::Power
        }
    }

    /// The number so written.
    pub(super) fn write(self, value: f64) -> String {
        match self {
            Notation::Decimals(decimals) => number(value, decimals),
            Notation::Power if value == 0.0 => "0".to_owned(),
            Notation::Power if value.is_finite() => by_power(value),
            Notation::Power => NONE.to_owned(),
        }
    }
}
