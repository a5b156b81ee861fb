//! (room flow)
