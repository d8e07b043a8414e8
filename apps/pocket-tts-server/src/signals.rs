//! Requests to terminate, and what the system is told in return.

use std::sync::Arc;

use actix_web::dev::ServerHandle;
use tokio::time::timeout;

use crate::app::{App, Phase};

/// The first request to terminate lets what speaks come to its end; the second ends the program at once. Whoever
/// shares out requests is given the delay to notice, in which everything is still answered.
pub(crate) async fn heed(handle: ServerHandle, app: Arc<App>) {
    let mut requests = match Requests::new() {
        Ok(requests) => requests,
        Err(error) => {
            tracing::warn!(%error, "requests to terminate are not heeded; the system ends the program by itself");
            return;
        }
    };
    requests.next().await;
    let delay = app.settings.limits.drain_delay;
    if app.phase.get() == Phase::Ready && !delay.is_zero() {
        app.phase.advance(Phase::Leaving);
        tracing::info!(delay_s = delay.as_secs_f64(), "leaving; a second request ends the server at once");
        tell_system_stopping();
        if let Ok(code) = timeout(delay, requests.next()).await {
            tracing::warn!("ended at once");
            end_now(code);
        }
    }
    app.phase.advance(Phase::Draining);
    let active = app.admission.active();
    tracing::info!(active, "draining; a second request ends the server at once");
    tell_system_stopping();
    // The server's own future waits for the end.
    drop(handle.stop(true));
    let code = requests.next().await;
    tracing::warn!("ended at once");
    end_now(code);
}

#[expect(
    clippy::exit,
    reason = "the operator asks for it a second time, so the first was not obeyed in time"
)]
fn end_now(code: i32) {
    std::process::exit(code);
}

#[cfg(unix)]
struct Requests {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Requests {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt())? })
    }

    /// What shells report of a program that this signal ended.
    async fn next(&mut self) -> i32 {
        const SIGINT: i32 = 128 + 2;
        const SIGTERM: i32 = 128 + 15;
        std::future::poll_fn(|context| {
            if self.terminate.poll_recv(context).is_ready() {
                return std::task::Poll::Ready(SIGTERM);
            }
            self.interrupt.poll_recv(context).map(|_| SIGINT)
        })
        .await
    }
}

#[cfg(not(unix))]
struct Requests;

#[cfg(not(unix))]
impl Requests {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> i32 {
        drop(tokio::signal::ctrl_c().await);
        128 + 2
    }
}

/// Tells systemd, if it asked, that requests can be sent.
pub(crate) fn tell_system_ready() {
    #[cfg(target_os = "linux")]
    drop(sd_notify::notify(&[sd_notify::NotifyState::Ready]));
}

fn tell_system_stopping() {
    #[cfg(target_os = "linux")]
    drop(sd_notify::notify(&[sd_notify::NotifyState::Stopping]));
}
