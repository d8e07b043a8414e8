//! The longer text of `--help`.

/// How settings are given, for `--help`.
pub(super) const HELP: &str = "\
Each option can also be a variable, as POCKET_TTS_SERVER_MAX_STREAMS, with commas between several values, or a key \
of the settings file, as max_streams. Flags are stronger than variables, and variables than the file; an empty variable \
counts as none.

The settings file also takes a list of keys, `api_keys: [KEY, KEY]`; lists of one may be written as that one, and pairs \
such as voice_map as a mapping, `voice_map: {alloy: eve}`.

POCKET_TTS_WEIGHT_CACHE names the folder in which loaded weights are kept, so that they load sooner the next time; off \
keeps none.";
