use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::directory::{Double, Doubles, ServiceId, Shares};

use super::super::suppress::Suppressed;
use super::super::usage::{USED, Used};

/// Services that cover the same, and how much each was used.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Duplication {
    /// Used from this moment on.
    pub from: Timestamp,
    /// And before this one.
    pub to: Timestamp,
    /// They overlap in each respect by more than this share, 0 to 1.
    pub share: f64,
    /// The pairs, by type and then by their ids.
    pub pairs: Vec<Pair>,
    /// Whether there are more than are told.
    pub are_more: bool,
}

/// Two services that cover the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Pair {
    /// The type of both.
    pub kind: String,
    /// The two.
    pub services: [UsedService; 2],
    /// How far they overlap.
    pub shares: Shares,
}

/// A service, and how it was used.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct UsedService {
    /// The service.
    pub service: ServiceId,
    /// How it was used.
    pub used: Used,
}

impl Duplication {
    /// The report on pairs that overlap by more than a share, by how services were used in a period.
    pub fn of(
        doubles: Doubles,
        share: f64,
        period: (Timestamp, Timestamp),
        used: &BTreeMap<String, Used>,
    ) -> Self {
        let with_use = |service: ServiceId| {
            let used = used.get(service.as_str()).copied();
            UsedService {
                service,
                used: used.unwrap_or_default(),
            }
        };
        let pair = |double: Double| Pair {
            kind: double.kind,
            services: [double.first, double.second].map(with_use),
            shares: double.shares,
        };
        Duplication {
            from: period.0,
            to: period.1,
            share,
            pairs: doubles.pairs.into_iter().map(pair).collect(),
            are_more: doubles.are_more,
        }
    }

    /// The report without small numbers, and without what would tell them.
    pub fn hold_back(&mut self, least: Suppressed) {
        let services = self.pairs.iter_mut().flat_map(|pair| &mut pair.services);
        services.for_each(|service| least.alone(&USED, &mut service.used.0));
    }
}
