//! The longer texts of `--help`.

/// What the exit codes mean, for `--help`.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0    done
  2    the request can't be met: an option, a setting, a name or the text is wrong
  3    the model's files don't fit together or are damaged
  4    something on this machine is wrong: files, folders, the network, permissions
  70   a bug of this program
  129, 130, 143  interrupted (SIGHUP, Ctrl-C, SIGTERM); without --keep-partial no file was left
  141  the reader of the sound closed the pipe, as a player does that is stopped";

/// How settings are given, for `--help`.
pub(crate) const SETTINGS: &str = "\
Settings:
  What the arguments leave open is taken from environment variables named after the options, such as \
POCKET_TTS_VOICE or POCKET_TTS_MAX_TOKENS, then from a settings file, a YAML mapping such as

      language: french
      voice: estelle
      max_tokens: 40

  The file is the one of --settings, or else of the variable POCKET_TTS_SETTINGS, or else \
$XDG_CONFIG_HOME/pocket-tts/settings.yaml (~/.config without that variable) if it exists. All options \
can be set so but those for the text and --settings. The ending of --output-path is stronger than a format from a \
variable or a file. A language overrides a config from a weaker place, and the \
other way round.

  Loaded weights are kept, to load sooner next time, in the folder that the variable POCKET_TTS_WEIGHT_CACHE names, or \
else in $XDG_CACHE_HOME/pocket-tts/packed (~/.cache without that variable); off keeps none.";

/// What the figures mean, for `--help`.
pub(crate) const BENCH: &str = "\
Without --language, --config and --voice, the model in the current folder is measured if there is a \
config.yaml and a voice.safetensors, or else the default model with its own voice. Settings files and \
POCKET_TTS_* variables are not read, but for POCKET_TTS_WEIGHT_CACHE: off has the model loaded from the released \
weights each time.

Every run speaks the text with the voice already loaded, never ends by itself, and stops after the \
given number of frames, so that the figures don't depend on what the model thinks of the text.

Fields:
  rtf                 seconds of sound per second, the median run; rtf_min, rtf_max
  wall_s              seconds that the median run took
  first_chunk_ms      milliseconds to the first frame, of the last stream to get one, the median run;
                      first_chunk_ms_max
  streams             texts that were spoken at once
  unfairness          the slowest stream's time by the streams' mean, the worst run
  cpu_cores           cores that this program kept busy during the runs
  other_cores         cores that other programs kept busy meanwhile; should be near 0
  threads             most threads seen
  peak_rss_mb         most memory, in MiB
  load_s              seconds to load the model; import_s is 0, there being nothing else to load
  frames, runs, version
With --components, medians as well, measured after the runs; alone on one core they compare best:
  voice_encode_ms     milliseconds to encode 10 s of sound
  voice_state_ms      milliseconds from 10 s of sound to a voice that is ready to speak
What the system doesn't tell is null.";
