//! The payloads of caught panics.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Drops what a panic carried, and never panics. The destructor may; what that panic carries is leaked, as it may be
/// another of the kind.
pub fn discard_panic(payload: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        Box::leak(another);
    }
}
