use serde::Serialize;

/// A part of London's week. Bank holidays are the day of the week that they fall on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartOfWeek {
    /// Monday to Friday, 08:00 to 18:00.
    WeekdayDay,
    /// Monday to Friday, 18:00 to 22:00.
    WeekdayEvening,
    /// Monday to Friday, before 08:00 and from 22:00.
    WeekdayNight,
    /// Saturday, 08:00 to 18:00.
    SaturdayDay,
    /// Saturday, 18:00 to 22:00.
    SaturdayEvening,
    /// Saturday, before 08:00 and from 22:00.
    SaturdayNight,
    /// Sunday, 08:00 to 18:00.
    SundayDay,
    /// Sunday, 18:00 to 22:00.
    SundayEvening,
    /// Sunday, before 08:00 and from 22:00.
    SundayNight,
}

impl PartOfWeek {
    /// All of them, in their order.
    pub const ALL: [PartOfWeek; 9] = [
        PartOfWeek::WeekdayDay,
        PartOfWeek::WeekdayEvening,
        PartOfWeek::WeekdayNight,
        PartOfWeek::SaturdayDay,
        PartOfWeek::SaturdayEvening,
        PartOfWeek::SaturdayNight,
        PartOfWeek::SundayDay,
        PartOfWeek::SundayEvening,
        PartOfWeek::SundayNight,
    ];

    /// The part of an hour of the week, counted from Monday 00:00. Hours from 168 on are Sunday's.
    pub fn of_hour(hour: u8) -> Self {
        use PartOfWeek as P;
        let [day, evening, night] = match hour / 24 {
            0..=4 => [P::WeekdayDay, P::WeekdayEvening, P::WeekdayNight],
            5 => [P::SaturdayDay, P::SaturdayEvening, P::SaturdayNight],
            _ => [P::SundayDay, P::SundayEvening, P::SundayNight],
        };
        match hour % 24 {
            8..18 => day,
            18..22 => evening,
            _ => night,
        }
    }

    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            PartOfWeek::WeekdayDay => "weekday-day",
            PartOfWeek::WeekdayEvening => "weekday-evening",
            PartOfWeek::WeekdayNight => "weekday-night",
            PartOfWeek::SaturdayDay => "saturday-day",
            PartOfWeek::SaturdayEvening => "saturday-evening",
            PartOfWeek::SaturdayNight => "saturday-night",
            PartOfWeek::SundayDay => "sunday-day",
            PartOfWeek::SundayEvening => "sunday-evening",
            PartOfWeek::SundayNight => "sunday-night",
        }
    }

    /// What it is, in words.
    pub fn words(self) -> &'static str {
        match self {
            PartOfWeek::WeekdayDay => "weekdays, 08:00 to 18:00",
            PartOfWeek::WeekdayEvening => "weekdays, 18:00 to 22:00",
            PartOfWeek::WeekdayNight => "weekdays, 22:00 to 08:00",
            PartOfWeek::SaturdayDay => "Saturday, 08:00 to 18:00",
            PartOfWeek::SaturdayEvening => "Saturday, 18:00 to 22:00",
            PartOfWeek::SaturdayNight => "Saturday, 22:00 to 08:00",
            PartOfWeek::SundayDay => "Sunday, 08:00 to 18:00",
            PartOfWeek::SundayEvening => "Sunday, 18:00 to 22:00",
            PartOfWeek::SundayNight => "Sunday, 22:00 to 08:00",
        }
    }
}
