use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::store::{AssessmentCourse, Course};

/// By what calls, and people, are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The region.
    Region,
    /// The provider to whose share the call counts.
    Provider,
    /// The month of arrival in London.
    Month,
    /// The day of arrival in London.
    Day,
    /// The hour of arrival in London, of whichever day.
    Hour,
}

/// What is known of a call, or of an assessment, by which it is told apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Traits<'a> {
    /// The region; none where it is not known.
    pub(super) region: Option<&'a str>,
    /// The provider.
    pub(super) provider: Option<&'a str>,
    /// When it counts.
    pub(super) at: Timestamp,
}

impl<'a> From<&'a Course> for Traits<'a> {
    fn from(course: &'a Course) -> Self {
        Traits {
            region: course.region.as_deref(),
            provider: course.provider.as_deref(),
            at: course.arrived_at,
        }
    }
}

impl<'a> From<&'a AssessmentCourse> for Traits<'a> {
    fn from(course: &'a AssessmentCourse) -> Self {
        Traits {
            region: course.region.as_deref(),
            provider: course.provider.as_deref(),
            at: course.opened_at,
        }
    }
}

impl By {
    /// All of them.
    pub const ALL: [By; 5] = [By::Region, By::Provider, By::Month, By::Day, By::Hour];

    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            By::Region => "region",
            By::Provider => "provider",
            By::Month => "month",
            By::Day => "day",
            By::Hour => "hour",
        }
    }

    /// To which of its groups something belongs; the empty one where that is not known.
    pub(super) fn group(self, of: Traits<'_>, london: &TimeZone) -> String {
        let local = || london.to_datetime(of.at);
        match self {
            By::Region => of.region.unwrap_or_default().to_owned(),
            By::Provider => of.provider.unwrap_or_default().to_owned(),
            By::Month => local().strftime("%Y-%m").to_string(),
            By::Day => local().date().to_string(),
            By::Hour => format!("{:02}", local().hour()),
        }
    }
}

impl std::str::FromStr for By {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = By::ALL.into_iter().find(|by| by.word() == text);
        found.ok_or_else(|| format!("`{text}` is none of region, provider, month, day, hour"))
    }
}
