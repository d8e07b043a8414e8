//! Speech through the library's API: the shipped voice, many threads, streams.

mod noise;
mod parts;
mod precisions;
mod shipped_voice;
mod streams;
mod threads;
mod word_times;
