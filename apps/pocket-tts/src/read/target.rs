//! Where the audiobook goes, and in which format.

use std::path::{Path, PathBuf, is_separator};

use pocket_tts_audio::AudioFormat;
use pocket_tts_audio::audiobook::{AudiobookError, AudiobookFormat};
use pocket_tts_files::{AtomicFile, remove_abandoned_files};

use super::captions::CaptionFile;
use crate::cli::ReadArguments;
use crate::exit::Failure;
use crate::output::Output;

/// Where the speech of a book goes.
#[derive(Debug)]
pub(super) struct Target {
    /// The audiobook; none if the book is only played.
    pub(super) file: Option<AudiobookFile>,
    /// The folder of spoken passages: the same for all outputs of a book in a folder.
    pub(super) parts_folder: PathBuf,
}

/// The audiobook to be written, and the captions beside it.
#[derive(Debug)]
pub(super) struct AudiobookFile {
    pub(super) path: PathBuf,
    pub(super) format: AudiobookFormat,
    pub(super) captions: Option<CaptionFile>,
}

impl Target {
    pub(super) fn of(arguments: &ReadArguments) -> Result<Self, Failure> {
        if arguments.play && arguments.output_path.is_none() {
            refuse_options_of_files(arguments)?;
            // As of the output that a run without --play has.
            let parts_folder = parts_folder(&arguments.book, Path::new(""));
            return Ok(Self { file: None, parts_folder });
        }
        let file = AudiobookFile::of(arguments)?;
        let parts_folder = parts_folder(&arguments.book, &file.path);
        Ok(Self { file: Some(file), parts_folder })
    }

    /// Checks before the work that its result can be written.
    pub(super) fn check(&self, book: &Path) -> Result<(), Failure> {
        self.file.as_ref().map_or(Ok(()), |file| file.check(book))
    }
}

impl AudiobookFile {
    fn of(arguments: &ReadArguments) -> Result<Self, Failure> {
        let format = arguments.format.as_deref();
        let path = if let Some(path) = &arguments.output_path {
            path.clone()
        } else {
            let single = single_format(format)?.unwrap_or(AudiobookFormat::M4b);
            default_path(&arguments.book, arguments.chapters.as_deref(), single.extensions()[0])
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

    fn check(&self, book: &Path) -> Result<(), Failure> {
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
        if self.path.metadata().is_ok_and(|found| !found.is_file()) {
            return Err(AudiobookError::NotSeekable { path: self.path.clone() }.into());
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
}

/// Refuses options that say what is written if nothing is.
fn refuse_options_of_files(arguments: &ReadArguments) -> Result<(), Failure> {
    let option = match (&arguments.format, &arguments.captions) {
        (Some(_), _) => "--format",
        (None, Some(_)) => "--captions",
        (None, None) => return Ok(()),
    };
    Err(Failure::Usage(format!(
        "{option} is about the audiobook, but with --play alone none is written; name it with --output-path"
    )))
}

/// The output without an argument, in the current folder. Some chapters don't replace the whole book.
fn default_path(book: &Path, chapters: Option<&str>, extension: &str) -> PathBuf {
    let mut name = book.file_stem().unwrap_or_default().to_owned();
    if let Some(chapters) = chapters {
        name.push(" chapters ");
        name.push(chapters.split_whitespace().collect::<String>());
    }
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// The folder of spoken passages, which has the book's name and is beside the output.
fn parts_folder(book: &Path, output: &Path) -> PathBuf {
    let mut name = book.file_stem().unwrap_or_default().to_owned();
    name.push(".parts");
    output.with_file_name(name)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_chapters_have_a_file_of_their_own() {
        let name = |chapters| default_path(Path::new("books/b.epub"), chapters, "m4b");
        assert_eq!(name(None), Path::new("b.m4b"));
        assert_eq!(name(Some("2")), Path::new("b chapters 2.m4b"));
        assert_eq!(name(Some("3-7, 9")), Path::new("b chapters 3-7,9.m4b"));
    }

    #[test]
    fn all_outputs_of_a_book_share_its_spoken_passages() {
        for (output, expected) in [
            ("b.m4b", "b.parts"),
            ("other.mp3", "b.parts"),
            ("chapters/", "b.parts"),
            ("out/b chapters 2.m4b", "out/b.parts"),
            ("out/chapters/", "out/b.parts"),
        ] {
            assert_eq!(
                parts_folder(Path::new("books/b.epub"), Path::new(output)),
                Path::new(expected),
                "{output}"
            );
        }
    }
}
