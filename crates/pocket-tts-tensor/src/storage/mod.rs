//! Weights in files: reading, writing, mapping, and moving them to faster memory.

pub(crate) mod checksum;
pub(crate) mod file_part;
pub(crate) mod huge_pages;
pub(crate) mod mapped_file;
pub(crate) mod packed_file;
pub(crate) mod row_table;
pub(crate) mod safetensors_header;
pub(crate) mod stored_values;
pub(crate) mod tensor_writer;
pub(crate) mod weight_error;
pub(crate) mod weight_file;
pub(crate) mod weight_store;
