use crate::report::Measured;
use crate::report::page::Page;
use crate::report::words::subtitle;

use super::about::About;
use super::rules;
use super::{announced, callbacks, groups, times, whole};

/// A report as a page.
pub fn page(measured: &Measured, about: &About) -> Page {
    let subtitle = subtitle(
        (measured.from, measured.to),
        "Items of the IUC ADC, from the times that were written down of each call",
        about.suppressed,
        about.as_of,
    );
    let parts = [
        Some(whole::targets(measured, about)),
        Some(whole::fates(measured)),
        groups::groups(measured, about, "region"),
        groups::groups(measured, about, "provider"),
        times::months(measured, about),
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
