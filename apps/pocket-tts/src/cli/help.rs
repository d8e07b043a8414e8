//! The longer texts of `--help`.

/// The exit codes.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0    success
  1    some of several items failed, and the others are done; or doctor found a problem
  2    usage error: an option, a setting, a name or the text is wrong
  3    the model's files do not fit together or are damaged
  4    environment error: files, folders, the network, permissions
  70   a bug in this program
  129, 130, 143  interrupted (SIGHUP, Ctrl-C, SIGTERM); without --keep-partial no file is left
  141  the reader of the output closed the pipe, as a stopped player does";

/// How to give settings.
pub(crate) const SETTINGS: &str = "\
Settings:
  Settings that are not given as arguments come from environment variables named after the options, such as \
POCKET_TTS_VOICE or POCKET_TTS_MAX_TOKENS, or else from a settings file, a YAML mapping such as

      language: french
      voice: estelle
      max_tokens: 40

  The file is the one of --settings, or else of the variable POCKET_TTS_SETTINGS, or else \
$XDG_CONFIG_HOME/pocket-tts/settings.yaml (~/.config without that variable) if it exists. It can set all options \
except the ones for the text and --settings. The extension of --output-path overrides a format from a variable or a \
file. A language overrides a config from a weaker place, and vice versa.

  Loaded weights are cached, for a faster start, in the folder of the variable POCKET_TTS_WEIGHT_CACHE, or else in \
$XDG_CACHE_HOME/pocket-tts/packed (~/.cache without that variable); off disables the cache.";

/// The seed of a book.
pub(crate) const BOOK_SEED: &str = "A whole number for another way to say each passage [default: none, and each passage is always said in the same way]";

/// How books are spoken.
pub(crate) const READ: &str = "\
Spoken passages:
  Each passage of some sentences is stored as soon as it is spoken, as a FLAC file in a folder beside the output \
(book.parts for book.epub). A run that was stopped in any way goes on there when the same command is given again, and \
the audiobook is the same, byte for byte, as without the interruption.

  The folder stays when the audiobook is complete, so that another format, or an edition with new or changed chapters, \
takes only the time of what is new. It can be removed at any time; --remove-parts does so at the end.

Playing:
  --play plays the book from the first passage that has not been spoken, after the last sentences before it, or from the beginning if all have been. What is spoken waits for what is heard. Ctrl-C silences it at once, and the same command goes on there. With --output-path the audiobook is written as soon as all passages have been spoken.

Settings:
  The options for models, voices, texts and speech can also be set by environment variables and by a settings file, as \
`pocket-tts generate --help` tells.";

/// The lines of a manifest.
pub(crate) const BATCH: &str = "\
Manifest:
  Each line is a JSON object; blank lines are left out:

      {\"text\": \"Good morning.\", \"name\": \"greetings/morning\"}
      {\"file\": \"chapter1.md\", \"voice\": \"me.safetensors\", \"seed\": 7, \"format\": \"mp3\"}

  text or file          what to speak
  name                  the output in the folder, with or without an extension; / separates folders \
[default: the line's number, such as 000007]
  timestamps            as --timestamps: srt, vtt, json or off
  voice, language, seed, temperature, speed, loudness, format, sampler_decode_steps, noise_clamp, eos_threshold, \
frames_after_eos, max_tokens, no_truncate, resampler, normalize, text_language, markup, text_format, input_format, \
dictionary, split, sentence_pause, paragraph_pause, check
                        as the options of these names, which they override

  Paths are relative to the current folder. All lines are checked before the first is spoken. Lines that are wrong or \
fail are reported, and the others are spoken. With several languages, one model is loaded after the other, and speaks \
all of its lines.

Resuming:
  A file appears when it is complete. The folder's log, pocket-tts-batch.jsonl or pocket-tts-batch-I-of-N.jsonl, \
tells what each file was spoken from. The next run skips files whose text, voice, model, options and captions are the \
same. It \
doesn't see other weights under the same name, or another version of this program: use --overwrite then.";

/// How to install completions.
pub(crate) const COMPLETIONS: &str = "\
To install them:
  bash        pocket-tts completions bash > ~/.local/share/bash-completion/completions/pocket-tts
  zsh         pocket-tts completions zsh > ~/.zfunc/_pocket-tts, with fpath+=~/.zfunc before compinit in ~/.zshrc
  fish        pocket-tts completions fish > ~/.config/fish/completions/pocket-tts.fish
  elvish      pocket-tts completions elvish > ~/.config/elvish/lib/pocket-tts.elv, and `use pocket-tts` in rc.elv
  powershell  pocket-tts completions powershell >> $PROFILE";

/// The results of the benchmark.
pub(crate) const BENCH: &str = "\
Without --language, --config and --voice, the model in the current folder is measured if there is a \
config.yaml and a voice.safetensors, or else the default model with its own voice. Settings files and \
POCKET_TTS_* variables are not read, except POCKET_TTS_WEIGHT_CACHE: with off the model is loaded from the released \
weights each time.

Every run speaks the text with the voice already loaded, ignores the model's end of the sentence, and stops after the \
given number of frames, so that the results do not depend on the length of the speech.

Fields:
  times_real_time     seconds of audio per second, the median run (1 / real-time factor);
                      times_real_time_min, times_real_time_max
  wall_s              seconds that the median run took
  first_chunk_ms      milliseconds to the first frame of the slowest stream, the median run;
                      first_chunk_ms_max
  streams             texts spoken at once
  unfairness          the slowest stream's time divided by the streams' mean, the worst run
  cpu_cores           cores that this program kept busy during the runs
  other_cores         cores that other programs kept busy meanwhile; should be near 0
  threads             the maximum number of threads
  peak_rss_mb         peak memory, in MiB
  load_s              seconds to load the model; import_s is always 0
  frames, runs, version
With --components also these medians, measured after the runs; they compare best on a single core:
  voice_encode_ms     milliseconds to encode 10 s of audio
  voice_state_ms      milliseconds from 10 s of audio to a voice that is ready to speak
Unknown values are null.";
