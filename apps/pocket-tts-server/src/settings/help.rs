//! The longer text of `--help`.

/// How to give settings.
pub(super) const HELP: &str = "\
Each option can also be a variable, such as POCKET_TTS_SERVER_MAX_STREAMS, with commas between several values, or a \
key of the settings file, such as max_streams. Options override variables, and variables override the file; an empty \
variable is ignored.

The settings file may also have a list of keys, `api_keys: [KEY, KEY]`. A list of one item may be written as that item, \
and pairs such as voice_map as a mapping, `voice_map: {alloy: eve}`.

POCKET_TTS_WEIGHT_CACHE names the folder in which loaded weights are cached, for a faster start; off disables the \
cache.

Exit codes:
  0    the server ended after a signal
  2    usage error: an option, a setting or a name is wrong
  3    the model's files do not fit together or are damaged
  4    environment error: files, folders, the network, permissions
  70   a bug in this program
  130, 143  ended at once by a second signal (Ctrl-C, SIGTERM)";
