//! What is told afterwards: pages that a person reads, on a screen, on a telephone or on paper.

pub mod page;
