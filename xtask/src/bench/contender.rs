//! The measured programs and settings. It must not run anything.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Program {
    /// This one.
    Ours,
    /// The Python package pocket-tts.
    PocketTts,
    /// The runtime ptts.
    Ptts,
}

/// The workload and the available cores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Setting {
    /// One text on all cores.
    OneStream,
    /// One text on one core.
    OneCore,
    /// Four texts at once on all cores.
    FourStreams,
    /// Sixteen texts at once on all cores.
    SixteenStreams,
}

/// A program in a setting, with its weights in some precision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Contender {
    pub(super) setting: Setting,
    pub(super) program: Program,
    /// In the program's notation.
    pub(super) precision: String,
}

/// The paths of the programs.
#[derive(Debug)]
pub(super) struct Programs {
    pub(super) ours: PathBuf,
    /// The Python interpreters, if given.
    pub(super) pocket_tts_python: Option<PathBuf>,
    pub(super) ptts_python: Option<PathBuf>,
    /// The folder of the scripts that drive the peers.
    pub(super) scripts: PathBuf,
    /// The weight cache of this program, separate from the user's.
    pub(super) packed_weights: PathBuf,
}

/// A command to run in the model's folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Invocation {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
    /// Variables besides FRAMES, RUNS and TEXT.
    pub(super) variables: Vec<(&'static str, String)>,
}

impl Program {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ours => "this program",
            Self::PocketTts => "pocket-tts (Python)",
            Self::Ptts => "ptts",
        }
    }

    const fn precisions(self) -> &'static [&'static str] {
        match self {
            Self::Ours => &["f32", "bf16", "int8", "q4"],
            Self::PocketTts => &["f32", "int8"],
            Self::Ptts => &["f32", "q8_0", "q4k"],
        }
    }
}

impl Setting {
    pub(super) const ALL: [Self; 4] =
        [Self::OneStream, Self::OneCore, Self::FourStreams, Self::SixteenStreams];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::OneStream => "one text, all cores",
            Self::OneCore => "one text, one core",
            Self::FourStreams => "4 texts at once",
            Self::SixteenStreams => "16 texts at once",
        }
    }

    /// Frames of each text: `frames` for a single one, fewer for several at once, to save time.
    pub(super) fn frames(self, frames: usize) -> usize {
        if self.streams() > 1 { frames.div_ceil(3) } else { frames }
    }

    pub(super) const fn streams(self) -> usize {
        match self {
            Self::OneStream | Self::OneCore => 1,
            Self::FourStreams => 4,
            Self::SixteenStreams => 16,
        }
    }
}

impl Contender {
    /// All contenders with these programs, in the order of a round. The peers generate one text at a time.
    pub(super) fn all(programs: &Programs) -> Vec<Self> {
        let mut contenders = Vec::new();
        for setting in Setting::ALL {
            for program in [Program::Ours, Program::PocketTts, Program::Ptts] {
                if !programs.have(program) || (program != Program::Ours && setting.streams() > 1) {
                    continue;
                }
                let precisions = program.precisions().iter();
                contenders.extend(precisions.map(|precision| Self {
                    setting,
                    program,
                    precision: (*precision).to_owned(),
                }));
            }
        }
        contenders
    }

    pub(super) fn description(&self) -> String {
        format!("{} {}, {}", self.program.name(), self.precision, self.setting.name())
    }
}

impl Programs {
    fn have(&self, program: Program) -> bool {
        match program {
            Program::Ours => true,
            Program::PocketTts => self.pocket_tts_python.is_some(),
            Program::Ptts => self.ptts_python.is_some(),
        }
    }

    /// The command that runs `contender` on the model in the current folder; `None` without its Python.
    pub(super) fn invocation(&self, contender: &Contender) -> Option<Invocation> {
        let python = |python: &Option<PathBuf>, script: &str| {
            let variables = match contender.setting {
                Setting::OneCore => vec![("THREADS", "1".to_owned())],
                _ => Vec::new(),
            };
            let script = self.scripts.join(script).display().to_string();
            Some(Invocation {
                program: python.clone()?,
                arguments: vec![script, contender.precision.clone()],
                variables,
            })
        };
        match contender.program {
            Program::Ours => Some(self.own_invocation(contender)),
            Program::PocketTts => python(&self.pocket_tts_python, "drive_pocket_tts.py"),
            Program::Ptts => python(&self.ptts_python, "drive_ptts.py"),
        }
    }

    fn own_invocation(&self, contender: &Contender) -> Invocation {
        let mut arguments: Vec<String> =
            ["bench", "--config", "config.yaml", "--voice", "voice.safetensors", "--precision"]
                .map(str::to_owned)
                .into();
        arguments.push(contender.precision.clone());
        match contender.setting {
            Setting::OneStream => {}
            Setting::OneCore => arguments.extend(["--threads".to_owned(), "1".to_owned()]),
            Setting::FourStreams | Setting::SixteenStreams => {
                arguments.extend(["--streams".to_owned(), contender.setting.streams().to_string()]);
            }
        }
        let variables = vec![("POCKET_TTS_WEIGHT_CACHE", self.packed_weights.display().to_string())];
        Invocation { program: self.ours.clone(), arguments, variables }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(python: Option<&str>) -> Programs {
        Programs {
            ours: "ours".into(),
            pocket_tts_python: python.map(PathBuf::from),
            ptts_python: python.map(PathBuf::from),
            scripts: "scripts".into(),
            packed_weights: "packed".into(),
        }
    }

    #[test]
    fn peers_take_part_in_single_streams() {
        let alone = Contender::all(&programs(None));
        assert_eq!(alone.len(), 16);
        assert!(alone.iter().all(|contender| contender.program == Program::Ours));
        let all = Contender::all(&programs(Some("python")));
        assert_eq!(all.len(), 16 + 2 * 5);
        let of_peers = all.iter().filter(|contender| contender.program != Program::Ours);
        assert!(of_peers.clone().all(|contender| contender.setting.streams() == 1));
    }

    #[test]
    fn each_setting_is_passed_to_the_command() {
        let programs = programs(Some("python"));
        let words = |setting, program, precision: &str| {
            let contender = Contender { setting, program, precision: precision.to_owned() };
            let invocation = programs.invocation(&contender).unwrap();
            let variables = invocation.variables.iter().map(|(name, value)| format!("{name}={value} "));
            format!("{}{}", variables.collect::<String>(), invocation.arguments.join(" "))
        };
        let common =
            "POCKET_TTS_WEIGHT_CACHE=packed bench --config config.yaml --voice voice.safetensors --precision";
        assert_eq!(words(Setting::OneStream, Program::Ours, "f32"), format!("{common} f32"));
        assert_eq!(words(Setting::OneCore, Program::Ours, "int8"), format!("{common} int8 --threads 1"));
        assert_eq!(
            words(Setting::SixteenStreams, Program::Ours, "bf16"),
            format!("{common} bf16 --streams 16")
        );
        assert_eq!(
            words(Setting::OneCore, Program::Ptts, "q8_0"),
            format!("THREADS=1 {} q8_0", PathBuf::from("scripts").join("drive_ptts.py").display())
        );
    }
}
