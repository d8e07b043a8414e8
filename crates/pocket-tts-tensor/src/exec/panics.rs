//! The payloads of caught panics.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Drops the payload of a panic without ever panicking.
///
/// The payload's destructor may panic. The payload of that second panic is leaked, as its destructor may panic as well.
pub fn discard_panic(payload: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        Box::leak(another);
    }
}
