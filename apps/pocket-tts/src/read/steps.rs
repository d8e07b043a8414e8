//! Which passages are spoken and played, in which order. It must not know how.

use std::collections::HashSet;

use super::parts::Stored;
use super::passages::{BookPlan, Passage};

/// What is done with a passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// It is spoken and stored, and played if the book is.
    Speak,
    /// It is stored already, and played.
    Play,
    /// Its end is played, as it may not have been heard.
    PlayEnd,
}

/// A passage, and what is done with it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'a> {
    /// The index of its chapter.
    pub(super) chapter: usize,
    pub(super) passage: &'a Passage,
    pub(super) action: Action,
}

/// The work of a run.
#[derive(Debug, Default)]
pub(super) struct Steps<'a> {
    /// Until nothing is missing.
    pub(super) first: Vec<Step<'a>>,
    /// The passages that are played after that.
    pub(super) rest: Vec<Step<'a>>,
}

/// What is missing is spoken. With `is_played` the book is heard from the first missing passage on, or all of it if none is
/// missing.
pub(super) fn steps<'a>(plan: &'a BookPlan, stored: &Stored, is_played: bool) -> Steps<'a> {
    let mut seen = HashSet::new();
    let mut steps: Vec<Step<'a>> = Vec::new();
    let mut spoken = 0;
    for (chapter, passage) in plan.passages() {
        let is_missing = seen.insert(passage.digest) && !stored.contains_key(&passage.digest);
        if is_missing && spoken == 0 && is_played {
            // What comes before is not played, except for the end of the passage before.
            steps.drain(..steps.len().saturating_sub(1));
            if let [last] = steps.as_mut_slice() {
                last.action = Action::PlayEnd;
            }
        }
        if is_missing || is_played {
            let action = if is_missing { Action::Speak } else { Action::Play };
            steps.push(Step { chapter, passage, action });
        }
        if is_missing {
            spoken = steps.len();
        }
    }
    let rest = steps.split_off(spoken);
    Steps { first: steps, rest }
}
