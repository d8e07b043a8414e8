//! `pocket-tts read`: speaks a book.
//!
//! The book is cut into passages, each of which is spoken by itself and stored under a name that is made of everything its
//! sound depends on. The audiobook is put together when all of them exist. So an interrupted run goes on where it was, and
//! a changed book has only its changes spoken. This is the order of the work. It must not know how any of it is done.

mod assembly;
mod captions;
mod cast;
mod digest;
mod outcome;
mod part;
mod parts;
mod passages;
mod preview;
mod progress;
mod quotes;
mod selection;
mod source;
mod speaking;
mod target;
mod timeline;

use pocket_tts_audio::audiobook::BookInfo;

use crate::cli::ReadArguments;
use crate::console::Console;
use crate::exit::Failure;
use crate::generate::load;
use crate::interruption::Interruption;
use crate::model_choice::ModelChoice;
use crate::settings::Settings;

use assembly::Assembly;
use cast::{Cast, Roles};
use digest::SoundDigest;
use outcome::{tell_end, tell_missing, tell_parts, tell_start};
use parts::Parts;
use passages::plan;
use selection::select;
use source::read_source;
use speaking::Reading;
use target::Target;

/// Runs the subcommand.
pub(crate) fn run(arguments: &ReadArguments) -> Result<(), Failure> {
    let settings = Settings::gather(&arguments.shared())?;
    let console = Console::new(settings.quiet);
    let roles = Roles::parse(arguments.voices.as_deref(), &settings)?;
    let book = read_source(arguments, settings.model.language())?;
    let selected = select(&book.chapters, arguments.chapters.as_deref())?;
    tell_missing(&console, &book);
    if arguments.preview {
        return preview::print(&book, &selected, arguments.speech.speed, arguments.json);
    }
    let target = Target::of(arguments)?;
    target.check(&arguments.book)?;

    let interruption = Interruption::install();
    let model = load(&settings, &console)?;
    let cast = Cast::load(&model, roles, &settings, &console)?;
    if cfg!(feature = "tiny") && settings.model == ModelChoice::Default {
        console.info(
            "this is the small built-in model; for the large one: pocket-tts read BOOK --language english",
        );
    }
    // Not earlier, so that a wrong voice leaves no folder.
    let parts = Parts::open(&target.parts_folder)?;
    let digest = SoundDigest::new(&model, &cast, &settings);
    let plan = plan(&selected, cast.has_quotes(), &digest);
    let mut stored = parts.find_all(plan.passages().map(|(_, passage)| passage));
    let reading = Reading { model: &model, cast: &cast, settings: &settings, console: &console };
    tell_start(&reading, &book, &plan, &stored);
    let spoken = reading.speak_missing(&plan, &parts, &mut stored, &interruption)?;
    let info = BookInfo { narrator: cast.names.clone(), ..book.info.clone() };
    let assembly = Assembly {
        target: &target,
        plan: &plan,
        chapter_count: book.chapters.len(),
        parts: &parts,
        stored: &stored,
        sample_rate_hz: model.sample_rate_hz(),
        loudness_lufs: settings.loudness_lufs,
        interruption: &interruption,
        console: &console,
    };
    let length_s = assembly.write(&info)?;
    tell_end(&console, &target, &spoken, &stored, length_s);
    if arguments.remove_parts {
        parts.remove();
    } else {
        tell_parts(&console, &parts);
    }
    Ok(())
}
