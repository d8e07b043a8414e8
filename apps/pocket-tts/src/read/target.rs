//! Where the audiobook goes, and in which format.

use std::path::{Path, PathBuf, is_separator};

use pocket_tts_audio::AudioFormat;
use pocket_tts_audio::audiobook::AudiobookFormat;
use pocket_tts_files::{AtomicFile, remove_abandoned_files};

use super::captions::CaptionFile;
use crate::cli::ReadArguments;
use crate::exit::Failure;
use crate::output::Output;

/// The audiobook to be written, and the captions beside it.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) path: PathBuf,
    pub(super) format: AudiobookFormat,
    pub(super) captions: Option<CaptionFile>,
}

impl Target {
    pub(super) fn of(arguments: &ReadArguments) -> Result<Self, Failure> {
        let format = arguments.format.as_deref();
        let path = if let Some(path) = &arguments.output_path {
            path.clone()
        } else {
            let single = single_format(format)?.unwrap_or(AudiobookFormat::M4b);
            let mut name = arguments.book.file_stem().unwrap_or_default().to_owned();
            name.push(".");
            name.push(single.extensions()[0]);
            PathBuf::from(name)
        };
        let is_folder = path.to_string_lossy().ends_with(is_separator) || path.is_dir();
        let format = if is_folder {
            AudiobookFormat::Folder(folder_format(format)?)
        } else {
            match single_format(format)?.or_else(|| AudiobookFormat::of_path(&path)) {
                Some(format) => format,
                None => return Err(unknown_ending(&path)),
            }
        };
        let captions = arguments.captions.as_deref().map(CaptionFile::of).transpose()?;
        if is_folder && captions.is_some() {
            let problem = "captions belong to a single file, not to a folder of chapters; write an .m4b, .mp3 or .opus file";
            return Err(Failure::Usage(problem.to_owned()));
        }
        Ok(Self { path, format, captions })
    }

    /// Checks before the work that its result can be written.
    pub(super) fn check(&self, book: &Path) -> Result<(), Failure> {
        let folder =
            |path: &Path| path.parent().filter(|folder| !folder.as_os_str().is_empty()).map(Path::to_owned);
        if let AudiobookFormat::Folder(_) = self.format {
            if let Some(parent) = folder(&self.path).filter(|parent| !parent.is_dir()) {
                return Err(Failure::Usage(format!(
                    "cannot write {}: the folder {} does not exist; create it first or choose another",
                    self.path.display(),
                    parent.display()
                )));
            }
            // Of runs that were killed.
            remove_abandoned_files(&self.path);
            return Ok(());
        }
        let output = Output::File(self.path.clone());
        output.refuse_input(book, "book")?;
        // Any format: whether the ending fits has been checked.
        output.check(Some(AudioFormat::Aac))?;
        if let Some(captions) = &self.captions {
            Output::File(captions.path.clone()).refuse_input(book, "book")?;
            AtomicFile::create(&captions.path).map(drop)?;
        }
        Ok(())
    }

    /// The folder of spoken passages: the same for all formats.
    pub(super) fn parts_folder(&self) -> PathBuf {
        match self.format {
            AudiobookFormat::Folder(_) => {
                // Without the slash at the end.
                let mut name = self.path.components().as_path().as_os_str().to_owned();
                name.push(".parts");
                PathBuf::from(name)
            }
            _ => self.path.with_extension("parts"),
        }
    }
}

fn single_format(name: Option<&str>) -> Result<Option<AudiobookFormat>, Failure> {
    let Some(name) = name else { return Ok(None) };
    let known = AudiobookFormat::SINGLE_FILES.into_iter().find(|format| format.name() == name);
    known.map(Some).ok_or_else(|| {
        Failure::Usage(format!(
            "an audiobook in one file cannot be `{name}`; use m4b, mp3 or opus, or an output that ends with a slash for a folder of chapters"
        ))
    })
}

fn folder_format(name: Option<&str>) -> Result<AudioFormat, Failure> {
    let name = name.unwrap_or(AudioFormat::Mp3.name());
    name.parse().map_err(|_| {
        let names = AudioFormat::ALL.map(AudioFormat::name).join(", ");
        Failure::Usage(format!("the files of a folder of chapters cannot be `{name}`; use one of {names}"))
    })
}

fn unknown_ending(path: &Path) -> Failure {
    Failure::Usage(format!(
        "cannot write {}, as its ending is not one of an audiobook; use .m4b, .mp3 or .opus, or end the name with a slash for a \
         folder of chapters",
        path.display()
    ))
}
