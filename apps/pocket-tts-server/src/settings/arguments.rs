//! The settings as they are written: on the command line, in variables, in a file. What they mean together is
//! decided in the parent.

use std::path::PathBuf;

use clap::Args;
use pocket_tts_core::Precision;
use serde::{Deserialize, Serialize};

use super::{
    help::HELP,
    written::{Secrets, one_or_several, pairs, text_or_bool, text_or_number},
};

/// What the language models' weights can be kept in, by name.
pub(super) const PRECISIONS: [&str; 3] =
    [Precision::ALL[0].name(), Precision::ALL[1].name(), Precision::ALL[2].name()];

/// The options of the server.
///
/// Each can also be given as a variable, `POCKET_TTS_SERVER_` and the option's name, or as a key of a settings
/// file. Flags are stronger than variables, and variables than the file.
#[derive(Debug, Clone, Default, Args, Serialize)]
#[command(after_help = HELP)]
pub struct ServeArguments {
    /// A YAML file of settings [default: ~/.config/pocket-tts/server.yaml if there is one]
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub(super) settings: Option<PathBuf>,

    /// Taken for the Python package's sake: this server has nothing to reload
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

    /// The port to listen on; 0 takes any that is free [default: 8000]
    #[arg(long, value_name = "PORT")]
    pub(super) port: Option<u16>,

    /// Listen on a Unix socket at this path instead; sockets that systemd hands over come before both
    #[arg(long, value_name = "PATH")]
    pub(super) unix_socket: Option<PathBuf>,

    /// Also speak the Wyoming protocol, as Home Assistant does, on this port of the same host, or of another one;
    /// that protocol knows no keys [default: off]
    #[arg(long, alias = "wyoming-port", value_name = "[HOST:]PORT")]
    #[serde(deserialize_with = "text_or_number")]
    pub(super) wyoming: Option<String>,

    /// Let Home Assistant find the Wyoming port by itself, over Zeroconf (mDNS), under this name or, without one, as
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

    /// Answer /metrics on this port of the same host, or of another one, and no longer beside the API; no key is needed
    /// there [default: /metrics beside the API]
    #[arg(long, value_name = "[HOST:]PORT")]
    #[serde(deserialize_with = "text_or_number")]
    pub(super) metrics_port: Option<String>,

    /// What the log on standard error looks like: text, json or off [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub(super) log_format: Option<String>,
}

/// Which models.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
#[command(next_help_heading = "Models")]
pub(super) struct ModelArguments {
    /// The model that speaks if a request doesn't say which, by name, as in `pocket-tts generate --help`
    /// [default: the built-in one]
    #[arg(long, value_name = "NAME")]
    pub(super) language: Option<String>,

    /// The same by its configuration: a .yaml file, an https:// or an hf:// location
    #[arg(long, value_name = "LOCATION")]
    pub(super) config: Option<String>,

    /// A further model for requests that name it, loaded when the first one does: NAME=LANGUAGE or
    /// NAME=LOCATION; may be given several times
    #[arg(long, value_name = "NAME=CONFIG", value_delimiter = ',')]
    #[serde(deserialize_with = "pairs")]
    pub(super) model: Vec<String>,

    /// Memory for the weights of models, in MiB: beyond it, idle models are dropped, the one used longest ago first; a
    /// model that alone takes more is refused [default: no limit]
    #[arg(long, value_name = "MIB")]
    pub(super) model_memory_mb: Option<u64>,

    /// What the language models' weights are kept in: fewer bits are faster and take less memory, and sound nearly the
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

    /// Threads that compute [default: one for each core]
    #[arg(long, value_name = "NUMBER")]
    pub(super) threads: Option<usize>,

    /// Never open a connection: what isn't on this machine is an error
    #[arg(long, value_name = "BOOL",
        num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) offline: Option<bool>,
}

