//! The options of `cargo xtask bench`. It must not know how they are used.

use std::path::PathBuf;

use crate::error::TaskError;

/// The help text.
pub(super) const HELP: &str = "\
Usage: cargo xtask bench [OPTIONS]

Measures this program, and others if their Pythons are given, on one model, in turn, and writes a table
(speed.md) and a plot (speed.svg).

  --model FOLDER             a model's folder with config.yaml and voice.safetensors [default: one of the real
                             size with random weights, which is created once]
  --pocket-tts-python FILE   a Python with the package pocket-tts, to be measured too
  --ptts-python FILE         a Python with the package ptts, to be measured too; it supports models of the
                             shapes of english_2026-01 only, with its own additional files
  --rounds NUMBER            measurements of each [default: 5; 0 with --append only rewrites the results]
  --frames NUMBER            frames of 80 ms of each run [default: 75]; a third with several texts at once
  --out FOLDER               folder of the results [default: bench in the build folder]
  --append                   adds to the measurements in that folder, which must be of the same kind
  --publish                  also writes the table into BENCHMARKS.md and the plot into benches/results
  --help                     shows this help";

/// The options, with the defaults that don't depend on the workspace.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) model: Option<PathBuf>,
    pub(super) pocket_tts_python: Option<PathBuf>,
    pub(super) ptts_python: Option<PathBuf>,
    pub(super) rounds: usize,
    pub(super) frames: usize,
    pub(super) out: Option<PathBuf>,
    pub(super) append: bool,
    pub(super) publish: bool,
    pub(super) help: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            model: None,
            pocket_tts_python: None,
            ptts_python: None,
            rounds: 5,
            frames: 75,
            out: None,
            append: false,
            publish: false,
            help: false,
        }
    }
}

impl Options {
    /// Parses the arguments after the task's name.
    pub(super) fn parse(words: &[String]) -> Result<Self, TaskError> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| wrong(format!("`{word}` needs a value")));
            match word.as_str() {
                "--model" => options.model = Some(value()?.into()),
                "--pocket-tts-python" => options.pocket_tts_python = Some(value()?.into()),
                "--ptts-python" => options.ptts_python = Some(value()?.into()),
                "--rounds" => options.rounds = number(word, value()?)?,
                "--frames" => options.frames = number(word, value()?)?,
                "--out" => options.out = Some(value()?.into()),
                "--append" => options.append = true,
                "--publish" => options.publish = true,
                "--help" => options.help = true,
                _ => return Err(wrong(format!("there is no option `{word}`"))),
            }
        }
        if options.frames == 0 {
            return Err(wrong("`--frames` is 0, but must be 1 or more".to_owned()));
        }
        if options.rounds == 0 && !options.append {
            return Err(wrong(
                "`--rounds` is 0, but must be 1 or more unless `--append` is given".to_owned(),
            ));
        }
        Ok(options)
    }
}

fn number(option: &str, value: &str) -> Result<usize, TaskError> {
    value.parse().map_err(|_| wrong(format!("`{option}` is `{value}`, but must be a whole number")))
}

fn wrong(problem: String) -> TaskError {
    TaskError::Option { task: "bench", problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, TaskError> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&words)
    }

    #[test]
    fn options_may_come_in_any_order() {
        let options = parsed("--append --rounds 3 --model a/b --publish --ptts-python p").unwrap();
        let expected = Options {
            model: Some("a/b".into()),
            ptts_python: Some("p".into()),
            rounds: 3,
            append: true,
            publish: true,
            ..Options::default()
        };
        assert_eq!(options, expected);
        assert_eq!(parsed("").unwrap(), Options::default());
    }

    #[test]
    fn wrong_options_are_named() {
        let cases = [
            ("--peers", "there is no option `--peers`"),
            ("--rounds", "`--rounds` needs a value"),
            ("--rounds five", "`--rounds` is `five`, but must be a whole number"),
            ("--rounds 0", "`--rounds` is 0"),
            ("--frames 0", "`--frames` is 0"),
        ];
        for (line, expected) in cases {
            let error = parsed(line).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            let error = error.to_string();
            assert!(error.contains(expected) && error.contains("cargo xtask bench --help"), "{error}");
        }
    }

    #[test]
    fn every_option_is_in_the_help() {
        for option in HELP.lines().filter_map(|line| line.split_whitespace().next()) {
            if option.starts_with("--") {
                assert!(
                    parsed(option).is_ok() || parsed(&format!("{option} 1")).is_ok(),
                    "{option} is documented, but not accepted"
                );
            }
        }
    }
}
