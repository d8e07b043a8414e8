//! What is told before and after the work.

use pocket_tts_book::LeftOut;

use super::parts::{Parts, Passages};
use super::passages::BookPlan;
use super::progress::duration;
use super::source::Source;
use super::speaking::{NewSpeech, Reading};
use super::target::Target;
use crate::console::Console;
use crate::exit::counted;
use crate::listening::{Heard, gaps};

/// Names of missing pages that messages list.
const MOST_NAMES: usize = 5;

/// What has been done.
pub(super) struct Finished<'a> {
    pub(super) spoken: &'a NewSpeech,
    pub(super) passages: &'a Passages<'a>,
    pub(super) plan: &'a BookPlan,
    pub(super) heard: &'a Heard,
}

/// Tells what will be spoken.
pub(super) fn tell_start(reading: &Reading<'_>, book: &Source, plan: &BookPlan, passages: &Passages<'_>) {
    let Reading { model, cast, settings, console, .. } = reading;
    let author = book.info.author.as_ref().map(|author| format!(" by {author}")).unwrap_or_default();
    console.info(&format!(
        "{}{author}: {}, model {}, voice {}",
        book.info.title,
        counted(plan.chapters.len(), "chapter"),
        settings.model,
        cast.description
    ));
    let spoken = model.language();
    if let Some(written) = book.info.language.as_deref().filter(|written| differs(written, spoken.code())) {
        console.warn(&format!(
            "the book's language is `{written}`, but the model speaks {}; choose another one with --language",
            spoken.name()
        ));
    }
    if let Some(problem) = &book.cover_problem {
        console.warn(&format!("the book's cover is left out: {problem}"));
    }
    if let Some(left_out) = left_out(&book.left_out) {
        let place = if plan.chapters.len() < book.chapters.len() { " in the whole book" } else { "" };
        console.info(&format!("left out{place}: {left_out}"));
    }
    let (done, total) = (passages.done(plan), plan.passages().count());
    if done > 0 {
        console.info(&format!("{done} of {total} passages have been spoken before"));
    }
}

/// Warns of pages that the book names but doesn't hold.
pub(super) fn tell_missing(console: &Console, book: &Source) {
    if let Some(missing) = missing(&book.left_out) {
        console.warn(&format!("the book is incomplete: {missing}; the rest is read"));
    }
}

/// The pages that the file lacks, in words.
fn missing(left_out: &LeftOut) -> Option<String> {
    let pages = &left_out.missing_pages;
    let mut names = pages.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", ");
    if pages.len() > MOST_NAMES {
        names.extend([format!(" and {} more", pages.len() - MOST_NAMES)]);
    }
    (!pages.is_empty()).then(|| format!("{} that the file lacks ({names})", counted(pages.len(), "page")))
}

/// Whether two codes of languages are of different ones, whatever the regions are. A longer code is not compared.
fn differs(written: &str, spoken: &str) -> bool {
    let primary = |code: &str| code.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let written = primary(written);
    written.len() == 2 && written != primary(spoken)
}

impl Finished<'_> {
    /// Tells what has been done.
    pub(super) fn tell(&self, console: &Console, target: &Target) {
        let Self { spoken, passages, plan, heard } = self;
        for warning in spoken.report.warnings() {
            console.warn(&warning.to_string());
        }
        spoken.checked.report(console);
        let unfinished: usize = passages.stored.values().map(|part| part.unfinished_sentences).sum();
        if unfinished > 0 {
            console.warn(&format!(
                "{} cut before the model ended by itself, so the speech may be wrong there; try --temperature 0.3 with another --seed",
                if unfinished == 1 { "1 sentence was".to_owned() } else { format!("{unfinished} sentences were") }
            ));
        }
        if let Some(warning) = heard.played.as_ref().and_then(gaps) {
            console.warn(&warning);
        }
        let written = target.file.as_ref().map(|file| format!("written to {}", file.path.display()));
        let played = heard.played.as_ref().map(|played| format!("played with {}", played.output));
        let done: Vec<String> = written.into_iter().chain(played).collect();
        let length = duration(passages.length_s(plan));
        console.info(&format!("{length} of speech ({}), {}", self.new_speech(), done.join(" and ")));
    }

    fn new_speech(&self) -> String {
        let NewSpeech { passages, speech_s, took, .. } = self.spoken;
        let spoken = counted(*passages, "passage");
        let took_s = took.as_secs_f64();
        match passages {
            0 => "nothing new to speak".to_owned(),
            // Generation waits for playing.
            _ if self.heard.played.is_some() => format!("{spoken} spoken"),
            _ => format!(
                "{spoken} spoken in {}, {:.1} times real time",
                duration(took_s),
                speech_s / took_s.max(1e-9)
            ),
        }
    }
}

/// Tells where the spoken passages are.
pub(super) fn tell_parts(console: &Console, parts: &Parts) {
    console.info(&format!(
        "the spoken passages stay in {} ({:.1} MB), so that a longer edition or another format takes less time",
        parts.folder().display(),
        parts.bytes() as f64 / 1e6
    ));
}

/// What is not spoken, in words.
pub(super) fn left_out(left_out: &LeftOut) -> Option<String> {
    let counts = [
        (left_out.notes, "footnote"),
        (left_out.tables, "table"),
        (left_out.code_blocks, "block of code"),
        (left_out.images, "picture"),
    ];
    let mut items: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| match noun {
            "block of code" if count > 1 => format!("{count} blocks of code"),
            noun => counted(count, noun),
        })
        .collect();
    if !left_out.sections.is_empty() {
        items.push(format!("pages that are not read aloud ({})", left_out.sections.join(", ")));
    }
    items.extend(missing(left_out));
    (!items.is_empty()).then(|| items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_pages_are_listed_up_to_a_number() {
        let mut left_out = LeftOut::default();
        assert_eq!(missing(&left_out), None);
        left_out.missing_pages = vec!["a".to_owned()];
        assert_eq!(super::left_out(&left_out).as_deref(), Some("1 page that the file lacks (a)"));
        left_out.missing_pages = vec!["a".to_owned(); 7];
        let expected = "7 pages that the file lacks (a, a, a, a, a and 2 more)";
        assert_eq!(missing(&left_out).as_deref(), Some(expected));
    }

    #[test]
    fn languages_differ_by_their_code_without_the_region() {
        for (written, spoken, expected) in [
            ("en-GB", "en", false),
            ("EN", "en", false),
            ("pt", "pt-PT", false),
            ("fr_CA", "en", true),
            ("eng", "en", false),
        ] {
            assert_eq!(differs(written, spoken), expected, "{written}");
        }
    }
}
