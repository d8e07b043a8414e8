//! The settings as they are written, on the command line, in variables or in a file.
//!
//! What they mean together is decided in `check`.

use std::path::PathBuf;

use clap::Args;
use pocket_tts_core::Precision;
use serde::{Deserialize, Serialize};

use super::{
    help::HELP,
    written::{Secrets, one_or_several, pairs, text_or_bool, text_or_number},
};

/// The number formats of the language models' weights, by name.
pub(super) const PRECISIONS: [&str; Precision::ALL.len()] = {
    let mut names = [""; Precision::ALL.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = Precision::ALL[at].name();
        at += 1;
    }
    names
};

/// The options of the server.
///
/// Each can also be given as a variable, `POCKET_TTS_SERVER_` and the option's name, or as a key of a settings file.
/// Options override variables, and variables override the file.
#[derive(Debug, Clone, Default, Args, Serialize)]
#[command(after_help = HELP)]
pub struct ServeArguments {
    /// A YAML file of settings [default: ~/.config/pocket-tts/server.yaml if it exists]
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub(super) settings: Option<PathBuf>,

    /// Accepted for compatibility with the Python package, without effect
    #[arg(long, hide = true)]
    #[serde(skip)]
    pub(super) reload: bool,

    #[command(flatten)]
    #[serde(flatten)]
    pub(super) listen: ListenArguments,
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) models: ModelArguments,
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) voices: VoiceArguments,
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) texts: TextArguments,
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) limits: LimitArguments,
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) access: AccessArguments,
}

/// Where to listen.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ListenArguments {
    /// The host to listen on [default: localhost]
    #[arg(long, value_name = "HOST")]
    pub(super) host: Option<String>,

    /// The port to listen on; 0 selects a free one [default: 8000]
    #[arg(long, value_name = "PORT")]
    pub(super) port: Option<u16>,

    /// Listen on a Unix socket at this path instead; sockets from systemd take precedence over both
    #[arg(long, value_name = "PATH")]
    pub(super) unix_socket: Option<PathBuf>,

    /// Also serve the Wyoming protocol of Home Assistant, on this port of the same host or of another one; that protocol
    /// has no keys [default: off]
    #[arg(long, alias = "wyoming-port", value_name = "[HOST:]PORT")]
    #[serde(deserialize_with = "text_or_number")]
    pub(super) wyoming: Option<String>,

    /// Advertise the Wyoming port to Home Assistant over Zeroconf (mDNS), under this name or, without one, as
    /// `Pocket TTS on` this machine; needs --wyoming on an address that other machines reach [default: off]
    #[arg(
        long,
        alias = "zeroconf",
        value_name = "NAME",
        num_args = 0..=1,
        default_missing_value = "true"
    )]
    #[serde(deserialize_with = "text_or_bool")]
    pub(super) wyoming_zeroconf: Option<String>,

    /// Serve /metrics on this port of the same host or of another one, without a key, instead of beside the API
    /// [default: beside the API]
    #[arg(long, value_name = "[HOST:]PORT")]
    #[serde(deserialize_with = "text_or_number")]
    pub(super) metrics_port: Option<String>,

    /// The format of the log on standard error: text, json or off [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub(super) log_format: Option<String>,
}

/// Models.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
#[command(next_help_heading = "Models")]
pub(super) struct ModelArguments {
    /// The model of requests that name none, by name, as in `pocket-tts generate --help` [default: the built-in one]
    #[arg(long, value_name = "NAME")]
    pub(super) language: Option<String>,

    /// The same by its configuration: a .yaml file, an https:// or hf:// location
    #[arg(long, value_name = "LOCATION")]
    pub(super) config: Option<String>,

    /// A further model for requests that name it, loaded at the first of them: NAME=LANGUAGE or NAME=LOCATION; may be
    /// given several times
    #[arg(long, value_name = "NAME=CONFIG", value_delimiter = ',')]
    #[serde(deserialize_with = "pairs")]
    pub(super) model: Vec<String>,

    /// Memory for the weights of models, in MiB. Beyond it, idle models are dropped, least recently used first, and a
    /// model that takes more on its own is rejected [default: no limit]
    #[arg(long, value_name = "MIB")]
    pub(super) model_memory_mb: Option<u64>,

    /// The number format of the language models' weights: fewer bits are faster, take less memory, and sound nearly the
    /// same [default: f32]
    #[arg(long, value_name = "NUMBERS", value_parser = PRECISIONS)]
    pub(super) precision: Option<String>,

    /// The Python package's name for --precision int8
    #[arg(long, value_name = "BOOL",
        num_args = 0..=1, require_equals = true, default_missing_value = "true", overrides_with = "no_quantize", conflicts_with = "precision")]
    pub(super) quantize: Option<bool>,

    /// The opposite of --quantize
    #[arg(long, hide = true, overrides_with = "quantize")]
    #[serde(skip)]
    pub(super) no_quantize: bool,

    /// The number of compute threads [default: one for each core]
    #[arg(long, value_name = "NUMBER")]
    pub(super) threads: Option<usize>,

    /// Never use the network: a file that is not on this machine is an error
    #[arg(long, value_name = "BOOL",
        num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) offline: Option<bool>,
}

