use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::clinical::{AgeGroup, Gender};
use crate::routing::{Hours, RegionId};

use super::capacity::Colour;
use super::service::{Service, Status, Takes};

pub(super) type Text = Spanned<String>;
pub(super) type List = Spanned<Vec<Text>>;

/// What stands for all codes in a list.
pub(super) const ALL: &str = "*";

/// A service as it is written, nothing of it checked: `[[service]]`, or a line of a CSV table.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Row {
    pub(super) id: Text,
    pub(super) name: Text,
    #[serde(rename = "type")]
    pub(super) kind: Text,
    pub(super) region: Text,
    pub(super) provider: Text,
    pub(super) ods: Text,
    pub(super) phone: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) trunk: Option<Text>,
    pub(super) postcode: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) latitude: Option<Spanned<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) longitude: Option<Spanned<f64>>,
    pub(super) symptom_groups: List,
    #[serde(default = "nothing")]
    pub(super) discriminators: List,
    pub(super) dispositions: List,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ages: Option<List>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gender: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) surgeries: Option<List>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) capacity: Option<Text>,
    pub(super) ranking: Spanned<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<Text>,
    pub(super) verify_by: Text,
    pub(super) hours: Spanned<Hours>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) catchment: Option<CatchmentRow>,
    pub(super) referral: ReferralRow,
}

/// `[service.catchment]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CatchmentRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) regions: Option<List>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outward: Option<List>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) km: Option<Spanned<i64>>,
}

/// `[service.referral]`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ReferralRow {
    pub(super) method: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<Text>,
}

fn nothing() -> List {
    nowhere(Vec::new())
}

/// A value that stands nowhere yet.
fn nowhere<T>(value: T) -> Spanned<T> {
    Spanned::new(0..0, value)
}

fn text(value: impl ToString) -> Text {
    nowhere(value.to_string())
}

fn list<T: ToString>(values: impl IntoIterator<Item = T>) -> List {
    nowhere(values.into_iter().map(text).collect())
}

fn takes<C: std::fmt::Display>(codes: &Takes<C>) -> List {
    match codes {
        Takes::All => list([ALL]),
        Takes::Only(codes) => list(codes),
    }
}

impl From<&Service> for Row {
    fn from(service: &Service) -> Row {
        let position = service.position;
        let all_ages = service.ages.len() == AgeGroup::ALL.len();
        let catchment = &service.catchment;
        let some = |values: List| (!values.get_ref().is_empty()).then_some(values);
        let catchment = CatchmentRow {
            regions: some(list(catchment.regions.iter().map(RegionId::as_str))),
            outward: some(list(&catchment.outward)),
            km: catchment.km.map(i64::from).map(nowhere),
        };
        let is_limited =
            catchment.regions.is_some() || catchment.outward.is_some() || catchment.km.is_some();
        Row {
            id: text(&service.id),
            name: text(&service.name),
            kind: text(&service.kind),
            region: text(&service.region),
            provider: text(&service.provider),
            ods: text(&service.ods),
            phone: text(service.phone.e164()),
            trunk: service.trunk.as_ref().map(text),
            postcode: text(&service.postcode),
            latitude: position.map(|position| nowhere(position.latitude)),
            longitude: position.map(|position| nowhere(position.longitude)),
            symptom_groups: takes(&service.symptom_groups),
            discriminators: takes(&service.discriminators),
            dispositions: takes(&service.dispositions),
            ages: (!all_ages).then(|| list(service.ages.iter().map(|age| age.word()))),
            gender: service.gender.map(Gender::word).map(text),
            surgeries: service.surgeries.as_ref().map(list),
            capacity: Some(service.capacity)
                .filter(|colour| *colour != Colour::Green)
                .map(|colour| text(colour.word())),
            ranking: nowhere(i64::from(service.ranking)),
            status: Some(service.status)
                .filter(|status| *status != Status::Active)
                .map(|status| text(status.word())),
            verify_by: text(service.verify_by),
            hours: nowhere(service.hours.clone()),
            catchment: is_limited.then_some(catchment),
            referral: ReferralRow {
                method: text(service.referral.method.word()),
                text: Some(&service.referral.text)
                    .filter(|words| !words.is_empty())
                    .map(text),
            },
        }
    }
}
