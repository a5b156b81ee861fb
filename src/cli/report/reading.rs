//! Reading the store piece by piece, however long the period is.

use jiff::Timestamp;

use crate::identity::Reference;
use crate::store::{
    AssessmentCourse, Course, PastCall, PromiseCourse, ReferralRow, SearchRow, SharedStore,
    StoreError,
};

/// So many rows are read at once.
const AT_ONCE: u32 = 5_000;

/// From when, and before when.
type Period = (Timestamp, Timestamp);
/// After which row the next piece begins.
type After = Option<(Timestamp, Reference)>;

/// Reads piece by piece until one is empty.
async fn pieces<R>(
    read: impl AsyncFn(After) -> Result<Vec<R>, StoreError>,
    place: impl Fn(&R) -> (Timestamp, Reference),
    mut take: impl FnMut(R),
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let rows = read(after).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = Some(place(last));
        rows.into_iter().for_each(&mut take);
    }
}

/// Every call of a period, in the order of arrival.
pub(super) async fn courses(
    store: &SharedStore,
    period: Period,
    take: impl FnMut(Course),
) -> Result<(), StoreError> {
    courses_while(store, (period, AT_ONCE), || true, take).await?;
    Ok(())
}

/// The same, so many at once, for as long as it is to go on; gives whether these are all.
pub(in crate::cli) async fn courses_while(
    store: &SharedStore,
    (period, at_once): (Period, u32),
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
    period: Period,
    take: impl FnMut(PromiseCourse),
) -> Result<(), StoreError> {
    let read = async |after| store.promise_courses(period, after, AT_ONCE).await;
    pieces(read, |row| (row.booked_at, row.reference), take).await
}

/// Every call of a period that is over, with all that decides where it would go by other tables.
pub(in crate::cli) async fn past_calls(
    store: &SharedStore,
    period: Period,
    take: impl FnMut(PastCall),
) -> Result<(), StoreError> {
    let read = async |after| store.past_calls(period, after, AT_ONCE).await;
    pieces(read, |row| (row.arrived_at, row.reference), take).await
}

/// Every assessment that was begun in a period.
pub(super) async fn assessments(
    store: &SharedStore,
    period: Period,
    take: impl FnMut(AssessmentCourse),
) -> Result<(), StoreError> {
    let read = async |after| store.assessment_courses(period, after, AT_ONCE).await;
    pieces(read, |row| (row.opened_at, row.id), take).await
}

/// Everybody who was sent to a service in a period.
pub(super) async fn referrals(
    store: &SharedStore,
    period: Period,
    take: impl FnMut(ReferralRow),
) -> Result<(), StoreError> {
    let read = async |after| store.referrals(period, after, AT_ONCE).await;
    pieces(read, |row| (row.at, row.id), take).await
}

/// Every search of a period that found nothing, or lost a service by one criterion alone.
pub(super) async fn missed_searches(
    store: &SharedStore,
    period: Period,
    take: impl FnMut(SearchRow),
) -> Result<(), StoreError> {
    let read = async |after| store.missed_searches(period, after, AT_ONCE).await;
    pieces(read, |row| (row.at, row.id), take).await
}
