//! Tests that want the machine to themselves. By the name of their folder they come first: everything else waits
//! for them once.

mod joined_calls;
mod killed_node;
mod load;
mod outliving_many;
mod signed_under_load;
