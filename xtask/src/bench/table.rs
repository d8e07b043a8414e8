//! The measurements as Markdown. It must not measure.

use super::{
    contender::{Contender, Program, Setting},
    measurement::{Figures, Measurement},
    statistics::Spread,
    summary::Summary,
};

/// A measurement counts as disturbed if other programs keep more cores busy than this.
const QUIET_CORES: f64 = 0.2;

/// All results: conditions, figures and ratios.
pub(super) fn markdown(measurements: &[Measurement], machine: &str) -> String {
    let summary = Summary::of(measurements);
    let mut text = conditions(&summary, machine);
    text.push_str(&figures(&summary));
    text.push_str(&ratios(&summary, "Speed", |figures| figures.times_real_time));
    // The figure is a time, so its inverse is compared.
    text.push_str(&ratios(&summary, "Quickness of the first sound", |figures| 1.0 / figures.first_chunk_ms));
    text
}

fn conditions(summary: &Summary<'_>, machine: &str) -> String {
    let measurements = summary.measurements;
    let dates = || measurements.iter().map(|one| one.date.as_str());
    let (first, last) = (dates().min().unwrap_or("never"), dates().max().unwrap_or("never"));
    let when = if first == last { first.to_owned() } else { format!("{first} to {last}") };
    let model = measurements.first().map_or("none", |one| one.model.as_str());
    let rounds = match summary.rounds() {
        (fewest, most) if fewest == most => format!("{fewest}"),
        (fewest, most) => format!("{fewest} to {most}"),
    };
    let frames = measurements.first().map_or(0, |one| one.frames);
    let versions: Vec<String> = [Program::Ours, Program::PocketTts, Program::Ptts]
        .into_iter()
        .filter(|program| !summary.versions(*program).is_empty())
        .map(|program| format!("{} {}", program.name(), summary.versions(program).join(", ")))
        .collect();
    format!(
        "- Machine: {machine}\n- Date: {when}\n- Model: the shapes and files of `{model}`\n- Programs: {}\n- Rounds: \
         {rounds}, each contender once per round, in turn; {frames} frames ({:.1} s of sound) per text, \
         {} with several at once{}\n- {}\n\n",
        versions.join("; "),
        frames as f64 * 0.08,
        Setting::FourStreams.frames(frames),
        other_lengths(measurements),
        disturbance(measurements),
    )
}

/// The programs that didn't generate the requested number of frames.
fn other_lengths(measurements: &[Measurement]) -> String {
    let mut others: Vec<(Program, usize)> = measurements
        .iter()
        .filter(|one| one.figures.frames != one.contender.setting.frames(one.frames))
        .map(|one| (one.contender.program, one.figures.frames))
        .collect();
    others.sort_unstable();
    others.dedup();
    let words = others.iter().map(|(program, frames)| format!(", but {} generated {frames}", program.name()));
    words.collect::<Vec<_>>().concat()
}

fn disturbance(measurements: &[Measurement]) -> String {
    let busy = Spread::of(measurements.iter().filter_map(|one| one.figures.other_cores));
    let Some(busy) = busy else {
        return "Noise: this system doesn't report the load of other programs".to_owned();
    };
    let disturbed = measurements.iter().filter(|one| one.figures.other_cores > Some(QUIET_CORES)).count();
    format!(
        "Noise: other programs kept {:.2} cores busy (median; at most {:.2}), and more than {QUIET_CORES} in \
         {disturbed} of {} measurements",
        busy.median,
        busy.most,
        measurements.len()
    )
}

/// A table for each setting. Ranges are in brackets.
fn figures(summary: &Summary<'_>) -> String {
    let mut text = String::new();
    for setting in Setting::ALL {
        let contenders = summary.contenders(setting);
        if contenders.is_empty() {
            continue;
        }
        let heading = capitalized(setting.name());
        let head = format!(
            "### {heading}\n\n| program | precision | speed, × real time | first sound, ms | cores busy | memory, MiB | \
             load, s |\n|---|---|---|---|---|---|---|\n"
        );
        text.push_str(&head);
        for contender in contenders {
            let cell = |figure: fn(&Figures) -> Option<f64>| {
                summary.spread(contender, figure).map_or_else(|| "unknown".to_owned(), Spread::formatted)
            };
            let median = |figure: fn(&Figures) -> Option<f64>, digits: usize| {
                let spread = summary.spread(contender, figure);
                spread.map_or_else(|| "unknown".to_owned(), |spread| format!("{:.digits$}", spread.median))
            };
            text.push_str(&row(&[
                contender.program.name().to_owned(),
                contender.precision.clone(),
                cell(|figures| Some(figures.times_real_time)),
                cell(|figures| Some(figures.first_chunk_ms)),
                median(|figures| figures.cpu_cores, 1),
                median(|figures| figures.peak_rss_mb, 0),
                median(|figures| Some(figures.load_s + figures.import_s), 2),
            ]));
        }
        text.push('\n');
    }
    text
}