/// Which voices.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
#[command(next_help_heading = "Voices")]
pub(super) struct VoiceArguments {
    /// The voice of requests that name none: a name, a recording or an exported voice, as a path, an https:// or an hf://
    /// location. MODEL=VOICE chooses it for one of several models; may be given several times [default: a file `voice` with
    /// the ending of an exported voice or a recording beside the model's configuration, or else the voice of its language]
    #[arg(long, value_name = "[MODEL=]VOICE")]
    #[serde(deserialize_with = "one_or_several")]
    pub(super) default_voice: Vec<String>,

    /// Let clients create voices, and keep them in this folder
    #[arg(long, value_name = "FOLDER")]
    pub(super) voices_dir: Option<PathBuf>,

    /// Most voices in it [default: 100]
    #[arg(long, value_name = "COUNT")]
    pub(super) max_voices: Option<usize>,

    /// Largest recording of such a voice, in bytes [default: 10485760]
    #[arg(long, value_name = "BYTES")]
    pub(super) max_voice_bytes: Option<usize>,

    /// The voice that stands in for another name, such as one of OpenAI's: NAME=VOICE, where the voice is one that the
    /// models have by name, one created here, or anything else that --default-voice may be; may be given several times
    #[arg(long, value_name = "NAME=VOICE", value_delimiter = ',')]
    #[serde(deserialize_with = "pairs")]
    pub(super) voice_map: Vec<String>,

    /// Refuse OpenAI's voice names but for those in --voice-map
    #[arg(long, value_name = "BOOL",
        num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) strict_voices: Option<bool>,

    /// Fetch the https:// locations that clients give for a voice, from public hosts only
    #[arg(long, value_name = "BOOL",
        num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) allow_voice_urls: Option<bool>,

    /// A repository of the Hugging Face hub, OWNER/NAME, that clients may take voices from; may be given
    /// several times [default: those that the released voices are in]
    #[arg(long, value_name = "REPO", value_delimiter = ',')]
    #[serde(deserialize_with = "one_or_several")]
    pub(super) hf_repo: Vec<String>,
}

