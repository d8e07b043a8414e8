//! Tests of every compiled kernel against plain loops in f64, on random shapes with tails, at any address.

mod attention;
mod dispatch;
mod float;
#[cfg(all(unix, not(miri)))]
mod guard_pages;
mod int16;
mod int8;
mod q4;
mod row_by_row;
mod sizes;
mod support;
