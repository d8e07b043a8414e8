//! `pocket-tts download`: fetches a model's files. Nothing is loaded.

use std::fmt::Write as _;
use std::io::Write;

use pocket_tts_core::{DownloadVoices, Downloaded};

use crate::cli::{CommonArguments, DownloadArguments, ModelArguments};
use crate::console::Console;
use crate::exit::{Failure, counted};
use crate::fetching::{FetchDisplay, size};
use crate::generate::warn_of_refusal;
use crate::settings::Settings;

/// Runs the subcommand.
pub(crate) fn run(arguments: &DownloadArguments) -> Result<(), Failure> {
    let settings = Settings::gather(
        &CommonArguments {
            quiet: arguments.quiet,
            model: ModelArguments {
                language: Some(arguments.language.clone()),
                offline: arguments.offline,
                ..ModelArguments::default()
            },
            ..CommonArguments::default()
        }
        .into(),
    )?;
    let console = Console::new(settings.quiet);
    let voices = if arguments.all_voices { DownloadVoices::All } else { DownloadVoices::Default };
    let builder = settings.model.builder(settings.offline).on_fetch(FetchDisplay::new(console.clone()));
    let downloaded = builder.download(voices)?;
    if let Some(refusal) = &downloaded.cloning_refusal {
        warn_of_refusal(refusal, &console);
    }
    if settings.quiet {
        return Ok(());
    }
    let text = table(&downloaded);
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| Failure::write("standard output", error))?;
    console.info(&summary(&arguments.language, &downloaded));
    Ok(())
}

/// The role, size and path of each file.
fn table(downloaded: &Downloaded) -> String {
    let files = downloaded.files.iter().map(|file| {
        let bytes = file.path.metadata().map_or(0, |metadata| metadata.len());
        (file.role.to_string(), size(bytes), file.path.display())
    });
    let mut text = String::new();
    for (role, size, path) in files {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{role:22}  {size:>8}  {path}");
    }
    text
}

fn summary(language: &str, downloaded: &Downloaded) -> String {
    let files = &downloaded.files;
    if files.is_empty() {
        return format!("{language} is built in, so there is nothing to fetch");
    }
    let fetched = files.iter().filter(|file| file.received_bytes > 0).count();
    let received_bytes = files.iter().map(|file| file.received_bytes).sum();
    format!(
        "{language} is on this machine: {}, of which {fetched} {} fetched ({})",
        counted(files.len(), "file"),
        if fetched == 1 { "was" } else { "were" },
        size(received_bytes)
    )
}
