//! Finds the known word that a mistyped one was probably meant to be.
//!
//! It knows letters only.

/// Letters after which a word may be taken for the beginning of another.
const FEWEST_LETTERS: usize = 3;

/// The word of `known` closest to `word`, if few enough letters differ for a typing mistake, or else the first that
/// begins with it. Case doesn't count.
pub(crate) fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let allowed = (word.chars().count() / 3).max(2);
    let known: Vec<(String, &str)> = known.into_iter().map(|known| (known.to_lowercase(), known)).collect();
    let nearest = known.iter().map(|(letters, known)| (distance(&word, letters), *known));
    let slip = nearest.filter(|(distance, _)| *distance <= allowed).min_by_key(|(distance, _)| *distance);
    let is_beginning = word.chars().count() >= FEWEST_LETTERS;
    let longer = || known.iter().find(|(letters, _)| is_beginning && letters.starts_with(&word));
    slip.map(|(_, known)| known).or_else(|| longer().map(|(_, known)| *known))
}

/// Number of letters to insert, delete or change to get from `left` to `right`.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, left_letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, right_letter) in right.iter().enumerate() {
            let change = diagonal + usize::from(left_letter != *right_letter);
            diagonal = row[column + 1];
            row[column + 1] = change.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::{closest, distance};

    #[test]
    fn the_distance_counts_single_letter_edits() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn only_a_likely_slip_is_corrected() {
        let known = ["english", "french", "german"];
        assert_eq!(closest("engish", known), Some("english"));
        assert_eq!(closest("ENGISH", known), Some("english"));
        assert_eq!(closest("klingon", known), None);
    }

    #[test]
    fn a_beginning_is_completed() {
        let known = ["english", "french", "german"];
        assert_eq!(closest("eng", known), Some("english"));
        assert_eq!(closest("g", known), None);
    }
}
