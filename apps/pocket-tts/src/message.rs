//! Failures as people read them: `error:` what is wrong, then `help:` what to do, a line each.
//!
//! Messages of this workspace say what is wrong, then, behind a semicolon, what is allowed and what to do. Here they are
//! taken apart. It must not print.

use std::error::Error;

use crate::exit::Failure;

/// A failure in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    problem: String,
    help: Vec<String>,
}

impl Message {
    /// The words for `failure` and its causes, less the causes that it quotes itself.
    pub(crate) fn of(failure: &Failure) -> Self {
        let mut message = Self { problem: String::new(), help: Vec::new() };
        let mut told = String::new();
        let mut next: Option<&dyn Error> = Some(failure);
        while let Some(error) = next {
            let text = error.to_string();
            if !told.contains(&text) {
                message.add(&text);
                told.push_str(&text);
            }
            next = error.source();
        }
        message.help.extend(failure.hint().map(str::to_owned));
        message
    }

    /// The words for what is wrong with the arguments, from what clap prints.
    pub(crate) fn of_arguments(printed: &str) -> Option<Self> {
        let mut lines = printed.lines().map(str::trim).filter(|line| !line.is_empty());
        let problem = in_plain_words(lines.next()?.strip_prefix("error: ")?);
        let mut message = Self { problem, help: Vec::new() };
        for line in lines {
            if let Some(values) = line.strip_prefix('[') {
                message.help.push(values.trim_end_matches(']').to_owned());
            } else if let Some(tip) = line.strip_prefix("tip: ") {
                message.help.push(tip.to_owned());
            } else if let Some(usage) = line.strip_prefix("Usage: ") {
                message.help.push(format!("usage: {usage}"));
            } else if line.starts_with("For more information") {
                message.help.push("--help lists all options".to_owned());
            } else {
                // The arguments that are missing or don't go together.
                message.problem = format!("{} {line}", message.problem);
            }
        }
        Some(message)
    }

    /// The same about one thing among several.
    pub(crate) fn about(mut self, name: &str) -> Self {
        if !self.problem.contains(name) {
            self.problem = format!("{name}: {}", self.problem);
        }
        self
    }

    /// The lines, without control characters, which names of files may hold.
    pub(crate) fn lines(&self) -> Vec<String> {
        let problem = std::iter::once(format!("error: {}", on_one_line(&self.problem)));
        problem.chain(self.help.iter().map(|help| format!("help: {}", on_one_line(help)))).collect()
    }

    fn add(&mut self, text: &str) {
        let (problem, help) = split(text);
        if !self.problem.is_empty() {
            self.problem.push_str(": ");
        }
        self.problem.push_str(problem);
        self.help.extend(help.map(str::to_owned));
    }
}

/// What is wrong, and what to do: the text before and behind the first semicolon that is not within a quotation.
fn split(text: &str) -> (&str, Option<&str>) {
    let mut in_quotation = false;
    for (index, character) in text.char_indices() {
        match character {
            '`' => in_quotation = !in_quotation,
            ';' if !in_quotation && text[index..].starts_with("; ") => {
                return (&text[..index], Some(&text[index + 2..]));
            }
            _ => {}
        }
    }
    (text, None)
}

/// What the standard library says of numbers, in the words of this program.
fn in_plain_words(problem: &str) -> String {
    let words = [
        ("invalid digit found in string", "it must be a whole number"),
        ("cannot parse integer from empty string", "it must be a whole number"),
        ("cannot parse float from empty string", "it must be a number"),
        ("invalid float literal", "it must be a number"),
        ("number too large to fit in target type", "it is too large a number"),
    ];
    let found = words.into_iter().find_map(|(theirs, ours)| Some((problem.strip_suffix(theirs)?, ours)));
    found.map_or_else(|| problem.to_owned(), |(beginning, ours)| format!("{beginning}{ours}"))
}

fn on_one_line(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_quotes_its_cause_is_told_once_and_on_one_line() {
        let failure = Failure::Read(std::io::Error::other("two\nlines"));
        assert_eq!(Message::of(&failure).lines(), ["error: cannot read standard input: two lines"]);
    }

    #[test]
    fn what_to_do_has_a_line_of_its_own_and_quotations_stay_whole() {
        let failure = Failure::Usage("there is no `a; b`; known are c; name one of them".to_owned());
        let lines = ["error: there is no `a; b`", "help: known are c; name one of them"];
        assert_eq!(Message::of(&failure).lines(), lines);
        let named = Message::of(&Failure::Usage("it is damaged; remove it".to_owned())).about("a.wav");
        assert_eq!(named.lines(), ["error: a.wav: it is damaged", "help: remove it"]);
    }

    #[test]
    fn arguments_that_are_wrong_are_told_alike() {
        let printed = "error: invalid value 'midi' for '--format <FORMAT>'\n  [possible values: wav, pcm]\n\n  \
                       tip: a similar value exists\n\nUsage: pocket-tts generate\n\nFor more information, try '--help'.\n";
        let lines = [
            "error: invalid value 'midi' for '--format <FORMAT>'",
            "help: possible values: wav, pcm",
            "help: a similar value exists",
            "help: usage: pocket-tts generate",
            "help: --help lists all options",
        ];
        assert_eq!(Message::of_arguments(printed).unwrap().lines(), lines);
        assert_eq!(Message::of_arguments("Speaks text.\n\nUsage: pocket-tts"), None);
    }
}
