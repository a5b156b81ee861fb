use crate::report::Measured;
use crate::report::page::Page;

use super::about::About;
use super::rules;
use super::{announced, callbacks, groups, times, whole, words};

/// A report as a page.
pub fn page(measured: &Measured, about: &About) -> Page {
    let mut subtitle = vec![
        format!("{}, London time", words::period(measured.from, measured.to)),
        "Items of the IUC ADC, from the times that were written down of each call".to_owned(),
    ];
    if let Some(least) = about.suppressed.filter(|least| *least > 1) {
        subtitle.push(format!(
            "Counts from 1 to {} are held back, and what would tell them",
            least - 1
        ));
    }
    if let Some(at) = about.as_of {
        subtitle.push(format!("Made on {}", words::moment(at)));
    }
    let parts = [
        Some(whole::targets(measured, about)),
        Some(whole::fates(measured)),
        groups::groups(measured, about, "region"),
        groups::groups(measured, about, "provider"),
        times::days(measured, about),
        times::hours(measured, about),
        announced::announced(measured),
        callbacks::callbacks(measured, about),
        Some(whole::items(measured)),
    ];
    let mut parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.extend(groups::together(measured, about));
    parts.push(rules::rules(about));
    Page {
        title: "Calls to 111".to_owned(),
        subtitle,
        parts,
    }
}
