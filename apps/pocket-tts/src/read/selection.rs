//! Which chapters are read. It must not know what they hold.

use pocket_tts_book::Chapter;

use crate::exit::{Failure, counted};

/// A chapter with its number in the book, from 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Selected<'a> {
    pub(super) number: usize,
    pub(super) chapter: &'a Chapter,
}

/// The chapters of a list such as `3-7,9`, in the order of the book; all without a list.
pub(super) fn select<'a>(chapters: &'a [Chapter], list: Option<&str>) -> Result<Vec<Selected<'a>>, Failure> {
    let is_chosen = match list {
        None => vec![true; chapters.len()],
        Some(list) => chosen(list, chapters.len()).map_err(|problem| {
            let known = counted(chapters.len(), "chapter");
            Failure::Usage(format!(
                "invalid value `{list}` for --chapters: {problem}; write numbers and ranges such as 3-7,9 of the book's {known}"
            ))
        })?,
    };
    let numbered = (1..).zip(chapters).zip(is_chosen);
    Ok(numbered
        .filter(|(_, is_chosen)| *is_chosen)
        .map(|((number, chapter), _)| Selected { number, chapter })
        .collect())
}

fn chosen(wanted: &str, count: usize) -> Result<Vec<bool>, String> {
    let mut chosen = vec![false; count];
    for item in wanted.split(',').map(str::trim) {
        let number = |text: &str| -> Result<usize, String> {
            let number: usize =
                text.trim().parse().map_err(|_| format!("`{item}` is not a number or a range"))?;
            if (1..=count).contains(&number) {
                Ok(number)
            } else {
                Err(format!("there is no chapter {number}"))
            }
        };
        let (first, last) = match item.split_once('-') {
            None => (number(item)?, number(item)?),
            Some((first, "")) => (number(first)?, count),
            Some(("", last)) => (1, number(last)?),
            Some((first, last)) => (number(first)?, number(last)?),
        };
        if first > last {
            return Err(format!("`{item}` ends before it begins"));
        }
        chosen[first - 1..last].fill(true);
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_name_chapters_and_ranges() {
        let numbers = |list: &str| -> Vec<usize> {
            let chosen = chosen(list, 9).unwrap();
            (1..).zip(chosen).filter_map(|(number, is_chosen)| is_chosen.then_some(number)).collect()
        };
        assert_eq!(numbers("3-5,9"), [3, 4, 5, 9]);
        assert_eq!(numbers("8-, 2 , -1"), [1, 2, 8, 9]);
        assert_eq!(numbers("4-4,4"), [4]);
    }

    #[test]
    fn wrong_lists_are_told() {
        for (list, problem) in [
            ("", "`` is not a number or a range"),
            ("a", "`a` is not a number or a range"),
            ("0", "there is no chapter 0"),
            ("3-10", "there is no chapter 10"),
            ("5-3", "`5-3` ends before it begins"),
            ("1--2", "`1--2` is not a number or a range"),
        ] {
            assert_eq!(chosen(list, 9).unwrap_err(), problem, "{list}");
        }
    }
}
