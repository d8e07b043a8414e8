//! Playing through a sound server with PulseAudio's protocol: PulseAudio itself, or PipeWire.
//!
//! The server asks for bytes whenever its buffer has room, and gets all that exist.

use std::env;
use std::ffi::CString;
use std::io::{BufReader, Read};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use pulseaudio::protocol::{
    AuthParams, AuthReply, ChannelMap, ChannelVolume, Command, CommandReply, CreatePlaybackStreamReply,
    DEFAULT_SINK, MAX_VERSION, PlaybackStreamParams, Prop, Props, ProtocolError, SampleFormat, SampleSpec,
    SetClientNameReply, read_descriptor, read_reply_message, stream::BufferAttr, stream::StreamFlags,
    write_command_message, write_memblock,
};

use crate::backend::{Backend, Stop};

/// How long the server may take to answer at the start.
const PATIENCE: Duration = Duration::from_secs(5);
/// Sound that the server and its sound card hold, about half each. A pause of this program that is shorter than a half is
/// not heard.
const SERVER_BUFFER_S: f64 = 0.6;
/// Sound that the server has when it begins, and begins again after it had none: enough for the sound card's half, as the
/// server fills that at once.
const SERVER_LEAD_S: f64 = 0.3;
const BYTES_PER_SAMPLE: usize = 4;
/// Bytes of a block of sound. The server accepts a megabyte.
const BLOCK_BYTES: usize = 32 << 10;
/// Longer messages are not part of the protocol.
const LONGEST_MESSAGE: u32 = 1 << 20;

const AUTH: u32 = 0;
const NAME: u32 = 1;
const CREATE: u32 = 2;
const DRAIN: u32 = 3;

/// A stream of a sound server.
pub(crate) struct Pulse {
    connection: Arc<Connection>,
    socket: UnixStream,
    channel: u32,
    version: u16,
}

/// What the server has told.
struct Connection {
    state: Mutex<PulseState>,
    changed: Condvar,
}

#[derive(Default)]
struct PulseState {
    /// Bytes that the server's buffer has room for.
    wanted_bytes: usize,
    /// The last sound is being played.
    is_draining: bool,
    is_drained: bool,
    underruns: u64,
    /// Why the stream ended.
    end: Option<String>,
}

/// The socket of the server of this session, if there is one.
pub(crate) fn socket() -> Option<PathBuf> {
    let server = env::var_os("PULSE_SERVER").unwrap_or_default();
    let path = match server.to_str()? {
        "" => pulseaudio::socket_path_from_env()?,
        // Servers on other machines are left to the programs.
        server => PathBuf::from(server.strip_prefix("unix:").unwrap_or(server)),
    };
    (path.is_absolute() && path.exists()).then_some(path)
}

impl Pulse {
    /// Connects to the server at `path`.
    pub(crate) fn open(path: &Path, sample_rate_hz: u32) -> Result<Self, String> {
        let socket = UnixStream::connect(path).map_err(|error| error.to_string())?;
        socket.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
        let mut reader = BufReader::new(socket.try_clone().map_err(|error| error.to_string())?);
        let (version, stream) =
            begin(&socket, &mut reader, sample_rate_hz).map_err(|error| in_words(&error))?;
        socket.set_read_timeout(None).map_err(|error| error.to_string())?;
        let state = PulseState { wanted_bytes: stream.requested_bytes as usize, ..PulseState::default() };
        let connection = Arc::new(Connection { state: Mutex::new(state), changed: Condvar::new() });
        let listener = Arc::clone(&connection);
        thread::Builder::new()
            .name("sound-server".to_owned())
            .spawn(move || {
                let end = listener.listen(&mut reader, version);
                listener.update(|state| state.end = Some(end));
            })
            .map_err(|error| error.to_string())?;
        Ok(Self { connection, socket, channel: stream.channel, version })
    }
}

impl Backend for Pulse {
    fn write(&mut self, samples: &[f32]) -> Result<(), String> {
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let room = self.connection.take_room(rest.len().min(BLOCK_BYTES))?;
            let (block, after) = rest.split_at(room);
            write_memblock(&mut &self.socket, self.channel, block, 0).map_err(|error| in_words(&error))?;
            rest = after;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), String> {
        self.connection.update(|state| state.is_draining = true);
        let drain = Command::DrainPlaybackStream(self.channel);
        write_command_message(&mut &self.socket, DRAIN, &drain, self.version)
            .map_err(|error| in_words(&error))?;
        let state = self.connection.wait(|state| state.is_drained || state.end.is_some());
        if state.is_drained { Ok(()) } else { Err(state.end.clone().unwrap_or_default()) }
    }

    fn stop(&self) -> Stop {
        // The server deletes the streams of a closed connection, and what it has buffered of them.
        let socket = self.socket.try_clone();
        Box::new(move || {
            if let Ok(socket) = &socket {
                drop(socket.shutdown(Shutdown::Both));
            }
        })
    }

    fn underruns(&self) -> u64 {
        self.connection.lock().underruns
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        // This ends the listener.
        drop(self.socket.shutdown(Shutdown::Both));
    }
}

