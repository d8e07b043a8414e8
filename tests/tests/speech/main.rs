//! Speech as users of the library see it: the shipped voice, many threads, streams.

mod noise;
mod precisions;
mod shipped_voice;
mod streams;
mod threads;
