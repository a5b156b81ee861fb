//! (room callback)
