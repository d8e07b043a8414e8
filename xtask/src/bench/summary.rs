//! Measurements by contender, and comparisons of contenders. It must not know how they are displayed.

use std::collections::BTreeMap;

use super::{
    contender::{Contender, Program, Setting},
    measurement::{Figures, Measurement},
    statistics::Spread,
};

/// All measurements.
#[derive(Debug)]
pub(super) struct Summary<'a> {
    pub(super) measurements: &'a [Measurement],
    /// By round.
    by_contender: BTreeMap<&'a Contender, BTreeMap<usize, &'a Figures>>,
}

impl<'a> Summary<'a> {
    pub(super) fn of(measurements: &'a [Measurement]) -> Self {
        let mut by_contender: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for Measurement { contender, round, figures, .. } in measurements {
            by_contender.entry(contender).or_default().insert(*round, figures);
        }
        Self { measurements, by_contender }
    }

    /// The contenders of a setting, by program and then in the order of a round.
    pub(super) fn contenders(&self, setting: Setting) -> Vec<&'a Contender> {
        let mut found: Vec<&Contender> = Vec::new();
        for Measurement { contender, .. } in self.measurements {
            if contender.setting == setting && !found.contains(&contender) {
                found.push(contender);
            }
        }
        found.sort_by_key(|contender| contender.program);
        found
    }

    /// The spread of a figure over the rounds that have it.
    pub(super) fn spread(
        &self,
        contender: &Contender,
        figure: impl Fn(&Figures) -> Option<f64>,
    ) -> Option<Spread> {
        Spread::of(self.by_contender.get(contender)?.values().filter_map(|figures| figure(figures)))
    }

    /// The ratio of a figure of `ours` to that of `theirs`, over the rounds with both. Ratios within a round cancel
    /// differences in the load of the machine.
    pub(super) fn ratio(
        &self,
        ours: &Contender,
        theirs: &Contender,
        figure: impl Fn(&Figures) -> f64,
    ) -> Option<Spread> {
        let (ours, theirs) = (self.by_contender.get(ours)?, self.by_contender.get(theirs)?);
        let both = ours.iter().filter_map(|(round, ours)| Some((ours, theirs.get(round)?)));
        Spread::of(both.map(|(ours, theirs)| figure(ours) / figure(theirs)))
    }

    /// The measured versions of a program, without duplicates.
    pub(super) fn versions(&self, program: Program) -> Vec<&'a str> {
        let of_program = self.measurements.iter().filter(|one| one.contender.program == program);
        let mut versions: Vec<&str> = of_program.map(|one| one.figures.version.as_str()).collect();
        versions.sort_unstable();
        versions.dedup();
        versions
    }

    /// The least and the greatest number of measurements of a contender.
    pub(super) fn rounds(&self) -> (usize, usize) {
        let counts = || self.by_contender.values().map(BTreeMap::len);
        (counts().min().unwrap_or(0), counts().max().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::super::measurement::tests::measurement;
    use super::*;

    #[test]
    fn a_ratio_is_taken_round_by_round() {
        let at = |round, program, times_real_time| {
            measurement(round, Setting::OneStream, program, ("f32", times_real_time))
        };
        let measurements = [
            at(0, Program::Ours, 4.0),
            at(0, Program::Ptts, 2.0),
            // The machine was slow in this round, for both.
            at(1, Program::Ours, 2.0),
            at(1, Program::Ptts, 0.8),
            at(2, Program::Ours, 9.0),
        ];
        let summary = Summary::of(&measurements);
        let (ours, theirs) = (&measurements[0].contender, &measurements[1].contender);
        let ratio = summary.ratio(ours, theirs, |figures| figures.times_real_time).unwrap();
        assert!((ratio.least - 2.0).abs() < 1e-9 && (ratio.most - 2.5).abs() < 1e-9, "{ratio:?}");
        assert_eq!(summary.rounds(), (2, 3));
        assert_eq!(summary.versions(Program::Ptts), ["1.2.3"]);
        let unmeasured = Contender { precision: "int8".to_owned(), ..ours.clone() };
        assert_eq!(summary.ratio(ours, &unmeasured, |figures| figures.times_real_time), None);
    }

    #[test]
    fn contenders_are_sorted_by_program_and_then_by_order() {
        let at = |program, precision| measurement(0, Setting::OneStream, program, (precision, 1.0));
        let measurements = [at(Program::Ptts, "f32"), at(Program::Ours, "f32"), at(Program::Ours, "bf16")];
        let summary = Summary::of(&measurements);
        let contenders = summary.contenders(Setting::OneStream);
        let names: Vec<_> = contenders.iter().map(|one| (one.program, one.precision.as_str())).collect();
        assert_eq!(names, [(Program::Ours, "f32"), (Program::Ours, "bf16"), (Program::Ptts, "f32")]);
        assert!(summary.contenders(Setting::OneCore).is_empty());
    }
}
