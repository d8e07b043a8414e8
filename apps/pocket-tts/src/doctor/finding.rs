//! What a check found.

use std::fmt::Write as _;

use serde::Serialize;

/// The width of the words for a status.
const STATUS_WIDTH: usize = 7;
/// The width of the names of checks.
const CHECK_WIDTH: usize = 9;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Ok,
    /// Something works less well than it could.
    Warning,
    /// Something doesn't work.
    Problem,
}

/// What a check found.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) status: Status,
    pub(super) message: String,
    /// What to do; none if all is well.
    pub(super) advice: Option<String>,
}

impl Finding {
    pub(super) fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, status: Status::Ok, message: message.into(), advice: None }
    }

    pub(super) fn warning(
        check: &'static str,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let (message, advice) = (message.into(), Some(advice.into()));
        Self { check, status: Status::Warning, message, advice }
    }

    pub(super) fn problem(
        check: &'static str,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self { status: Status::Problem, ..Self::warning(check, message, advice) }
    }

    /// The finding for people: a line, and one with the advice.
    pub(super) fn lines(&self) -> String {
        let status = match self.status {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Problem => "problem",
        };
        let mut text = format!("{status:STATUS_WIDTH$}  {:CHECK_WIDTH$}  {}\n", self.check, self.message);
        if let Some(advice) = &self.advice {
            // Writing to a String does not fail.
            let _ = writeln!(text, "{:STATUS_WIDTH$}  help: {advice}", "");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_has_a_line_of_its_own() {
        assert_eq!(Finding::ok("memory", "2 GB").lines(), "ok       memory     2 GB\n");
        let lines = "problem  cache      it is full\n         help: free space\n";
        assert_eq!(Finding::problem("cache", "it is full", "free space").lines(), lines);
    }
}