/// How much, and how long.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitArguments {
    /// Most requests that speak at once [default: twice the processor's threads]
    #[arg(long, value_name = "COUNT")]
    pub(super) max_streams: Option<usize>,

    /// Most requests that wait for that, first come first served; the next is answered with 429 [default: 64]
    #[arg(long, value_name = "COUNT")]
    pub(super) max_queue: Option<usize>,

    /// Most characters of a text [default: 10000]
    #[arg(long, value_name = "COUNT")]
    pub(super) max_text_chars: Option<usize>,

    /// Most seconds of sound of one request; a longer one is broken off [default: 1800]
    #[arg(long, value_name = "SECONDS")]
    pub(super) max_audio: Option<f64>,

    /// Most requests of one client at once, from their place in the queue to their last byte; the next is answered
    /// with 429. A client is an API key, or an address where there are no keys [default: no limit]
    #[arg(long, value_name = "COUNT")]
    pub(super) max_requests_per_client: Option<usize>,

    /// Most seconds of sound a minute for one client, on average; beyond it, requests are answered with 429
    /// [default: no limit]
    #[arg(long, value_name = "SECONDS")]
    pub(super) max_audio_per_client: Option<f64>,

    /// Disk for sound that is ready before its client reads it, in MiB over all clients. Each client's sound waits in
    /// 256 KiB of memory, then in a temporary file; when the space is used up, speech waits for its reader
    /// [default: 1024]
    #[arg(long, value_name = "MIB")]
    pub(super) max_spool_mb: Option<u64>,

    /// Bytes a second that a client must read, averaged over --stall-timeout, while sound waits for it; a slower one is
    /// cut off [default: 1000]
    #[arg(long, value_name = "BYTES")]
    pub(super) min_read_rate: Option<u64>,

    /// Largest recording that a request may hold, in bytes [default: 20000000]
    #[arg(long, value_name = "BYTES")]
    pub(super) max_upload_bytes: Option<usize>,

    /// Longest wait for a free stream [default: 60]
    #[arg(long, value_name = "SECONDS")]
    pub(super) queue_timeout: Option<f64>,

    /// Longest time from then to the first sound, of which a model that has to be loaded takes its share
    /// [default: 120]
    #[arg(long, value_name = "SECONDS")]
    pub(super) first_audio_timeout: Option<f64>,

    /// Send nothing until so much sound is ready, for players that stutter otherwise; the Python package's variable
    /// `FIRST_CHUNK_LENGTH_SECONDS` says the same [default: 0]
    #[arg(long, value_name = "SECONDS")]
    pub(super) first_chunk_length: Option<f64>,

    /// Longest time from then to the last byte, however slowly the client reads [default: 3600]
    #[arg(long, value_name = "SECONDS")]
    pub(super) request_timeout: Option<f64>,

    /// Longest time in which a client may take nothing of what is ready [default: 60]
    #[arg(long, value_name = "SECONDS")]
    pub(super) stall_timeout: Option<f64>,

    /// Longest time in which a client may send nothing over a WebSocket or the Wyoming protocol while nothing is
    /// spoken to it [default: 60]
    #[arg(long, value_name = "SECONDS")]
    pub(super) idle_timeout: Option<f64>,

    /// Longest pause in the body of a request, which may take ten times that [default: 30]
    #[arg(long, value_name = "SECONDS")]
    pub(super) body_timeout: Option<f64>,

    /// Longest time for the head of a request [default: 10]
    #[arg(long, value_name = "SECONDS")]
    pub(super) header_timeout: Option<f64>,

    /// How long streams may go on after a request to terminate [default: 30]
    #[arg(long, value_name = "SECONDS")]
    pub(super) drain_timeout: Option<f64>,

    /// How long, before that, /health/ready says that the server leaves while it still takes requests, so that a load
    /// balancer notices [default: 0]
    #[arg(long, value_name = "SECONDS")]
    pub(super) drain_delay: Option<f64>,
}

/// Who may ask, and how often.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default)]
#[command(next_help_heading = "Access")]
pub(super) struct AccessArguments {
    #[arg(
        long,
        value_name = "FILE",
        help = "A file of keys, one a line, of which each request must bring one; the variable \
                POCKET_TTS_SERVER_API_KEYS holds more of them, with commas between, and so does the list api_keys of \
                the settings file. As LABEL:KEY, a key has a name in the log"
    )]
    pub(super) api_key_file: Option<PathBuf>,

    /// Keys from the variable or the settings file; never from the command line, which everybody can see.
    #[arg(skip)]
    pub(super) api_keys: Secrets,

    /// Most requests a minute for each key, or for each address if there are no keys [default: no limit]
    #[arg(long, value_name = "COUNT")]
    pub(super) rate_limit: Option<u32>,

    /// A proxy whose word on the address of a client is believed (X-Forwarded-For, Forwarded): an address, a network such
    /// as 10.0.0.0/8, or `unix` for the Unix socket; may be given several times [default: none]
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    #[serde(deserialize_with = "one_or_several")]
    pub(super) trusted_proxy: Vec<String>,

    /// An origin whose pages may use this server from a browser, as scheme and host; may be
    /// given several times, `*` is all [default: none]
    #[arg(long, value_name = "ORIGIN", value_delimiter = ',')]
    #[serde(deserialize_with = "one_or_several")]
    pub(super) cors_origin: Vec<String>,

    /// A host name that requests may be sent to, beside addresses, the names of this machine and names of local networks
    /// (without a dot, or in .local or .internal); may be given several times, `*` is all. With keys every name is
    /// allowed, unless this option is given [default: none]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    #[serde(deserialize_with = "one_or_several")]
    pub(super) allowed_host: Vec<String>,
}
