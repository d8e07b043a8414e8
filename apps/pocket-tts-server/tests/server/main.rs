//! The real server on real sockets, with the built-in model.

#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

mod access;
mod bodies;
mod captions;
mod checked_speech;
mod client;
mod clients;
mod clients_apart;
mod contract;
mod corpora;
mod decoding;
mod deployment;
mod fixture;
mod helm;
mod hosts;
mod life;
mod load;
mod marked_voices;
mod metrics;
mod models;
mod openai;
mod pages;
mod pauses;
mod process;
mod program;
mod reference;
mod replicas;
mod slow_clients;
mod slow_readers;
mod soak;
mod speech_url;
mod talk;
mod talk_limits;
#[path = "../support/test_server.rs"]
mod test_server;
mod text_fields;
mod text_warnings;
mod timestamps;
mod usage;
mod voice_urls;
mod voices;
mod websocket;
mod wyoming;
mod wyoming_limits;
mod zeroconf;
