//! The page in a real browser: chromium, driven by chromedriver.
//!
//! These tests need both programs, which not every machine has, so they are ignored by default:
//! `cargo test --release --workspace --test browser -- --ignored`. `.ci/run` installs chromium and does so.

#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

mod access;
mod docs;
mod fixture;
mod history;
mod layout;
mod parts;
mod reading;
mod speaking;
#[path = "../support/test_server.rs"]
mod test_server;
mod voices;
mod webdriver;