impl Connection {
    /// Reads what the server tells until the connection ends. Returns why.
    fn listen(&self, reader: &mut impl Read, version: u16) -> String {
        loop {
            let message = match read_message(reader) {
                Ok(message) => message,
                Err(error) => return in_words(&error),
            };
            // Messages that this version of the protocol doesn't know are skipped.
            let Ok((sequence, command)) = Command::read_tag_prefixed(&mut &message[..], version) else {
                continue;
            };
            match command {
                Command::Request(request) => {
                    self.update(|state| state.wanted_bytes += request.length as usize);
                }
                Command::Reply if sequence == DRAIN => self.update(|state| state.is_drained = true),
                // The last one is the end of the sound.
                Command::Underflow(_) => {
                    self.update(|state| state.underruns += u64::from(!state.is_draining));
                }
                Command::Error(error) => return format!("the server says {error:?}"),
                Command::PlaybackStreamKilled(_) => return "the server ended the sound".to_owned(),
                _ => {}
            }
        }
    }

    /// Waits until the server wants sound. Returns how many bytes, whole samples and `most` of them.
    fn take_room(&self, most: usize) -> Result<usize, String> {
        let mut state = self.wait(|state| state.wanted_bytes >= BYTES_PER_SAMPLE || state.end.is_some());
        if let Some(end) = &state.end {
            return Err(end.clone());
        }
        let room = state.wanted_bytes.min(most) / BYTES_PER_SAMPLE * BYTES_PER_SAMPLE;
        state.wanted_bytes -= room;
        Ok(room)
    }

    fn update(&self, change: impl FnOnce(&mut PulseState)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn wait(&self, is_over: impl Fn(&PulseState) -> bool) -> MutexGuard<'_, PulseState> {
        let state = self.changed.wait_while(self.lock(), |state| !is_over(state));
        state.unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, PulseState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Introduces this program and creates the stream. Returns the version of the protocol.
fn begin(
    socket: &UnixStream,
    reader: &mut BufReader<UnixStream>,
    sample_rate_hz: u32,
) -> Result<(u16, CreatePlaybackStreamReply), ProtocolError> {
    let cookie = pulseaudio::cookie_path_from_env().and_then(|path| std::fs::read(path).ok());
    let auth = AuthParams {
        version: MAX_VERSION,
        supports_shm: false,
        supports_memfd: false,
        cookie: cookie.unwrap_or_default(),
    };
    let auth: AuthReply = ask(socket, reader, AUTH, &Command::Auth(auth), MAX_VERSION)?;
    let version = auth.version.min(MAX_VERSION);
    let mut props = Props::new();
    props.set(Prop::ApplicationName, c"pocket-tts");
    let _: SetClientNameReply = ask(socket, reader, NAME, &Command::SetClientName(props), version)?;
    let create = Command::CreatePlaybackStream(stream(sample_rate_hz));
    Ok((version, ask(socket, reader, CREATE, &create, version)?))
}

fn stream(sample_rate_hz: u32) -> PlaybackStreamParams {
    let bytes =
        |duration_s: f64| ((f64::from(sample_rate_hz) * duration_s) as usize * BYTES_PER_SAMPLE) as u32;
    let mut props = Props::new();
    props.set(Prop::MediaName, c"speech");
    // As in PulseAudio's own library.
    let sink =
        env::var("PULSE_SINK").ok().filter(|sink| !sink.is_empty()).and_then(|sink| CString::new(sink).ok());
    PlaybackStreamParams {
        sample_spec: SampleSpec { format: SampleFormat::Float32Le, channels: 1, sample_rate: sample_rate_hz },
        channel_map: ChannelMap::mono(),
        cvolume: Some(ChannelVolume::norm(1)),
        sink_name: Some(sink.unwrap_or_else(|| DEFAULT_SINK.to_owned())),
        buffer_attr: BufferAttr {
            target_length: bytes(SERVER_BUFFER_S),
            pre_buffering: bytes(SERVER_LEAD_S),
            ..BufferAttr::default()
        },
        // Otherwise the sound card may take two seconds at once, which is more than there is.
        flags: StreamFlags { adjust_latency: true, ..StreamFlags::default() },
        props,
        ..PlaybackStreamParams::default()
    }
}

fn ask<R: CommandReply>(
    mut socket: &UnixStream,
    reader: &mut BufReader<UnixStream>,
    sequence: u32,
    command: &Command,
    version: u16,
) -> Result<R, ProtocolError> {
    write_command_message(&mut socket, sequence, command, version)?;
    let (found, reply) = read_reply_message(reader, version)?;
    if found == sequence {
        Ok(reply)
    } else {
        Err(ProtocolError::Invalid("the answers are out of order".to_owned()))
    }
}

/// The bytes of the next message.
fn read_message(reader: &mut impl Read) -> Result<Vec<u8>, ProtocolError> {
    let length = read_descriptor(reader)?.length;
    if length > LONGEST_MESSAGE {
        return Err(ProtocolError::Invalid(format!("a message of {length} bytes")));
    }
    let mut message = vec![0; length as usize];
    reader.read_exact(&mut message)?;
    Ok(message)
}

fn in_words(error: &ProtocolError) -> String {
    match error {
        ProtocolError::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "the server closed the connection".to_owned()
        }
        ProtocolError::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}
