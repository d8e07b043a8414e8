//! Matrix products of activations with packed weights: in floating point, and in integers of 8 and 16 bits.

pub(crate) mod blocked;
pub(crate) mod float;
pub(crate) mod int16;
pub(crate) mod int8;
pub(crate) mod integer_tiles;
pub(crate) mod layout;
pub(crate) mod operands;
pub(crate) mod q4;
pub(crate) mod single_row;
pub(crate) mod sums;
