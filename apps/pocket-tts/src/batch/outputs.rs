//! Which outputs the lines of a manifest have taken. It must not know how lines are read.

use std::collections::HashMap;

use super::digest::Digest;
use super::name::identity;
use crate::exit::Failure;

/// The outputs of the lines so far.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    /// The line of each file, and the first line with a file in each folder.
    files: HashMap<Digest, u64>,
    folders: HashMap<Digest, u64>,
}

impl Outputs {
    /// Takes an output for the line of this number, unless it is the one of an earlier line, or a file would have to be a
    /// folder, too.
    pub(super) fn take(&mut self, name: &str, number: u64) -> Result<(), Failure> {
        let path = identity(name);
        let file = digest(&path);
        let clash = |problem: String| Err(Failure::Usage(format!("{problem}; give it another `name`")));
        if let Some(first) = self.files.get(&file) {
            return clash(format!("its output {name} is that of line {first}, too"));
        }
        if let Some(first) = self.folders.get(&file) {
            return clash(format!("its output {name} is the folder of the output of line {first}"));
        }
        let folders = || path.match_indices('/').map(|(end, _)| &path[..end]);
        if let Some((folder, first)) =
            folders().find_map(|folder| Some((folder, self.files.get(&digest(folder))?)))
        {
            return clash(format!("its folder {folder} is the output of line {first}"));
        }
        for folder in folders() {
            self.folders.entry(digest(folder)).or_insert(number);
        }
        self.files.insert(file, number);
        Ok(())
    }
}

fn digest(path: &str) -> Digest {
    Digest::of(&[path.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_once_and_is_no_folder() {
        let mut outputs = Outputs::default();
        let mut take = |name, number| outputs.take(name, number).err().map(|failure| failure.to_string());
        for (name, number) in [("a.wav", 1), ("b/c.wav", 2), ("b/d.wav", 3)] {
            assert_eq!(take(name, number), None, "{name}");
        }
        for (name, problem) in [
            ("a.wav", "its output a.wav is that of line 1, too;"),
            ("a.wav/b/c.wav", "its folder a.wav is the output of line 1;"),
            ("b", "its output b is the folder of the output of line 2;"),
        ] {
            let failure = take(name, 9).unwrap();
            assert!(failure.starts_with(problem), "{name}: {failure}");
        }
    }
}