/// Voices.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
#[command(next_help_heading = "Voices")]
pub(super) struct VoiceArguments {
    /// The voice of requests that name none: a name, a recording or an exported voice, as a path, an https:// or hf://
    /// location. MODEL=VOICE sets it for one of several models; may be given several times [default: a file `voice` with
    /// the extension of an exported voice or a recording beside the model's configuration, or else the voice of its
    /// language]
    #[arg(long, value_name = "[MODEL=]VOICE")]
    #[serde(deserialize_with = "one_or_several")]
    pub(super) default_voice: Vec<String>,

    /// Let clients create voices, and store them in this folder
    #[arg(long, value_name = "FOLDER")]
    pub(super) voices_dir: Option<PathBuf>,

    /// The maximum number of voices in it [default: 100]
    #[arg(long, value_name = "COUNT")]
    pub(super) max_voices: Option<usize>,

    /// Largest recording of such a voice, in bytes [default: 10485760]
    #[arg(long, value_name = "BYTES")]
    pub(super) max_voice_bytes: Option<usize>,

    /// Map a voice name, such as one of OpenAI's, to a voice: NAME=VOICE, where the voice is a named voice of the models, a
    /// created one, or anything else that --default-voice may be; may be given several times
    #[arg(long, value_name = "NAME=VOICE", value_delimiter = ',')]
    #[serde(deserialize_with = "pairs")]
    pub(super) voice_map: Vec<String>,

    /// Reject OpenAI's voice names except the ones in --voice-map
    #[arg(long, value_name = "BOOL",
        num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) strict_voices: Option<bool>,

    /// Fetch voices from https:// locations that clients give, from public hosts only
    #[arg(long, value_name = "BOOL",
        num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) allow_voice_urls: Option<bool>,

    /// A repository of the Hugging Face hub, OWNER/NAME, that clients may take voices from; may be given
    /// several times [default: the repositories of the released voices]
    #[arg(long, value_name = "REPO", value_delimiter = ',')]
    #[serde(deserialize_with = "one_or_several")]
    pub(super) hf_repo: Vec<String>,
}

/// How texts are read. Requests can choose otherwise.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
#[command(next_help_heading = "Texts, unless a request says otherwise")]
pub(super) struct TextArguments {
    /// Put numbers, dates, money and abbreviations into words [default: true]
    #[arg(long, value_name = "BOOL",
        num_args = 0..=1, require_equals = true, default_missing_value = "true", overrides_with = "no_normalize")]
    pub(super) normalize: Option<bool>,

    /// The opposite of --normalize
    #[arg(long, hide = true, overrides_with = "normalize")]
    #[serde(skip)]
    pub(super) no_normalize: bool,

    // Not a doc comment, in which brackets are links.
    #[arg(long, value_name = "BOOL",
        help = "Read marks such as [pause:500ms], [voice:NAME] and SSML [default: true]",
        num_args = 0..=1, require_equals = true, default_missing_value = "true", overrides_with = "no_markup")]
    pub(super) markup: Option<bool>,

    /// The opposite of --markup
    #[arg(long, hide = true, overrides_with = "markup")]
    #[serde(skip)]
    pub(super) no_markup: bool,

    /// A TOML file with the pronunciation of words, such as `"Nginx" = "engine x"` under `[words]`; requests can add words
    #[arg(long, value_name = "FILE")]
    pub(super) dictionary: Option<PathBuf>,

    /// How texts are split into the pieces that a model speaks: natural, or reference, as the Python package does
    /// [default: natural]
    #[arg(long, value_name = "WAY")]
    pub(super) split: Option<String>,

    /// Silence to add between sentences that are spoken apart [default: 0]
    #[arg(long, value_name = "SECONDS")]
    pub(super) sentence_pause: Option<f64>,

    /// Silence to add between paragraphs, which blank lines separate [default: 0.4]
    #[arg(long, value_name = "SECONDS")]
    pub(super) paragraph_pause: Option<f64>,

    /// What is done about words that speech lacks or says twice, with models whose attention tells: off, report (clients are
    /// told), or repeat (a sentence that its listener doesn't wait for yet is spoken again) [default: repeat]
    #[arg(long, value_name = "WAY")]
    pub(super) check: Option<String>,
}

