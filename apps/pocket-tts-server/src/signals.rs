//! Graceful shutdown on signals, and notifications to systemd.

use std::sync::Arc;

use actix_web::dev::ServerHandle;
use tokio::time::timeout;

use crate::{app::App, phase::Phase};

/// Drains the server on the first signal, and ends the program on the second. During the drain delay everything is still
/// served, so that load balancers notice.
pub(crate) async fn handle(handle: ServerHandle, app: Arc<App>) {
    let mut signals = match TerminationSignals::new() {
        Ok(signals) => signals,
        Err(error) => {
            tracing::warn!(%error, "cannot handle signals; they end the program at once");
            return;
        }
    };
    signals.next().await;
    let delay = app.settings.limits.drain_delay;
    if app.phase.get() == Phase::Ready && !delay.is_zero() {
        app.phase.advance(Phase::Leaving);
        tracing::info!(delay_s = delay.as_secs_f64(), "leaving; a second signal stops the server at once");
        notify_stopping();
        if let Ok(code) = timeout(delay, signals.next()).await {
            tracing::warn!("stopped at once");
            end_now(code);
        }
    }
    app.phase.advance(Phase::Draining);
    let active = app.admission.active();
    tracing::info!(active, "draining; a second signal stops the server at once");
    notify_stopping();
    // The server's own future waits until it has stopped.
    drop(handle.stop(true));
    let code = signals.next().await;
    tracing::warn!("stopped at once");
    end_now(code);
}

#[expect(clippy::exit, reason = "the operator sent a second signal, as draining took too long")]
fn end_now(code: i32) {
    std::process::exit(code);
}

#[cfg(unix)]
struct TerminationSignals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl TerminationSignals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for a signal. Returns the exit code that shells report for it.
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
struct TerminationSignals;

#[cfg(not(unix))]
impl TerminationSignals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> i32 {
        drop(tokio::signal::ctrl_c().await);
        128 + 2
    }
}

/// Notifies systemd, if it started the server, that the server is ready.
pub(crate) fn notify_ready() {
    #[cfg(target_os = "linux")]
    drop(sd_notify::notify(&[sd_notify::NotifyState::Ready]));
}

fn notify_stopping() {
    #[cfg(target_os = "linux")]
    drop(sd_notify::notify(&[sd_notify::NotifyState::Stopping]));
}
