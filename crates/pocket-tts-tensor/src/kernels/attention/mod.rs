//! Scaled dot-product attention of queries over cached keys and values.

pub(crate) mod many_queries;
pub(crate) mod one_query;
pub(crate) mod operands;
pub(crate) mod softmax;