/// Limits.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitArguments {
    /// The maximum number of concurrent streams [default: twice the processor's threads]
    #[arg(long, value_name = "COUNT")]
    pub(super) max_streams: Option<usize>,

    /// The maximum number of requests that wait for a stream, in order of arrival; the next one gets 429 [default: 64]
    #[arg(long, value_name = "COUNT")]
    pub(super) max_queue: Option<usize>,

    /// The maximum number of characters of a text [default: 10000]
    #[arg(long, value_name = "COUNT")]
    pub(super) max_text_chars: Option<usize>,

    /// The maximum number of seconds of audio of one request; a longer one fails [default: 1800]
    #[arg(long, value_name = "SECONDS")]
    pub(super) max_audio: Option<f64>,

    /// The maximum number of requests of one client at once, from the queue to the last byte; the next one gets 429. A client is
    /// an API key, or an address if there are no keys [default: no limit]
    #[arg(long, value_name = "COUNT")]
    pub(super) max_requests_per_client: Option<usize>,

    /// The maximum number of seconds of audio a minute for one client, on average; beyond it, requests get 429
    /// [default: no limit]
    #[arg(long, value_name = "SECONDS")]
    pub(super) max_audio_per_client: Option<f64>,

    /// Disk space for audio that clients have not read yet, in MiB for all clients. Each client's audio waits in 256 KiB
    /// of memory, then in a temporary file; when the space is used up, speech waits for its reader [default: 1024]
    #[arg(long, value_name = "MIB")]
    pub(super) max_spool_mb: Option<u64>,

    /// Bytes a second that a client must read while audio waits for it, averaged over --stall-timeout; a slower one is
    /// disconnected [default: 1000]
    #[arg(long, value_name = "BYTES")]
    pub(super) min_read_rate: Option<u64>,

    /// Largest recording in a request, in bytes [default: 20000000]
    #[arg(long, value_name = "BYTES")]
    pub(super) max_upload_bytes: Option<usize>,

    /// Longest wait for a free stream [default: 60]
    #[arg(long, value_name = "SECONDS")]
    pub(super) queue_timeout: Option<f64>,

    /// Longest time from the start of a stream to its first audio, including the time to load a model [default: 120]
    #[arg(long, value_name = "SECONDS")]
    pub(super) first_audio_timeout: Option<f64>,

    /// Buffer this much audio before any is sent, for players that stutter otherwise; the Python package's variable
    /// `FIRST_CHUNK_LENGTH_SECONDS` has the same effect [default: 0]
    #[arg(long, value_name = "SECONDS")]
    pub(super) first_chunk_length: Option<f64>,

    /// Longest time of a stream up to its last byte, however slowly the client reads [default: 3600]
    #[arg(long, value_name = "SECONDS")]
    pub(super) request_timeout: Option<f64>,

    /// Longest time in which a client may read none of the audio that waits for it [default: 60]
    #[arg(long, value_name = "SECONDS")]
    pub(super) stall_timeout: Option<f64>,

    /// Longest time in which a client may send nothing over a WebSocket or the Wyoming protocol while there is no speech
    /// for it [default: 60]
    #[arg(long, value_name = "SECONDS")]
    pub(super) idle_timeout: Option<f64>,

    /// Longest pause in the body of a request, which may take ten times as long in all [default: 30]
    #[arg(long, value_name = "SECONDS")]
    pub(super) body_timeout: Option<f64>,

    /// Longest time for the head of a request [default: 10]
    #[arg(long, value_name = "SECONDS")]
    pub(super) header_timeout: Option<f64>,

    /// How long streams may continue after a signal to terminate [default: 30]
    #[arg(long, value_name = "SECONDS")]
    pub(super) drain_timeout: Option<f64>,

    /// How long /health/ready fails before that, while requests are still served, so that load balancers notice
    /// [default: 0]
    #[arg(long, value_name = "SECONDS")]
    pub(super) drain_delay: Option<f64>,
}

/// Access.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
#[command(next_help_heading = "Access")]
pub(super) struct AccessArguments {
    #[arg(
        long,
        value_name = "FILE",
        help = "A file of keys, one on each line, of which each request needs one. The variable \
                POCKET_TTS_SERVER_API_KEYS and the list api_keys of the settings file hold further keys, in the \
                variable with commas between. As LABEL:KEY, a key has a name in the log"
    )]
    pub(super) api_key_file: Option<PathBuf>,

    /// Keys from the variable or the settings file; never from the command line, which other users can see.
    #[arg(skip)]
    pub(super) api_keys: Secrets,

    /// The maximum number of requests a minute for each key, or for each address if there are no keys [default: no limit]
    #[arg(long, value_name = "COUNT")]
    pub(super) rate_limit: Option<u32>,

    /// A proxy that is trusted to report the address of a client (X-Forwarded-For, Forwarded): an address, a network such
    /// as 10.0.0.0/8, or `unix` for the Unix socket; may be given several times [default: none]
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    #[serde(deserialize_with = "one_or_several")]
    pub(super) trusted_proxy: Vec<String>,

    /// An origin whose pages may use this server, as scheme and host; may be given several times, `*` means all
    /// [default: none]
    #[arg(long, value_name = "ORIGIN", value_delimiter = ',')]
    #[serde(deserialize_with = "one_or_several")]
    pub(super) cors_origin: Vec<String>,

    /// A host name that requests may use, besides addresses, the names of this machine and names of local networks
    /// (without a dot, or in .local or .internal); may be given several times, `*` means all. With keys every name is
    /// allowed unless this option is given [default: none]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    #[serde(deserialize_with = "one_or_several")]
    pub(super) allowed_host: Vec<String>,
}