/// The ratio of each of our precisions to each peer, in the settings with peers.
fn ratios(summary: &Summary<'_>, what: &str, figure: fn(&Figures) -> f64) -> String {
    let mut text = String::new();
    for setting in Setting::ALL {
        let contenders = summary.contenders(setting);
        let (ours, peers): (Vec<&Contender>, Vec<&Contender>) =
            contenders.into_iter().partition(|contender| contender.program == Program::Ours);
        if peers.is_empty() {
            continue;
        }
        let heading = format!("### {what} against the peers: {}\n\n", setting.name());
        text.push_str(&heading);
        let heads = peers.iter().map(|peer| format!("÷ {} {}", peer.program.name(), peer.precision));
        text.push_str(&row(&std::iter::once("this program".to_owned()).chain(heads).collect::<Vec<_>>()));
        text.push_str(&row(&vec!["---".to_owned(); peers.len() + 1]));
        for our in ours {
            let cells = peers.iter().map(|peer| match summary.ratio(our, peer, figure) {
                Some(ratio) => ratio.formatted(),
                None => "not measured together".to_owned(),
            });
            text.push_str(&row(&std::iter::once(our.precision.clone()).chain(cells).collect::<Vec<_>>()));
        }
        text.push('\n');
    }
    text
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::measurement::tests::measurement;
    use super::*;

    fn measurements() -> Vec<Measurement> {
        let mut all = Vec::new();
        for (round, speed) in [1.0, 0.9].into_iter().enumerate() {
            for (program, precision, times_real_time) in [
                (Program::Ours, "f32", 4.0),
                (Program::Ours, "int8", 8.0),
                (Program::PocketTts, "f32", 2.0),
                (Program::Ptts, "q8_0", 4.0),
            ] {
                all.push(measurement(
                    round,
                    Setting::OneStream,
                    program,
                    (precision, times_real_time * speed),
                ));
            }
            all.push(measurement(round, Setting::FourStreams, Program::Ours, ("f32", 9.0)));
        }
        all
    }

    #[test]
    fn the_table_contains_medians_and_ranges() {
        let text = markdown(&measurements(), "Some CPU, 2 cores");
        for expected in [
            "- Machine: Some CPU, 2 cores\n- Date: 2026-02-01 to 2026-02-02\n",
            "- Programs: this program 1.2.3; pocket-tts (Python) 1.2.3; ptts 1.2.3\n",
            "- Rounds: 2, each contender once per round, in turn; 75 frames (6.0 s of sound) per text, 25 with several at \
             once\n",
            "kept 0.03 cores busy (median; at most 0.03), and more than 0.2 in 0 of 10 measurements",
            "### One text, all cores\n",
            "| this program | f32 | 3.80 (3.60–4.00) | 26.4 (25.0–27.8) | 2.0 | 512 | 0.75 |\n",
            "| ptts | q8_0 | 3.80 (3.60–4.00) |",
            "### 4 texts at once\n",
            "| this program | f32 | 9.00 | 11.1 | 2.0 | 512 | 0.75 |\n",
        ] {
            assert!(text.contains(expected), "{expected:?} in {text}");
        }
        assert!(!text.contains("one core") && !text.contains("NaN"), "{text}");
    }

    #[test]
    fn there_are_ratios_for_each_precision_and_peer() {
        let text = markdown(&measurements(), "Some CPU");
        let speed = "### Speed against the peers: one text, all cores\n\n\
                     | this program | ÷ pocket-tts (Python) f32 | ÷ ptts q8_0 |\n| --- | --- | --- |\n\
                     | f32 | 2.00 | 1.00 |\n| int8 | 4.00 | 2.00 |\n\n";
        assert!(text.contains(speed), "{text}");
        assert!(text.contains("### Quickness of the first sound against the peers: one text, all cores"));
        assert!(!text.contains("peers: 4 texts"), "{text}");
    }

    #[test]
    fn noise_and_other_lengths_are_reported() {
        let mut noisy = measurements();
        noisy[3].figures.other_cores = Some(1.5);
        noisy[3].figures.frames = 134;
        let text = markdown(&noisy, "Some CPU");
        assert!(text.contains("at most 1.50), and more than 0.2 in 1 of 10"), "{text}");
        assert!(text.contains("at once, but ptts generated 134\n"), "{text}");
        for one in &mut noisy {
            one.figures.other_cores = None;
        }
        assert!(markdown(&noisy, "Some CPU").contains("doesn't report the load of other programs"));
    }
}
