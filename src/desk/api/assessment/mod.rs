//! Assessments at the desk: begun, answered, acted on. Each is stored before its answer goes out, so that any node
//! goes on with it.

mod act;
mod clinician;
mod held;
mod reading;
mod refer;
mod shelf;
mod view;

pub(super) use act::{advised, answer, back, begin, callback, danger, hand_over, taken_by_999};
pub(super) use clinician::{abandon, change, confirm};
pub(super) use reading::{list, one, pathways};
pub(super) use refer::{refer, referred, search};
pub(super) use shelf::Shelf;

#[doc(hidden)]
pub(super) mod described {
    //! The descriptions that go with the routes.
    pub(in crate::desk::api) use super::act::{
        __path_advised, __path_answer, __path_back, __path_begin, __path_callback, __path_danger,
        __path_hand_over, __path_taken_by_999,
    };
    pub(in crate::desk::api) use super::clinician::{__path_abandon, __path_change, __path_confirm};
    pub(in crate::desk::api) use super::reading::{__path_list, __path_one, __path_pathways};
    pub(in crate::desk::api) use super::refer::{__path_refer, __path_referred, __path_search};
}
