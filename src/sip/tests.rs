//! An endpoint with real sockets, and phones that speak to it in messages written out by hand.

mod accounts;
mod messages;
mod outlived;
mod phone;
mod site;
mod takeover;
mod transfer;
