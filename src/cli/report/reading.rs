//! Reading the store piece by piece, however long the period is.

use jiff::Timestamp;

use crate::store::{Course, PastCall, PromiseCourse, SharedStore, StoreError};

/// So many rows are read at once.
const AT_ONCE: u32 = 5_000;

/// Every call of a period, in the order of arrival.
pub(super) async fn courses(
    store: &SharedStore,
    period: (Timestamp, Timestamp),
    take: impl FnMut(Course),
) -> Result<(), StoreError> {
    courses_while(store, (period, AT_ONCE), || true, take).await?;
    Ok(())
}

/// The same, so many at once, for as long as it is to go on; gives whether these are all.
pub(in crate::cli) async fn courses_while(
    store: &SharedStore,
    (period, at_once): ((Timestamp, Timestamp), u32),
    goes_on: impl Fn() -> bool,
    mut take: impl FnMut(Course),
) -> Result<bool, StoreError> {
    let mut after = None;
    while goes_on() {
        let rows = store.courses(period, after, at_once).await?;
        let Some(last) = rows.last() else {
            return Ok(true);
        };
        after = Some((last.arrived_at, last.reference));
        rows.into_iter().for_each(&mut take);
    }
    Ok(false)
}

/// Every callback that was promised in a period.
pub(super) async fn promises(
    store: &SharedStore,
    period: (Timestamp, Timestamp),
    mut take: impl FnMut(PromiseCourse),
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let rows = store.promise_courses(period, after, AT_ONCE).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = Some((last.booked_at, last.reference));
        rows.into_iter().for_each(&mut take);
    }
}

/// Every call of a period that is over, with all that decides where it would go by other tables.
pub(in crate::cli) async fn past_calls(
    store: &SharedStore,
    period: (Timestamp, Timestamp),
    mut take: impl FnMut(PastCall),
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let rows = store.past_calls(period, after, AT_ONCE).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = Some((last.arrived_at, last.reference));
        rows.into_iter().for_each(&mut take);
    }
}
