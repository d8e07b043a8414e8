//! How much mark-up one text may hold.

use std::time::Duration;

use crate::error::Fault;

/// How much mark-up one text may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest pause.
    pub pause: Duration,
    /// The longest sum of all pauses.
    pub total_pause: Duration,
    /// The number of marks and SSML tags.
    pub marks: usize,
    /// The depth of SSML elements below `speak`.
    pub depth: usize,
    /// The length of a voice's or language's name in bytes.
    pub name_bytes: usize,
}

impl Default for Limits {
    /// 60 s for a pause, 10 minutes for all, 10,000 marks, a depth of 10, names of 200 bytes.
    fn default() -> Self {
        Self {
            pause: Duration::from_mins(1),
            total_pause: Duration::from_mins(10),
            marks: 10_000,
            depth: 10,
            name_bytes: 200,
        }
    }
}

/// How much of the limits is used.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    limits: Limits,
    marks: usize,
    pause: Duration,
}

impl Budget {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, marks: 0, pause: Duration::ZERO }
    }

    /// Counts a mark at `offset`.
    pub(crate) fn count_mark(&mut self, offset: usize) -> Result<(), Fault> {
        self.marks += 1;
        if self.marks <= self.limits.marks {
            return Ok(());
        }
        let problem = format!("the text has more than {} marks", self.limits.marks);
        Err(Fault::new(offset, problem, "split the text"))
    }

    /// Counts a pause at `offset`.
    pub(crate) fn count_pause(&mut self, offset: usize, pause: Duration) -> Result<(), Fault> {
        let Limits { pause: longest, total_pause: longest_total, .. } = &self.limits;
        if pause > *longest {
            let problem =
                format!("a pause of {} s is longer than {} s", pause.as_secs_f64(), longest.as_secs_f64());
            return Err(Fault::new(offset, problem, "shorten the pause"));
        }
        self.pause = self.pause.saturating_add(pause);
        if self.pause > *longest_total {
            let problem =
                format!("the pauses of the text are longer than {} s together", longest_total.as_secs_f64());
            return Err(Fault::new(offset, problem, "shorten the pauses, or split the text"));
        }
        Ok(())
    }

    /// Checks that an element may begin inside `depth` others below the root.
    pub(crate) fn check_depth(&self, offset: usize, depth: usize) -> Result<(), Fault> {
        if depth < self.limits.depth {
            return Ok(());
        }
        let problem = format!("the elements are more than {} deep", self.limits.depth);
        Err(Fault::new(offset, problem, "close elements before you open others"))
    }

    /// Checks the length of a name.
    pub(crate) fn check_name(&self, offset: usize, name: &str) -> Result<(), Fault> {
        if name.len() <= self.limits.name_bytes {
            return Ok(());
        }
        let problem = format!("a name is longer than {} bytes", self.limits.name_bytes);
        Err(Fault::new(offset, problem, "shorten the name"))
    }
}
