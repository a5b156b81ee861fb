use jiff::tz::TimeZone;

use crate::store::Course;

/// By what calls are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The region.
    Region,
    /// The provider to whose share they count.
    Provider,
    /// The day of arrival in London.
    Day,
    /// The hour of arrival in London, of whichever day.
    Hour,
}

impl By {
    /// All of them.
    pub const ALL: [By; 4] = [By::Region, By::Provider, By::Day, By::Hour];

    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            By::Region => "region",
            By::Provider => "provider",
            By::Day => "day",
            By::Hour => "hour",
        }
    }

    /// To which of its groups a call belongs; the empty one where that is not known.
    pub(super) fn group(self, course: &Course, london: &TimeZone) -> String {
        let local = || london.to_datetime(course.arrived_at);
        match self {
            By::Region => course.region.as_deref().unwrap_or_default().to_owned(),
            By::Provider => course.provider.as_deref().unwrap_or_default().to_owned(),
            By::Day => local().date().to_string(),
            By::Hour => format!("{:02}", local().hour()),
        }
    }
}

impl std::str::FromStr for By {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = By::ALL.into_iter().find(|by| by.word() == text);
        found.ok_or_else(|| format!("`{text}` is none of region, provider, day, hour"))
    }
}
