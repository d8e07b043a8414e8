//! What the server answers, one family of endpoints a file, and the list of all routes.

mod captioned_speech;
mod check;
mod health;
mod objects;
mod open_api;
pub(crate) mod routes;
mod schemas;
mod speech;
mod speech_url;
mod stream;
mod tts;
mod voices;
mod web_page;
