//! Writes results into the project's documents. It must not know their contents.

use std::{fs, path::Path};

use crate::error::TaskError;

const DOCUMENT: &str = "BENCHMARKS.md";
const PLOT: &str = "benches/results/speed.svg";
/// The text between these lines is replaced.
const BEGIN: &str = "<!-- results: written by `cargo xtask bench --publish` -->";
const END: &str = "<!-- end of results -->";

/// Writes the table into the document and the plot into the benchmarks' folder.
pub(super) fn publish(root: &Path, table: &str, plot: &str) -> Result<(), TaskError> {
    let path = root.join(DOCUMENT);
    let document =
        fs::read_to_string(&path).map_err(|source| TaskError::Unreadable { path: path.clone(), source })?;
    let document = with_results(&document, table).ok_or_else(|| TaskError::Record {
        path: path.clone(),
        reason: format!("it lacks the lines `{BEGIN}` and `{END}`"),
    })?;
    write(&path, &document)?;
    write(&root.join(PLOT), plot)
}

/// Writes a file, and creates its folder.
pub(super) fn write(path: &Path, text: &str) -> Result<(), TaskError> {
    let unwritable = |source| TaskError::Unwritable { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(unwritable)?;
    }
    fs::write(path, text).map_err(unwritable)
}

fn with_results(document: &str, table: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", table.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_between_the_markers_is_replaced() {
        let document = format!("# Title\n\n{BEGIN}\n\nold\n\n{END}\n\nMore.\n");
        let replaced = with_results(&document, "| new |\n\n").unwrap();
        assert_eq!(replaced, format!("# Title\n\n{BEGIN}\n\n| new |\n\n{END}\n\nMore.\n"));
        assert_eq!(with_results(&replaced, "| new |").unwrap(), replaced);
        assert_eq!(with_results("# Title\n", "| new |"), None);
    }

    #[test]
    fn the_documents_of_this_project_have_the_markers() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let document = fs::read_to_string(root.join(DOCUMENT)).unwrap();
        assert!(with_results(&document, "").is_some());
        assert!(document.contains(PLOT) && root.join(PLOT).is_file());
    }
}
