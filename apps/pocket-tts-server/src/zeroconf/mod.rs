//! Advertises the Wyoming port over Zeroconf (multicast DNS), so that Home Assistant finds it.

pub(crate) mod advertise;
pub(crate) mod name;
