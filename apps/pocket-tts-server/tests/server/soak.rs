//! Clients that disconnect repeatedly: what remains of them in the server's process.

#![cfg(target_os = "linux")]

use std::{
    io::{Read, Write},
    net::SocketAddr,
    thread,
};

use crate::client::{connect, head, post_form};
use crate::fixture::{assert_wav, cancelled, seed, spoken, wait_until_idle};
use crate::program::Process;
use crate::usage::Usage;

/// The variable with the number of clients.
const VARIABLE: &str = "POCKET_TTS_SOAK_DISCONNECTS";
const DEFAULT_DISCONNECTS: usize = 1_000;
const CLIENTS: usize = 8;
/// More than the audio of a short request and all buffers.
const MOST_BYTES: usize = 60_000;
/// The allowed growth of memory: freed heap is not returned page by page.
const GROWTH_BYTES: usize = 24 << 20;

/// Requests a long text, reads `bytes`, and disconnects.
fn leave_after(address: SocketAddr, bytes: usize) {
    let body = format!("text={}", "We+go+on+and+on+about+the+weather.+".repeat(20));
    let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
    let mut stream = connect(address);
    stream.write_all(format!("{}{body}", head("POST", "/tts", kind, body.len())).as_bytes()).unwrap();
    stream.read_exact(&mut vec![0; bytes]).unwrap();
}

/// Lets `count` clients, some at once, disconnect at bytes that `seed` determines.
fn leave_often(address: SocketAddr, disconnects: usize, seed: usize) {
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            scope.spawn(move || {
                let mut state = (seed * CLIENTS + client) as u32 + 1;
                for _ in 0..disconnects / CLIENTS {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    leave_after(address, (state >> 8) as usize % MOST_BYTES);
                }
            });
        }
    });
}

#[test]
fn clients_that_disconnect_at_any_byte_leave_nothing_behind() {
    let disconnects: usize = std::env::var(VARIABLE).map_or(DEFAULT_DISCONNECTS, |text| {
        text.parse().unwrap_or_else(|_| panic!("{VARIABLE} is `{text}`, but must be a whole number"))
    });
    let mut server = Process::start(&["--max-streams", "4", "--max-queue", "400"], &[]);
    let (address, process) = (server.address(), server.child.id());
    // Warm-up: starts the threads that persist, and grows the heap.
    leave_often(address, CLIENTS * 5, 0);
    let before = Usage::at_rest(process, address);
    let cancelled_before = cancelled(address);
    leave_often(address, disconnects / 2, 1);
    wait_until_idle(address);
    let halfway = Usage::of(process);
    leave_often(address, disconnects / 2, 2);
    before.wait_until_back(process, address);
    let after = Usage::of(process);
    // Clients that disconnect in the queue never had a stream.
    let cancelled = cancelled(address) - cancelled_before;
    assert!(cancelled > disconnects / 3, "{cancelled} of {disconnects} were cancelled");
    assert!(
        after.resident_bytes < halfway.resident_bytes + GROWTH_BYTES,
        "memory grows: {before:?}, {halfway:?}, {after:?}"
    );
    let answer = post_form(address, "/tts", "text=Still+here.");
    assert_wav(&answer, &spoken("Still here.", seed(&answer)));
}
