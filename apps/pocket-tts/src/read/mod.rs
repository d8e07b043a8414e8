//! `pocket-tts read`: speaks a book.
//!
//! The book is cut into passages, each of which is spoken by itself and stored under a name that is made of everything its
//! sound depends on. The audiobook is put together when all of them exist. So an interrupted run goes on where it was, and
//! a changed book has only its changes spoken. This is the order of the work. It must not know how any of it is done.

mod assembly;
mod captions;
mod cast;
mod digest;
mod ending;
mod hearing;
mod outcome;
mod part;
mod parts;
mod passages;
mod pauses;
mod preview;
mod progress;
mod quotes;
mod selection;
mod source;
mod speaking;
mod steps;
mod target;
mod timeline;

use pocket_tts_audio::audiobook::BookInfo;

use crate::cli::ReadArguments;
use crate::console::Console;
use crate::exit::Failure;
use crate::generate::load;
use crate::interruption::Interruption;
use crate::listening::Listening;
use crate::model_choice::ModelChoice;
use crate::playing;
use crate::settings::Settings;

use assembly::Assembly;
use cast::{Cast, Roles};
use digest::SoundDigest;
use ending::Ending;
use hearing::Hearing;
use outcome::{Finished, tell_missing, tell_parts, tell_start};
use parts::{Parts, Passages};
use passages::plan;
use selection::select;
use source::read_source;
use speaking::Reading;
use steps::steps;
use target::Target;

/// Runs the subcommand.
pub(crate) fn run(arguments: &ReadArguments) -> Result<(), Failure> {
    let settings = Settings::gather_without_output(&arguments.shared())?;
    let console = Console::new(settings.quiet);
    let roles = Roles::parse(arguments.voices.as_deref(), &settings)?;
    let book = read_source(arguments, settings.model.language())?;
    let selected = select(&book.chapters, arguments.chapters.as_deref())?;
    tell_missing(&console, &book);
    if arguments.preview {
        return preview::print(&book, &selected, settings.speed, arguments.json);
    }
    let target = Target::of(arguments)?;
    target.check(&arguments.book)?;
    if arguments.play {
        playing::check()?;
    }

    let interruption = Interruption::install();
    let model = load(&settings, &console)?;
    let cast = Cast::load(&model, roles, &settings, &console)?;
    if cfg!(feature = "tiny") && settings.model == ModelChoice::Default {
        console.info(
            "this is the small built-in model; for the large one: pocket-tts read BOOK --language english",
        );
    }
    // Not earlier, so that a wrong voice leaves no folder.
    let parts = Parts::open(&target.parts_folder, model.sample_rate_hz())?;
    let digest = SoundDigest::new(&model, &cast, &settings);
    let plan = plan(&selected, cast.has_quotes(), &digest);
    let stored = parts.find_all(plan.passages().map(|(_, passage)| passage));
    let mut passages = Passages { parts: &parts, stored };
    let reading = Reading {
        model: &model,
        cast: &cast,
        settings: &settings,
        console: &console,
        interruption: &interruption,
    };
    tell_start(&reading, &book, &plan, &passages);
    let mut hearing =
        if arguments.play { reading.hear(target.file.is_some())? } else { Hearing::new(Listening::off()) };
    let steps = steps(&plan, &passages.stored, arguments.play);
    let spoken = reading.follow(&steps.first, &plan, &mut passages, &mut hearing)?;
    let info = BookInfo { narrator: cast.names.clone(), ..book.info.clone() };
    let assembly = target.file.as_ref().map(|file| Assembly {
        target: file,
        plan: &plan,
        chapter_count: book.chapters.len(),
        passages: &passages,
        sample_rate_hz: model.sample_rate_hz(),
        loudness_lufs: settings.loudness_lufs,
        interruption: &interruption,
        console: &console,
    });
    let ending = Ending { reading: &reading, plan: &plan, passages: &passages, rest: &steps.rest };
    let heard = ending.run(assembly.as_ref(), &info, hearing)?;
    let finished = Finished { spoken: &spoken, passages: &passages, plan: &plan, heard: &heard };
    finished.tell(&console, &target);
    if arguments.remove_parts {
        parts.remove();
    } else {
        tell_parts(&console, &parts);
    }
    heard.failure.map_or(Ok(()), Err)
}
