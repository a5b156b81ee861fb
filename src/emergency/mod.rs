//! (room emergency)
