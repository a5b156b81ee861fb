//! (room queue)
