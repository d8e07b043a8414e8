//! Messages to people: a line `error:` with what is wrong, then lines `help:` with what to do.
//!
//! Errors of this workspace say what is wrong and, after a semicolon, what is allowed and what to do. They are split here.
//! It must not print.

use std::error::Error;

use pocket_tts_settings::parse::in_plain_words;

use crate::exit::Failure;

/// A message to people.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    problem: String,
    help: Vec<String>,
}

impl Message {
    /// The message of `failure` and the causes that it does not quote itself.
    pub(crate) fn of(failure: &Failure) -> Self {
        let mut message = Self { problem: String::new(), help: Vec::new() };
        let mut shown = String::new();
        let mut next: Option<&dyn Error> = Some(failure);
        while let Some(error) = next {
            let text = error.to_string();
            if !shown.contains(&text) {
                message.add(&text);
                shown.push_str(&text);
            }
            next = error.source();
        }
        if let Some(hint) = failure.hint() {
            if failure.hint_replaces_advice() {
                message.help.clear();
            }
            message.help.push(hint.to_owned());
        }
        message
    }

    /// The message about wrong arguments, from what clap prints.
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
                // The arguments that are missing or conflict.
                message.problem = format!("{} {line}", message.problem);
            }
        }
        Some(message)
    }

    /// The same message about one of several items.
    pub(crate) fn about(mut self, name: &str) -> Self {
        if !self.problem.contains(name) {
            self.problem = format!("{name}: {}", self.problem);
        }
        self
    }

    /// What is wrong.
    pub(crate) fn problem(&self) -> &str {
        &self.problem
    }

    /// What to do.
    pub(crate) fn help(&self) -> &[String] {
        &self.help
    }

    /// The lines, without the control characters that file names may hold.
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

/// What is wrong, and what to do: the text before and after the first semicolon outside quotations.
pub(crate) fn split(text: &str) -> (&str, Option<&str>) {
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

fn on_one_line(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_cause_is_shown_once_and_on_one_line() {
        let failure = Failure::Read(std::io::Error::other("two\nlines"));
        assert_eq!(Message::of(&failure).lines(), ["error: cannot read standard input: two lines"]);
    }

    #[test]
    fn advice_has_a_line_of_its_own_and_quotations_are_not_split() {
        let failure = Failure::Usage("there is no `a; b`; known are c; name one of them".to_owned());
        let lines = ["error: there is no `a; b`", "help: known are c; name one of them"];
        assert_eq!(Message::of(&failure).lines(), lines);
        let named = Message::of(&Failure::Usage("it is damaged; remove it".to_owned())).about("a.wav");
        assert_eq!(named.lines(), ["error: a.wav: it is damaged", "help: remove it"]);
    }

    #[test]
    fn errors_of_clap_have_the_same_form() {
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
